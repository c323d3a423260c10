"""Applications that end in ways that they should not: their client is told, the server goes on."""

import pytest
import trio
import trio.testing

from tests.server.http2 import Client2
from tests.server.serving import ask, echo, lifespan, read_until_closed, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

REQUEST = b"GET /fail HTTP/1.1\r\nhost: test\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}


class Own(BaseException):
    pass


ERRORS = {
    "an exception": ValueError("x"),
    "an exit": SystemExit(3),
    "a base exception": Own(),
    "a group": ExceptionGroup("x", [ValueError("x"), KeyError("y")]),
    "a group of exits": BaseExceptionGroup("x", [SystemExit(1), ValueError("y")]),
    "a GeneratorExit": GeneratorExit(),
}


def _app(fail):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["path"] == "/fail":
            await fail(receive, send)
        else:
            await echo(scope, receive, send)

    return app


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_an_error_before_the_head_is_a_500(error):
    async def fail(receive, send):
        raise error

    async with serving(_app(fail)) as server:
        assert (await ask(server, REQUEST)).startswith(b"HTTP/1.1 500")
        assert await server.is_alive()


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_an_error_in_the_body_breaks_the_answer_off(error):
    async def fail(receive, send):
        await send(START)
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise error

    async with serving(_app(fail)) as server:
        answer = await ask(server, REQUEST)
        assert answer.endswith(b"4\r\nhalf\r\n")
        assert await server.is_alive()


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_an_error_behind_the_end_is_of_no_consequence(error):
    async def fail(receive, send):
        await respond(send, b"whole")
        raise error

    async with serving(_app(fail)) as server:
        assert (await ask(server, REQUEST)).endswith(b"whole")
        assert await server.is_alive()


async def test_a_keyboard_interrupt_ends_the_server():
    async def fail(receive, send):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        async with serving(_app(fail)) as server:
            await ask(server, REQUEST)
            await server.ended.wait()


@pytest.mark.parametrize("answer", ["none", "head"])
async def test_an_application_that_returns_too_early_is_an_error(answer):
    async def fail(receive, send):
        if answer == "head":
            await send(START)

    async with serving(_app(fail)) as server:
        received = await ask(server, REQUEST)
        assert received == b"" if answer == "head" else received.startswith(b"HTTP/1.1 500")
        assert await server.is_alive()


WRONG = {
    "a body before the head": [{"type": "http.response.body", "body": b"x"}],
    "two heads": [START, START],
    "another type": [{"type": "http.response.nothing"}],
    "a longer body than said": [
        {**START, "headers": [(b"content-length", b"1")]},
        {"type": "http.response.body", "body": b"12"},
    ],
    "a shorter body than said": [
        {**START, "headers": [(b"content-length", b"3")]},
        {"type": "http.response.body", "body": b"12"},
    ],
    "a header with a line end": [{**START, "headers": [(b"a", b"b\r\nc: d")]}],
    "a header without a name": [{**START, "headers": [(b"", b"b")]}],
    "a header of text": [{**START, "headers": [("a", "b")]}],
    "a status that is none": [{**START, "status": 42}],
    "a pseudo header": [{**START, "headers": [(b":status", b"200")]}],
}


@pytest.mark.parametrize("messages", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("version", [1, 2])
async def test_messages_that_make_no_answer_end_at_most_the_connection(messages, version):
    async def fail(receive, send):
        for message in messages:
            await send(message)

    async with serving(_app(fail)) as server:
        if version == 1:
            assert b"c: d" not in await ask(server, REQUEST, 1)
        else:
            async with Client2.connected(server) as client:
                await client.request("/fail")
                with trio.fail_after(2):
                    await client.answer(1)
        assert await server.is_alive()


@pytest.mark.parametrize("messages", [0, 1, 2])
@pytest.mark.parametrize("version", [1, 2])
async def test_a_send_in_a_cancelled_scope_does_not_harm_the_server(messages, version):
    """Finding 1: the state of the protocol and the wire stay together."""

    async def fail(receive, send):
        parts = [START, *({"type": "http.response.body", "body": b"AAA", "more_body": True} for _ in range(3))]
        for part in parts[:messages]:
            await send(part)
        with trio.CancelScope() as scope:
            scope.cancel()
            await send(parts[messages])
        await trio.lowlevel.checkpoint()

    async with serving(_app(fail)) as server:
        if version == 1:
            await ask(server, REQUEST)
        else:
            async with Client2.connected(server) as client:
                await client.request("/fail")
                with trio.fail_after(2):
                    await client.answer(1)
        assert await server.is_alive()


async def test_what_a_cancelled_send_has_sent_is_sent_whole():
    """A body with a length stays framed: nothing is missing in its middle."""

    async def fail(receive, send):
        await send({**START, "headers": [(b"content-length", b"9")]})
        for letter in b"ABC":
            with trio.CancelScope() as scope:
                if letter == ord("B"):
                    scope.cancel()
                await send({"type": "http.response.body", "body": bytes([letter] * 3), "more_body": letter != ord("C")})

    async with serving(_app(fail)) as server:
        assert (await ask(server, REQUEST)).endswith(b"\r\n\r\nAAABBBCCC")


async def test_a_name_that_is_not_served_is_answered_and_its_connection_closed():
    async with serving(server_names=["served"]) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        assert (await read_until_closed(stream)).startswith(b"HTTP/1.1 404")
        answer = await ask(server, REQUEST.replace(b"test", b"served"))
        assert answer.startswith(b"HTTP/1.1 200")


async def test_a_name_that_is_no_text_is_refused_where_names_are_served():
    async with serving(server_names=["served"]) as server:
        assert (await ask(server, REQUEST.replace(b"test", b"\xff"))).startswith(b"HTTP/1.1 400")
        async with Client2.connected(server) as client:
            await client.request()
            with trio.fail_after(2):
                assert (await client.answer(1)).status == 404
        answer = await ask(server, REQUEST.replace(b"test", b"served"))
        assert answer.startswith(b"HTTP/1.1 200")


async def test_a_head_is_sent_before_its_body_when_it_is_flushed():
    flushed = trio.Event()

    async def fail(receive, send):
        await send(START)
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await flushed.wait()
        await send({"type": "http.response.body", "body": b"x"})

    async with serving(_app(fail)) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        with trio.fail_after(2):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        flushed.set()
        with trio.fail_after(2):
            assert await stream.receive_some() == b"1\r\nx\r\n0\r\n\r\n"


async def test_head_and_body_are_one_segment():
    async def fail(receive, send):
        await respond(send, b"one")

    async with serving(_app(fail)) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        assert (await stream.receive_some(65536)).endswith(b"\r\n\r\none")
