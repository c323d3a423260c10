"""What an application learns of a client that goes: once it does, however it went, whatever it sent before."""

import socket

import pytest
import trio
import trio.testing

from tests.server.http2 import Client2
from tests.server.serving import echo, exchange, lifespan, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

REQUEST = b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n"
AFTER = {
    "nothing": b"",
    "a letter": b"x",
    "a line end": b"\r\n",
    "a request": REQUEST,
    "4 KB": b"x" * 4096,
    "60 KB": b"x" * 60_000,
}


class Waiting:
    """An application that waits until its client has gone."""

    def __init__(self):
        self.began = trio.Event()
        self.messages = []
        self.gone = trio.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["path"] != "/wait":
            await echo(scope, receive, send)
        else:
            self.began.set()
            while not self.messages or self.messages[-1] != "http.disconnect":
                self.messages.append((await receive())["type"])
            # Whoever asks again is told again.
            self.messages.append((await receive())["type"])
            self.gone.set()


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
@pytest.mark.parametrize("after", AFTER.values(), ids=AFTER)
async def test_a_disconnect_is_seen_whatever_followed_the_request(how, after):
    """C21: a half-close is a disconnect."""
    app = Waiting()
    async with serving(app) as server:
        stream = await server.connect()
        await stream.send_all(REQUEST + after)
        await app.began.wait()
        await trio.testing.wait_all_tasks_blocked(0.01)
        await _leave(stream, how)
        with trio.fail_after(2):
            await app.gone.wait()
        await stream.aclose()
        assert await server.is_alive()
    assert app.messages == ["http.request", "http.disconnect", "http.disconnect"]


async def test_an_http2_client_that_goes_is_noticed():
    app = Waiting()
    async with serving(app) as server:
        async with Client2.connected(server) as client:
            await client.request("/wait")
            await app.began.wait()
        with trio.fail_after(2):
            await app.gone.wait()


async def test_an_http2_stream_that_is_reset_leaves_its_siblings_alone():
    app = Waiting()
    async with serving(app) as server, Client2.connected(server) as client:
        await client.request("/wait")
        await client.request("/", end=False)
        await app.began.wait()
        await client.reset(1)
        with trio.fail_after(2):
            await app.gone.wait()
            client.connection.send_data(3, b"sibling", end_stream=True)
            await client.flush()
            assert (await client.answer(3)).body == b"sibling"


async def test_a_look_in_a_cancelled_scope_sees_the_disconnect():
    """As frameworks poll for it."""
    seen = []
    began = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await receive()
        began.set()
        with trio.fail_after(2):
            while "http.disconnect" not in seen:
                with trio.CancelScope() as scope:
                    scope.cancel()
                    seen.append((await receive())["type"])
                await trio.lowlevel.checkpoint()

    async with serving(app) as server:
        stream = await server.connect()
        await stream.send_all(REQUEST)
        await began.wait()
        await stream.aclose()
        with trio.fail_after(2):
            while not seen:
                await trio.testing.wait_all_tasks_blocked()
    assert seen == ["http.disconnect"]


async def test_an_answer_that_was_sent_in_full_ends_with_a_disconnect():
    messages = []
    done = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await respond(send, b"")
        messages.extend([(await receive())["type"], (await receive())["type"]])
        done.set()

    async with serving(app) as server, await server.connect() as stream:
        await exchange(stream, REQUEST)
        with trio.fail_after(2):
            await done.wait()
    assert messages == ["http.request", "http.disconnect"]


async def test_an_application_that_goes_on_sending_lets_others_work():
    """Neither a client that has gone nor an answer to HEAD makes it wait."""
    sent = [0]

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        if scope["path"] == "/echo":
            return await echo(scope, receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
            sent[0] += 1

    for request in (REQUEST, REQUEST.replace(b"GET", b"HEAD")):
        async with serving(app) as server:
            async with await server.connect() as stream:
                await stream.send_all(request)
                await stream.receive_some()
            seen = sent[0]
            for _ in range(3):
                assert await server.is_alive()
            assert sent[0] > seen


async def test_a_body_that_nobody_reads_does_not_hide_the_answer():
    """An early 401, while 600 KB are still coming."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        if scope["path"] == "/echo":
            return await echo(scope, receive, send)
        await _think()
        await respond(send, b"who are you?", 401)

    head = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 600000\r\n\r\n"
    async with serving(app) as server:
        async with await server.connect() as stream:
            answer = await exchange(stream, head + bytes(600_000))
            assert answer.startswith(b"HTTP/1.1 401")
            assert answer.endswith(b"who are you?")
        assert await server.is_alive()


async def test_a_client_that_connects_and_resets_at_once_is_no_harm():
    async with serving() as server:
        for _ in range(50):
            stream = await server.connect()
            await _leave(stream, "reset")
        assert await server.is_alive()


async def _leave(stream, how):
    if how == "half-close":
        await stream.send_eof()
        return
    if how == "reset":
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    await stream.aclose()


async def _think():
    await trio.sleep(0.1)
