"""What a client may take its time for, and what not: bodies, answers, and going away behind many bytes."""

import sys
from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import START, application, part, read_until
from tests.server.serving import QUICK, echo, exchange, read_until_closed, respond, serving

pytestmark = [pytest.mark.usefixtures("h1"), pytest.mark.extra]

HEAD = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n"
GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
SLOW_BODY = ServerLimits(header_timeout=5, body_timeout=0.2, write_timeout=0.3, linger=0.2, cleanup_grace=0.5)
SLACK = 0.25
"""Seconds for the tick of the watch and a machine with other things to do."""
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of a connection")


@pytest.fixture
def h1(monkeypatch):
    """Serve by the fast class: the other one leaves slow bodies to the application."""
    monkeypatch.setattr("tests.server.serving.h1", "fast")


@pytest.mark.parametrize("sent", [HEAD % 5, HEAD % 5 + b"he"], ids=["none", "a part"])
async def test_a_body_that_does_not_come_is_answered_408(sent):
    """C25: within the body timeout."""
    async with serving(limits=SLOW_BODY) as server, await server.connect() as stream:
        await stream.send_all(sent)
        started = trio.current_time()
        received = await read_until_closed(stream)
        assert trio.current_time() - started < SLOW_BODY.body_timeout + SLACK
        assert received.startswith(b"HTTP/1.1 408 ")
        assert await server.is_alive()


async def test_a_body_in_chunks_that_stops_is_answered_408():
    head = b"POST /echo HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
    async with serving(limits=SLOW_BODY) as server, await server.connect() as stream:
        await stream.send_all(head + b"2\r\nok\r\n")
        assert (await read_until_closed(stream)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_comes_letter_by_letter_gets_no_more_time():
    async with serving(limits=SLOW_BODY) as server, await server.connect() as stream:
        started = trio.current_time()
        await stream.send_all(HEAD % 1000)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_dribble, stream)
            received = await read_until_closed(stream)
            nursery.cancel_scope.cancel()
        assert trio.current_time() - started < SLOW_BODY.body_timeout + SLACK
        assert received.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_nobody_takes_is_not_late():
    """Its time stands still while our own backpressure keeps us from reading."""
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await echo(scope, receive, send)

    body = bytes(999_000) + b"x" * 1000
    async with (
        serving(application(app), limits=SLOW_BODY) as server,
        await server.connect() as stream,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(stream.send_all, (HEAD % len(body)).replace(b"/echo", b"/x") + body)
        with trio.move_on_after(3 * SLOW_BODY.body_timeout):
            assert await stream.receive_some() == b""
        release.set()
        assert (await read_until(stream, b"x" * 1000)).startswith(b"HTTP/1.1 200 ")


async def test_a_body_is_not_late_while_its_client_waits_for_an_invitation():
    asked = trio.Event()

    async def app(scope, receive, send):
        await asked.wait()
        await echo(scope, receive, send)

    async with serving(application(app), limits=SLOW_BODY) as server, await server.connect() as stream:
        await stream.send_all(GET.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"))
        with trio.move_on_after(2 * SLOW_BODY.body_timeout):
            assert await stream.receive_some() == b""
        asked.set()
        await read_until(stream, b"100 Continue\r\n\r\n")
        assert (await exchange(stream, b"ok")).endswith(b"ok")


async def test_an_application_learns_that_its_body_is_late():
    seen = []

    async def app(scope, receive, send):
        while not seen or seen[-1] == "http.request":
            seen.append((await receive())["type"])
        await respond(send, b"too late", 200)

    async with serving(application(app), limits=SLOW_BODY) as server, await server.connect() as stream:
        await stream.send_all((HEAD % 5).replace(b"/echo", b"/x") + b"he")
        received = await read_until_closed(stream)
        assert received.startswith(b"HTTP/1.1 408 ")
        assert b"too late" not in received
        assert await server.is_alive()
    assert seen == ["http.request", "http.disconnect"]


async def test_half_a_head_is_answered_408():
    async with serving() as server, await server.connect() as stream:
        await stream.send_all(GET[:20])
        started = trio.current_time()
        received = await read_until_closed(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK
        assert received.startswith(b"HTTP/1.1 408 ")


async def test_a_reader_that_takes_a_byte_now_and_then_is_cut_off():
    """It makes progress, but less than anybody would who wants the answer."""
    freed = trio.Event()

    async def app(scope, receive, send):
        await send(START)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_push, send)
                while (await receive())["type"] != "http.disconnect":
                    pass
                nursery.cancel_scope.cancel()
        finally:
            freed.set()

    async with serving(application(app)) as server, await server.connect() as stream:
        stream.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, 4096)
        await stream.send_all(GET)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_trickle, stream)
            with trio.fail_after(3 * QUICK.write_timeout + SLACK):
                await freed.wait()
            nursery.cancel_scope.cancel()
        assert await server.is_alive()


@needs_linux
@pytest.mark.parametrize("size", [70_000, 120_000])
async def test_a_disconnect_is_seen_behind_more_bytes_than_are_read_ahead(size):
    """T6: nobody reads any more, so the kernel is asked."""
    began, gone = trio.Event(), trio.Event()

    async def app(scope, receive, send):
        began.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async with serving(application(app), limits=ServerLimits()) as server:
        stream = await server.connect()
        await stream.send_all(GET + b"x" * size)
        await began.wait()
        await stream.aclose()
        with trio.fail_after(1):
            await gone.wait()
        assert await server.is_alive()


async def test_disconnects_are_seen_at_once():
    """T6: the median within 20 ms, also on a machine with other things to do."""
    latencies = []
    left_at = 0.0
    began, gone = trio.Event(), trio.Event()

    async def app(scope, receive, send):
        nonlocal gone
        began.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        latencies.append(trio.current_time() - left_at)
        gone.set()

    async with serving(application(app), limits=ServerLimits()) as server:
        for _ in range(20):
            began, gone = trio.Event(), trio.Event()
            stream = await server.connect()
            await stream.send_all(GET)
            await began.wait()
            left_at = trio.current_time()
            await stream.aclose()
            with trio.fail_after(1):
                await gone.wait()
    assert sorted(latencies)[10] < 0.02


async def _dribble(stream):
    with trio.fail_after(5):
        while True:
            try:
                await stream.send_all(b"a")
            except trio.BrokenResourceError:
                return
            await trio.sleep(0.02)


async def _trickle(stream):
    with suppress(trio.BrokenResourceError):
        while True:
            if not await stream.receive_some(1):
                return
            await trio.sleep(0.02)


async def _push(send):
    while True:
        await send(part(bytes(65536)))
