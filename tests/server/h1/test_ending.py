"""The server ends, and this is what its connections of HTTP/1.1 see of it (T13)."""

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import END, START, answers, application, part, read_until
from tests.server.serving import read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
SLACK = 0.25


async def test_a_connection_with_half_a_head_is_closed_at_once():
    async with serving(limits=ServerLimits(), graceful_timeout=10) as server, await server.connect() as stream:
        await stream.send_all(GET[:10])
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        with trio.fail_after(1):
            await server.ended.wait()
        assert await read_until_closed(stream) == b""


async def test_an_answer_during_the_drain_says_that_it_is_the_last():
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await respond(send, b"last")

    async with serving(application(app), graceful_timeout=10) as server, await server.connect() as stream:
        await stream.send_all(GET)
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        await trio.testing.wait_all_tasks_blocked()
        release.set()
        received = await read_until_closed(stream)
        [answer] = answers(received)
        assert answer.body == b"last"
        if server.is_fast:
            assert answer.headers[b"connection"] == b"close"


@pytest.mark.parametrize("head_sent", [False, True], ids=["no head yet", "head sent"])
async def test_a_pipelined_request_is_not_begun_during_the_drain(head_sent):
    begun = []
    release = trio.Event()

    async def app(scope, receive, send):
        begun.append(scope["path"])
        if head_sent:
            await send(START)
            await send(part(b"begin"))
        await release.wait()
        if not head_sent:
            await send(START)
        await send(END)

    async with serving(application(app), graceful_timeout=10) as server, await server.connect() as stream:
        await stream.send_all(GET + GET)
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        await trio.testing.wait_all_tasks_blocked()
        release.set()
        assert (await read_until_closed(stream)).endswith(b"\r\n0\r\n\r\n")
    assert begun == ["/x"]


async def test_a_server_that_is_cancelled_does_not_wait_for_a_reader_that_never_reads():
    async def app(scope, receive, send):
        await send(START)
        while True:
            await trio.lowlevel.checkpoint_if_cancelled()
            await send(part(bytes(65536)))

    limits = ServerLimits(write_timeout=0.8, cleanup_grace=0.2, linger=0.2)
    async with serving(application(app), limits=limits) as server:
        server.kept.append(stream := await server.connect())
        await stream.send_all(GET)
        await trio.testing.wait_all_tasks_blocked(0.03)
        started = trio.current_time()
        server.scope.cancel()
        with trio.CancelScope(shield=True):
            await server.ended.wait()
        # A write of Hypercorn's class is not cancelled either.
        bound = limits.linger if server.is_fast else limits.write_timeout
        assert trio.current_time() - started < bound + SLACK


async def test_the_last_word_arrives_behind_a_reader_that_was_slow():
    """The answer waits in the server when the time is over; what was sent and the end come all the same."""
    sent = []

    async def app(scope, receive, send):
        await send(START)
        try:
            while True:
                await trio.lowlevel.checkpoint_if_cancelled()
                await send(part(bytes(65536)))
                sent.append(65536)
        except trio.Cancelled:
            with trio.CancelScope(shield=True):
                await send(part(b"drained"))
                await send(END)
            raise

    limits = ServerLimits(write_timeout=30, cleanup_grace=3, linger=2)
    async with (
        serving(application(app), limits=limits, graceful_timeout=0.1) as server,
        await server.connect() as stream,
    ):
        await stream.send_all(GET)
        await trio.testing.wait_all_tasks_blocked(0.03)
        server.stop.set()
        with trio.move_on_after(0.3):
            await server.ended.wait()
        data = await read_until(stream, b"drained\r\n0\r\n\r\n")
        with trio.fail_after(2):
            await server.ended.wait()
    body = answers(data)[0].body
    assert body.endswith(b"drained")
    assert (len(body) - len(b"drained")) // 65536 in (len(sent), len(sent) + 1)


async def test_a_reader_that_never_reads_does_not_hold_up_the_end():
    """T13: a write timeout of 30 s, and a server that has ended after drain, grace and linger."""

    async def app(scope, receive, send):
        await send(START)
        while True:
            await trio.lowlevel.checkpoint_if_cancelled()
            await send(part(bytes(65536)))

    limits = ServerLimits(write_timeout=30, cleanup_grace=0.3, linger=0.3)
    async with serving(application(app), limits=limits, graceful_timeout=0.1) as server:
        server.kept.append(stream := await server.connect())
        await stream.send_all(GET)
        await trio.testing.wait_all_tasks_blocked(0.03)
        started = trio.current_time()
        server.stop.set()
        with trio.fail_after(5):
            await server.ended.wait()
        assert trio.current_time() - started < 0.1 + 0.3 + 0.3 + SLACK
