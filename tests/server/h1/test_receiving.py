"""What applications receive: the request's own body, when they ask for it, in their own context."""

import contextvars

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import START, answers, application, part, read_until
from tests.server.serving import ECHO, ask, echo, exchange, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

HEAD = b"POST /x HTTP/1.1\r\nhost: test\r\n"
GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"
who = contextvars.ContextVar("who", default="nobody")


@pytest.mark.parametrize("target", [b"/a%20b?c=d%20e", b"http://test/a%20b?c=d%20e"], ids=["origin", "absolute"])
async def test_the_scope_is_that_of_asgi(target):
    scopes = []

    async def app(scope, receive, send):
        scopes.append({**scope})
        await respond(send, b"")

    async with serving(application(app)) as server:
        await ask(server, b"GET " + target + b" HTTP/1.1\r\nHost: test\r\nX-A: b\r\n\r\n")
    [scope] = scopes
    assert scope["type"] == "http"
    assert scope["asgi"]["version"] == "3.0"
    assert (scope["http_version"], scope["method"], scope["scheme"]) == ("1.1", "GET", "http")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d%20e")
    assert scope["root_path"] == ""
    assert list(scope["headers"]) == [(b"host", b"test"), (b"x-a", b"b")]
    assert scope["client"][0] == "127.0.0.1"
    assert scope["server"] == ("127.0.0.1", server.port)
    assert "state" in scope


async def test_requests_of_a_connection_do_not_share_context_variables():
    """T11: what one sets the next does not see."""
    seen = []

    async def app(scope, receive, send):
        seen.append(who.get())
        who.set("somebody")
        await respond(send, b"")

    async with serving(application(app)) as server, await server.connect() as stream:
        for _ in range(3):
            await exchange(stream, GET)
        await exchange(stream, GET + GET)
    assert set(seen) == {"nobody"}


async def test_the_pieces_of_a_body_are_received_as_they_come():
    received = []
    first = trio.Event()

    async def app(scope, receive, send):
        while True:
            message = await receive()
            received.append(message["body"])
            first.set()
            if not message["more_body"]:
                break
        await respond(send, b"done")

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"content-length: 4\r\n\r\nab")
        with trio.fail_after(2):
            await first.wait()
        await exchange(stream, b"cd")
    assert b"".join(received) == b"abcd"
    assert received[0] == b"ab"


async def test_a_body_that_nobody_asks_for_is_not_read_without_end():
    """C25: request backpressure; the client's bytes stay with the client."""
    release = trio.Event()
    sizes = []

    async def app(scope, receive, send):
        await release.wait()
        size = 0
        while True:
            message = await receive()
            size += len(message["body"])
            if not message["more_body"]:
                break
        sizes.append(size)
        await respond(send, b"done")

    total = 64_000_000
    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        taken = 0
        await stream.send_all(HEAD + b"content-length: %d\r\n\r\n" % total)
        with trio.move_on_after(0.3):
            while taken < total:
                await stream.send_all(bytes(50_000))
                taken += 50_000
        assert taken < 20_000_000
        # A client that may be cut off in its last piece cannot go on; others can.
        assert await server.is_alive()
        release.set()


async def test_a_large_body_arrives_when_the_application_is_slow():
    async def app(scope, receive, send):
        size = 0
        while True:
            message = await receive()
            size += len(message["body"])
            await trio.testing.wait_all_tasks_blocked()
            if not message["more_body"]:
                break
        await respond(send, b"%d" % size)

    total = 3_000_000
    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        answer = await exchange(stream, HEAD + b"content-length: %d\r\n\r\n" % total + bytes(total), 10)
        assert answer.endswith(b"\r\n\r\n3000000")


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_a_body_of_2_mb_is_echoed(framing):
    body = bytes(range(256)) * 8192
    head = b"POST /echo HTTP/1.1\r\nhost: test\r\n"
    if framing == "length":
        request = head + b"content-length: %d\r\n\r\n" % len(body) + body
    else:
        chunks = [b"%x\r\n%b\r\n" % (1000, body[at : at + 1000]) for at in range(0, len(body) - 1000, 1000)]
        rest = body[len(chunks) * 1000 :]
        coded = b"".join(chunks) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(rest), rest)
        request = head + b"transfer-encoding: chunked\r\n\r\n" + coded
    async with serving(limits=ServerLimits()) as server, await server.connect() as stream:
        answer = await exchange(stream, request, 10)
    assert answers(answer)[0].body == body


async def test_100_continue_waits_for_the_application_to_ask():
    asked = trio.Event()

    async def app(scope, receive, send):
        await asked.wait()
        await echo(scope, receive, send)

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        if server.is_fast:
            with trio.move_on_after(0.05):
                assert await stream.receive_some() == b""
        asked.set()
        assert (await read_until(stream, b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        assert (await exchange(stream, b"ok")).endswith(b"\r\n\r\nok")


async def test_a_client_that_expects_a_look_is_answered_without_one():
    """The refusal is the only answer, and the body that was not asked for is no request."""

    async def app(scope, receive, send):
        await respond(send, b"too large", 413)

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"expect: 100-continue\r\ncontent-length: 40\r\n\r\n")
        received = await read_until_closed(stream)
    if server.is_fast:
        assert received.startswith(b"HTTP/1.1 413")
    assert received.count(b"HTTP/1.1 413") == 1
    assert received.endswith(b"too large")


async def test_a_body_that_has_come_already_needs_no_100():
    async with serving() as server:
        answer = await ask(server, ECHO.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
    assert answer.endswith(b"\r\n\r\nhello")
    if server.is_fast:
        assert answer.startswith(b"HTTP/1.1 200")


async def test_two_tasks_cannot_receive_at_once():
    errors = []

    async def app(scope, receive, send):
        await receive()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_note_error, receive, errors, nursery.cancel_scope)
            nursery.start_soon(_note_error, receive, errors, nursery.cancel_scope)
        await respond(send, b"")

    async with serving(application(app)) as server:
        if not server.is_fast:
            return
        await ask(server, GET)
    assert errors == [trio.BusyResourceError]


async def _note_error(receive, errors, scope):
    try:
        await receive()
    except trio.BusyResourceError as exc:
        errors.append(type(exc))
        scope.cancel()


async def test_an_answer_that_begins_before_the_body_is_read_goes_out():
    asked = trio.Event()

    async def app(scope, receive, send):
        await send(START)
        await send(part(b"early"))
        await asked.wait()
        message = await receive()
        await send(part(message["body"], more=False))

    async with serving(application(app)) as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"content-length: 4\r\n\r\nlate")
        await read_until(stream, b"early\r\n")
        asked.set()
        assert (await read_until(stream, b"0\r\n\r\n")).startswith(b"4\r\nlate\r\n")


async def test_a_client_may_go_on_sending_behind_an_early_answer():
    """Its side stays open for a while, and what comes is discarded: a reset would take the answer with it."""

    async def app(scope, receive, send):
        await respond(send, b"early", 401)

    limits = ServerLimits(linger=1)
    async with serving(application(app), limits=limits, keep_alive_timeout=30) as server:
        async with await server.connect() as stream:
            await stream.send_all(HEAD + b"content-length: 1000000\r\n\r\nx")
            started = trio.current_time()
            assert (await read_until_closed(stream)).endswith(b"early")
            assert trio.current_time() - started < 0.5
            for _ in range(3):
                await stream.send_all(b"x" * 1000)
                await trio.testing.wait_all_tasks_blocked(0.01)
        assert await server.is_alive()


async def test_a_client_that_never_stops_sending_behind_an_early_answer_is_cut_off():
    async def app(scope, receive, send):
        await respond(send, b"early", 401)

    async with serving(application(app), limits=ServerLimits(linger=0.2)) as server, await server.connect() as stream:
        started = trio.current_time()
        await stream.send_all(HEAD + b"content-length: 1000000000\r\n\r\n")
        with pytest.raises(trio.BrokenResourceError), trio.fail_after(5):
            while True:
                await stream.send_all(b"x")
                await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() - started < 0.2 + 0.5


async def test_an_application_that_goes_on_asking_behind_the_disconnect_can_be_cancelled():
    """It is told at once, and from then on it waits its turn."""
    ended = trio.Event()

    async def app(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        with trio.move_on_after(0.02):
            while True:
                await receive()
        ended.set()

    async with serving(application(app)) as server:
        async with await server.connect() as stream:
            await stream.send_all(GET)
        with trio.fail_after(2):
            await ended.wait()
        assert await server.is_alive()
