"""Clients that take their time: each wait for one is bounded, and what is in flight is left alone."""

import pytest
import trio
import trio.testing

from tests.server.http2 import Client2
from tests.server.serving import QUICK, echo, exchange, lifespan, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

SLACK = 0.25
"""Seconds for the tick of the watch and a machine with other things to do."""
MARGIN = 0.05
"""Seconds that a client which does not read may get beyond the write timeout."""


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET / HTTP/1.1\r\nhost: test\r\n", b"PRI * HTTP/2.0\r\n", b"\x16\x03\x01"],
    ids=["nothing", "a letter", "half a head", "half a preface", "the start of TLS"],
)
async def test_a_client_that_never_finishes_its_head_is_gone_after_the_header_timeout(sent):
    async with serving() as server, await server.connect() as stream:
        if sent:
            await stream.send_all(sent)
        started = trio.current_time()
        await read_until_closed(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK
        assert await server.is_alive()


async def test_a_head_that_comes_letter_by_letter_gets_no_more_time():
    async with serving() as server, await server.connect() as stream:
        started = trio.current_time()
        with pytest.raises(trio.BrokenResourceError):
            await _dribble(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


async def test_a_connection_that_waits_between_requests_is_closed_after_the_keep_alive_timeout():
    async with serving(keep_alive_timeout=0.2) as server, await server.connect() as stream:
        await exchange(stream, b"GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        started = trio.current_time()
        assert await read_until_closed(stream) == b""
        assert 0.1 < trio.current_time() - started < 0.2 + SLACK


async def test_the_next_head_has_the_header_timeout_from_its_first_byte_on():
    async with serving(keep_alive_timeout=30) as server, await server.connect() as stream:
        await exchange(stream, b"GET / HTTP/1.1\r\nhost: test\r\n\r\n")
        await stream.send_all(b"G")
        started = trio.current_time()
        await read_until_closed(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


async def test_an_answer_that_takes_long_is_waited_for():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await _think()
        await respond(send, b"late")

    async with serving(app) as server, await server.connect() as stream:
        assert (await exchange(stream, b"GET / HTTP/1.1\r\nhost: test\r\n\r\n")).endswith(b"late")


async def test_an_http2_connection_that_is_silent_after_its_preface_is_closed():
    async with serving(keep_alive_timeout=0.2) as server, Client2.connected(server) as client:
        started = trio.current_time()
        await client.wait_closed()
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


async def test_an_http2_head_without_its_end_is_not_waited_for():
    async with serving(keep_alive_timeout=30) as server, Client2.connected(server) as client:
        await client.send_raw(client.headers_frame(1, flags=())[:-1])
        started = trio.current_time()
        await client.wait_closed()
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


@pytest.mark.parametrize("kind", ["refused", "reset"])
async def test_an_http2_connection_without_requests_is_idle(kind):
    """Whatever became of the requests it had."""
    async with serving(keep_alive_timeout=0.2) as server, Client2.connected(server) as client:
        if kind == "refused":
            await client.request(path=None)
        else:
            await client.request(end=False)
            await client.reset(1)
        started = trio.current_time()
        await client.wait_closed()
        assert trio.current_time() - started < 0.2 + SLACK


@pytest.mark.parametrize("version", [1, 2])
async def test_a_client_that_does_not_read_is_freed_within_the_write_timeout(version):
    """T3: freed within write timeout + 50 ms, and the shutdown does not wait."""
    freed: list[float] = []
    async with serving(_pusher(freed)) as server:
        await _stall(server, version)
        with trio.fail_after(5):
            while not freed:
                await trio.testing.wait_all_tasks_blocked(0.01)
        assert freed[0] < QUICK.write_timeout + MARGIN
        assert await server.is_alive()


@pytest.mark.parametrize("version", [1, 2])
async def test_a_client_that_does_not_read_does_not_delay_the_shutdown(version):
    limits = type(QUICK)(write_timeout=30, cleanup_grace=0.3)
    async with serving(_pusher([]), limits=limits, graceful_timeout=0.2) as server:
        await _stall(server, version)
        started = trio.current_time()
        server.stop.set()
        with trio.fail_after(5):
            await server.ended.wait()
        assert trio.current_time() - started < 0.2 + 0.3 + SLACK


async def test_an_http2_client_that_does_not_read_is_sent_100_kb_and_no_more():
    pushed = [0]

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while pushed[0] < 10_000_000:
            await send({"type": "http.response.body", "body": bytes(1000), "more_body": True})
            pushed[0] += 1000

    async with serving(app, limits=type(QUICK)(write_timeout=30)) as server, Client2.connected(server) as client:
        await client.request()
        await trio.testing.wait_all_tasks_blocked(0.03)
        assert 60_000 < pushed[0] < 110_000


async def test_an_http2_answer_of_10_mb_arrives():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(100):
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async with serving(app, limits=type(QUICK)()) as server, Client2.connected(server) as client:
        await client.request()
        with trio.fail_after(10):
            answer = await client.answer(1)
        assert len(answer.body) == 10_000_000


def _pusher(freed):
    """Make an application that sends until nobody takes it, and notes how long its longest send took."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["path"] == "/echo":
            await echo(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_push, send, freed)
                while (await receive())["type"] != "http.disconnect":
                    pass
                nursery.cancel_scope.cancel()

    return app


async def _push(send, freed):
    while True:
        started = trio.current_time()
        try:
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
        finally:
            took = trio.current_time() - started
            if took > QUICK.write_timeout / 2:
                freed.append(took)


async def _stall(server, version):
    """Make a request whose answer is not read; the connection stays open for the length of the test."""
    if version == 1:
        stream = await server.connect()
        await stream.send_all(b"GET /push HTTP/1.1\r\nhost: test\r\n\r\n")
        server.kept.append(stream)
    else:
        client = Client2(await server.connect())
        await client.start(reading=False)
        await client.request(path="/push")
        server.kept.append(client.stream)
    await trio.testing.wait_all_tasks_blocked(0.03)


async def _dribble(stream):
    with trio.fail_after(5):
        while True:
            await stream.send_all(b"a")
            await trio.testing.wait_all_tasks_blocked(0.02)


async def _think():
    await trio.sleep(4 * QUICK.header_timeout)
