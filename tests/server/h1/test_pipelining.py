"""Requests behind requests: in order, bounded, and seen when their client goes."""

from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import START, answers, application, part, read_until, reset
from tests.server.serving import ask, echo, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
ENOUGH = 40
"""Requests in a row that are always answered, at whatever speed they come."""


def _numbered(number: int) -> bytes:
    body = b"%d" % number
    return b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize("count", [2, 5, ENOUGH])
async def test_requests_in_one_segment_are_answered_in_their_order(count):
    requests = b"".join(_numbered(number) for number in range(count))
    async with serving() as server, await server.connect() as stream:
        await stream.send_all(requests + LAST.replace(b"/x", b"/echo"))
        read = answers(await read_until_closed(stream), *["POST"] * count, "GET")
    assert [answer.body for answer in read[:-1]] == [b"%d" % number for number in range(count)]


async def test_a_flood_of_requests_is_answered_up_to_a_bound_and_holds_up_nobody():
    """T8, T16: at least the bound in their order, then all of them or a refusal."""
    async with serving(keep_alive_max_requests=10_000, limits=ServerLimits()) as server:
        async with await server.connect() as stream, trio.open_nursery() as nursery:
            nursery.start_soon(_send_quietly, stream, b"".join(_numbered(number) for number in range(2000)))
            received = await _read_quietly(stream, b"\r\n\r\n1999")
            nursery.cancel_scope.cancel()
        assert await server.is_alive()
    count = received.count(b"HTTP/1.1 200")
    assert count >= ENOUGH
    parts = received.split(b"HTTP/1.1 ")[1:]
    assert [each.rpartition(b"\r\n\r\n")[2] for each in parts[:count]] == [b"%d" % number for number in range(count)]
    assert count == 2000 or (len(parts) == count + 1 and parts[-1].startswith(b"400"))


async def test_an_application_that_never_waits_lets_other_connections_work():
    """T16: a loop of sends is a loop of turns for others."""

    async def app(scope, receive, send):
        await send(START)
        while True:
            await send(part(b"more"))

    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        await stream.send_all(GET)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_drain, stream)
            with trio.fail_after(3):
                for _ in range(3):
                    assert await server.is_alive()
            nursery.cancel_scope.cancel()


async def test_a_refused_request_does_not_take_those_before_it_with_it():
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await respond(send, b"slow")

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(GET + GET + b"\x00\r\n\r\n")
        await trio.testing.wait_all_tasks_blocked(0.01)
        release.set()
        received = await read_until_closed(stream)
    assert [line[:3] for line in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"400"]


async def test_the_clock_of_a_second_request_does_not_end_the_first():
    """A body that does not come is the second one's fault."""
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await respond(send, b"first")

    limits = ServerLimits(header_timeout=0.1, linger=0.1)
    async with serving(application(app), limits=limits) as server, await server.connect() as stream:
        await stream.send_all(GET + b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\nabc")
        with trio.move_on_after(0.4):
            assert await stream.receive_some() == b""
        release.set()
        assert (await read_until(stream, b"first")).startswith(b"HTTP/1.1 200")


async def test_a_connection_that_closes_behind_its_requests_is_answered_once_at_least():
    """C21: a half-close is a disconnect, and who is answered already has his answer."""
    async with serving() as server, await server.connect() as stream:
        await stream.send_all(_numbered(1) + _numbered(2))
        await stream.send_eof()
        received = await read_until_closed(stream)
    first, _, second = received[9:].partition(b"HTTP/1.1 ")
    assert first.endswith(b"\r\n\r\n1")
    assert not second or second.endswith(b"\r\n\r\n2")


async def test_a_reset_ends_the_requests_that_wait():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["path"])
        while (await receive())["type"] != "http.disconnect":
            pass
        seen.append("gone")

    async with serving(application(app)) as server:
        stream = await server.connect()
        await stream.send_all(GET * 3)
        await trio.testing.wait_all_tasks_blocked(0.01)
        await reset(stream)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert await server.is_alive()
    assert seen[:2] == ["/x", "gone"]


async def test_a_request_that_comes_in_pieces_while_another_is_answered_is_whole():
    release = trio.Event()

    async def app(scope, receive, send):
        if scope["path"] == "/x":
            await release.wait()
        await echo(scope, receive, send)

    second = b"POST /y HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello"
    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        await stream.send_all(GET)
        for at in range(len(second)):
            await stream.send_all(second[at : at + 1])
            await trio.testing.wait_all_tasks_blocked()
        release.set()
        read = answers(await read_until_closed(stream), "GET", "POST")
    assert [answer.body for answer in read] == [b"", b"hello"]


async def test_an_unread_body_is_not_the_next_request():
    """The application answers without reading; the bytes of the body are still the body's."""

    async def app(scope, receive, send):
        await respond(send, b"unread")

    body = b"GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"
    async with serving(application(app)) as server:
        request = b"POST /x HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        async with await server.connect() as stream:
            await stream.send_all(request + LAST)
            received = await read_until_closed(stream)
        assert received.count(b"unread") == received.count(b"HTTP/1.1 200") <= 2
        half = await ask(server, request[: -len(body)] + body[:10], 1)
    assert half.count(b"HTTP/1.1") == 1


async def _send_quietly(stream, data):
    with suppress(trio.BrokenResourceError):
        await stream.send_all(data)


async def _read_quietly(stream, end):
    received = bytearray()
    with trio.fail_after(20):
        with suppress(trio.BrokenResourceError):
            while not received.endswith(end) and (data := await stream.receive_some(65536)):
                received += data
    return bytes(received)


async def _drain(stream):
    async for _ in stream:
        await trio.lowlevel.checkpoint()
