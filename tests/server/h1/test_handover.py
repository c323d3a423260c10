"""What is handed over to Hypercorn's protocols arrives there whole, wherever its bytes are cut."""

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import application, read_until
from tests.server.http2 import PREFACE, Client2
from tests.server.serving import QUICK, exchange, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
TEA = b"POST /echo HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: tea\r\ncontent-length: 5\r\n\r\nhello"
WEBSOCKET = (
    b"GET /x HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
SLACK = 0.25


async def _slow(scope, receive, send):
    await trio.testing.wait_all_tasks_blocked()
    await respond(send, b"slow")


@pytest.mark.parametrize("at", range(1, len(PREFACE) + 1))
async def test_a_preface_may_be_cut_anywhere(at):
    async with serving(limits=ServerLimits()) as server, await server.connect() as stream:
        client = Client2(stream)
        client.connection.initiate_connection()
        data = client.connection.data_to_send()
        for piece in (data[:at], data[at:]):
            await stream.send_all(piece)
            await trio.testing.wait_all_tasks_blocked()
        await client.request("/", end=False, method="POST")
        client.connection.send_data(1, b"hello", end_stream=True)
        await client.flush()
        with trio.fail_after(2):
            answer = await client.answer(1)
        assert (answer.status, answer.body) == (200, b"hello")


async def test_an_upgrade_that_nobody_knows_is_served_with_its_body_wherever_it_is_cut():
    async with serving(limits=ServerLimits(), keep_alive_max_requests=10_000) as server:
        for at in range(1, len(TEA)):
            async with await server.connect() as stream:
                await stream.send_all(TEA[:at])
                await trio.testing.wait_all_tasks_blocked()
                assert (await exchange(stream, TEA[at:])).endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize("behind", ["an answer", "a pipelined request"])
async def test_a_handover_behind_a_request_waits_for_its_answer(behind):
    async with serving(application(_slow), limits=ServerLimits()) as server, await server.connect() as stream:
        if behind == "an answer":
            await stream.send_all(GET)
            await read_until(stream, b"slow")
            await stream.send_all(TEA)
        else:
            await stream.send_all(GET + TEA)
            assert (await read_until(stream, b"slow" if server.is_fast else b"hello")).startswith(b"HTTP/1.1 200")
            if not server.is_fast:
                return
        assert (await read_until(stream, b"\r\n\r\nhello")).startswith(b"HTTP/1.1 200")


async def test_a_connection_that_was_handed_over_goes_on():
    async with serving(limits=ServerLimits()) as server, await server.connect() as stream:
        for request in (TEA, TEA, GET.replace(b"/x", b"/echo")):
            assert (await exchange(stream, request)).startswith(b"HTTP/1.1 200")


async def test_a_websocket_behind_a_request_is_refused_by_this_application():
    async with serving() as server, await server.connect() as stream:
        await exchange(stream, GET.replace(b"/x", b"/echo"))
        await stream.send_all(WEBSOCKET)
        assert (await read_until_closed(stream)).startswith(b"HTTP/1.1 403")


async def test_a_connection_that_was_handed_over_and_says_nothing_is_closed():
    async with serving(keep_alive_timeout=0.2) as server, await server.connect() as stream:
        await stream.send_all(b"PRI ")
        started = trio.current_time()
        await read_until_closed(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


async def test_a_connection_that_was_handed_over_is_drained():
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await respond(send, b"drained")

    async with serving(application(app), graceful_timeout=5) as server, await server.connect() as stream:
        await stream.send_all(TEA.replace(b"/echo", b"/x"))
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        await trio.testing.wait_all_tasks_blocked()
        assert not server.ended.is_set()
        release.set()
        assert (await read_until_closed(stream)).endswith(b"drained")
        with trio.fail_after(1):
            await server.ended.wait()


@pytest.mark.parametrize(
    "head", [WEBSOCKET, TEA, b"CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n", b"BREW /x HTTP/1.1\r\n"]
)
async def test_garbage_behind_a_handover_is_no_harm(head):
    async with serving() as server:
        for garbage in (b"\xff" * 3000, b"\x00", b"GET / HTTP/1.1\r\n\r\n" * 50):
            async with await server.connect() as stream:
                await exchange(stream, head + garbage, 0.2)
        assert await server.is_alive()
