"""What applications send: whole, framed, and nothing of an answer that is over."""

import itertools
from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import END, START, answers, application, part, read_until
from tests.server.serving import ask, exchange, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

REQUEST = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
PART = 65536
PATIENT = ServerLimits(write_timeout=30)


def _numbered(number: int) -> bytes:
    return b"%06d" % number + bytes(PART - 6)


@pytest.mark.parametrize("framing", ["chunks", "close"])
async def test_a_send_that_is_cancelled_while_it_waits_tears_no_frame(framing):
    """C22: what was sent, then the end, to the byte; of the part that was cancelled all or nothing."""
    sent: list[int] = []
    stop = trio.CancelScope()

    async def app(scope, receive, send):
        await send(START)
        with stop:
            for number in itertools.count():
                await trio.lowlevel.checkpoint_if_cancelled()
                await send(part(_numbered(number)))
                sent.append(number)
        await send(part(b"the end", more=False))

    request = REQUEST if framing == "chunks" else REQUEST.replace(b"1.1", b"1.0")
    async with serving(application(app), limits=PATIENT) as server, await server.connect() as stream:
        await stream.send_all(request)
        await trio.testing.wait_all_tasks_blocked(0.05)
        stop.cancel()
        await trio.testing.wait_all_tasks_blocked()
        data = await read_until(stream, b"the end\r\n0\r\n\r\n" if framing == "chunks" else b"the end")
    [answer] = answers(data)
    *_, tail = parts = [answer.body[at : at + PART] for at in range(0, len(answer.body), PART)]
    assert tail == b"the end"
    assert [int(each[:6]) for each in parts[:-1]] in (sent, [*sent, len(sent)])
    assert len(sent) > 1


async def test_an_answer_of_8_mb_to_a_slow_reader_is_whole():
    async def app(scope, receive, send):
        await respond(send, b"".join(_numbered(number) for number in range(128)))

    async with serving(application(app), limits=PATIENT) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        received = b""
        with trio.fail_after(10):
            while len(received.partition(b"\r\n\r\n")[2]) < 128 * PART:
                received += await stream.receive_some(300_000)
                await trio.testing.wait_all_tasks_blocked()
        assert answers(received)[0].body == b"".join(_numbered(number) for number in range(128))


@pytest.mark.parametrize("size", [1 << 20, 8 << 20])
async def test_one_large_part_is_as_whole_as_many(size):
    async def app(scope, receive, send):
        await send(START)
        await send(part(bytes(size)))
        await send(END)

    async with serving(application(app), limits=PATIENT) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        data = await read_until(stream, b"\r\n0\r\n\r\n", 10)
    assert answers(data)[0].body == bytes(size)


async def test_a_deadline_is_kept_while_the_client_does_not_read():
    """The write timeout is longer; the application's own time is what counts to it."""
    took: list[float] = []

    async def app(scope, receive, send):
        await send(START)
        started = trio.current_time()
        with trio.move_on_after(0.2):
            while True:
                await send(part(bytes(PART)))
        took.append(trio.current_time() - started)

    limits = ServerLimits(write_timeout=0.6, cleanup_grace=0.2)
    async with serving(application(app), limits=limits) as server:
        stream = await server.connect()
        server.kept.append(stream)
        await stream.send_all(REQUEST)
        with trio.fail_after(5):
            while not took:
                await trio.testing.wait_all_tasks_blocked(0.01)
        assert await server.is_alive()
    assert took[0] < 0.2 + 0.6


@pytest.mark.parametrize(
    ("method", "status", "body"), [("HEAD", 200, b""), ("GET", 204, b""), ("GET", 304, b""), ("GET", 200, b"body")]
)
async def test_an_answer_without_a_body_has_none_and_the_next_one_follows(method, status, body):
    async def app(scope, receive, send):
        await send({**START, "status": status})
        await send(part(body, more=False) if body else END)

    request = method.encode() + b" /x HTTP/1.1\r\nhost: test\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(request + last)
        read = answers(await read_until_closed(stream), method, method)
    assert [(answer.status, answer.body) for answer in read] == [(status, body)] * 2


async def test_a_head_answer_keeps_the_length_of_what_it_does_not_send():
    async def app(scope, receive, send):
        await respond(send, b"four")

    async with serving(application(app)) as server:
        request = REQUEST.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
        [answer] = answers(await ask(server, request), "HEAD")
    assert (answer.headers[b"content-length"], answer.body) == (b"4", b"")


async def test_an_answer_in_http_1_0_is_ended_by_its_length_or_by_the_close():
    async def app(scope, receive, send):
        if scope["path"] == "/length":
            return await respond(send, b"body")
        await send(START)
        await send(part(b"bo"))
        await send(part(b"dy", more=False))

    async with serving(application(app)) as server:
        for path in (b"/length", b"/close"):
            async with await server.connect() as stream:
                await stream.send_all(b"GET %s HTTP/1.0\r\n\r\n" % path)
                received = await read_until_closed(stream)
            assert received.endswith(b"\r\n\r\nbody")
            assert b"transfer-encoding" not in received.lower()


async def test_a_client_of_http_1_0_may_ask_to_stay():
    async def app(scope, receive, send):
        await respond(send, b"body")

    async with serving(application(app)) as server, await server.connect() as stream:
        for _ in range(2 if server.is_fast else 1):
            await stream.send_all(b"GET /x HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            received = await read_until(stream, b"body")
            assert server.is_fast == (b"connection: keep-alive" in received.lower())


async def test_a_client_of_http_1_0_that_asks_to_stay_cannot_where_there_is_no_length():
    """The end of the connection is the end of the body."""

    async def app(scope, receive, send):
        await send(START)
        await send(part(b"body", more=False))

    async with serving(application(app), keep_alive_timeout=30) as server, await server.connect() as stream:
        await stream.send_all(b"GET /x HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        received = await read_until_closed(stream, 1)
    assert received.endswith(b"\r\n\r\nbody")
    assert b"keep-alive" not in received


async def test_a_client_that_says_close_is_told_close():
    async def app(scope, receive, send):
        await respond(send, b"body")

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(REQUEST.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        [answer] = answers(await read_until_closed(stream))
    assert answer.headers[b"connection"] == b"close"


@pytest.mark.parametrize("value", [b"b\r\nc: d", b"b\nc: d", b"b\rc", b"b\x00c"], ids=["CRLF", "LF", "CR", "NUL"])
@pytest.mark.parametrize("where", ["name", "value", "length"])
async def test_an_application_cannot_split_its_answer(value, where):
    headers = {"name": (value, b"x"), "value": (b"a", value), "length": (b"content-length", value)}

    async def app(scope, receive, send):
        await send({**START, "headers": [headers[where]]})
        await send(END)

    async with serving(application(app)) as server:
        received = await ask(server, REQUEST, 1)
        assert received.count(b"HTTP/1.1") <= 1
        assert b"\nc: d" not in received
        assert await server.is_alive()


async def test_a_body_that_is_longer_than_said_is_cut_where_it_should_end():
    """What follows could be read as the next answer."""

    async def app(scope, receive, send):
        await send({**START, "headers": [(b"content-length", b"3")]})
        await send(part(b"123"))
        await send(part(b"HTTP/1.1 200 OK\r\n\r\n", more=False))

    async with serving(application(app)) as server:
        received = await ask(server, REQUEST, 1)
        assert received.count(b"HTTP/1.1") <= 1
        assert await server.is_alive()


async def test_a_body_that_is_shorter_than_said_ends_the_connection():
    async def app(scope, receive, send):
        await send({**START, "headers": [(b"content-length", b"9")]})
        await send(part(b"123", more=False))

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(REQUEST + REQUEST)
        received = await read_until_closed(stream)
        assert received.count(b"HTTP/1.1 200") <= 1
        assert await server.is_alive()


async def test_a_request_cannot_answer_the_next_one():
    """T11: send and receive of a request that is over reach nothing, and do not end the server."""
    kept = []
    answered = trio.Event()

    async def app(scope, receive, send):
        if not kept:
            kept.append((receive, send))
            await receive()
            await respond(send, b"first")
            return
        old_receive, old_send = kept[0]
        for message in (START, part(b"forged", more=False)):
            with suppress(Exception):  # whether it is refused or ignored is not said
                await old_send(message)
        with trio.move_on_after(0.5):
            assert (await old_receive())["type"] == "http.disconnect"
        await respond(send, b"second")
        answered.set()

    async with serving(application(app)) as server, await server.connect() as stream:
        assert (await exchange(stream, REQUEST)).endswith(b"\r\n\r\nfirst")
        received = await exchange(stream, REQUEST)
        assert received.endswith(b"\r\n\r\nsecond")
        assert b"forged" not in received
        with trio.fail_after(1):
            await answered.wait()
