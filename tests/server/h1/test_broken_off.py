"""Connections that break off, at each byte and in each state: the server goes on, and nothing of them is left."""

from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from tests.server.h1.client import END, START, application, part, reset
from tests.server.serving import echo, serving, until

pytestmark = pytest.mark.usefixtures("h1")

REQUESTS = {
    "a length": b"POST /x HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello",
    "chunks": b"POST /x HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\na: b\r\n\r\n",
    "two": b"GET /x HTTP/1.1\r\nhost: test\r\n\r\nGET /y HTTP/1.1\r\nhost: test\r\n\r\n",
}
FIRST = len(REQUESTS["two"]) // 2
"""Where the first of the two requests without a body ends."""


class Counted:
    """An application that echoes, and counts what begins and ends."""

    def __init__(self):
        self.begun = self.ended = self.bodies = 0

    async def __call__(self, scope, receive, send):
        self.begun += 1
        try:
            await echo(scope, self._counting(receive), send)
        finally:
            self.ended += 1

    def _counting(self, receive):
        async def counting():
            message = await receive()
            self.bodies += message["type"] == "http.request" and not message["more_body"]
            return message

        return counting


@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_a_request_that_breaks_off_at_any_byte_is_no_harm(request_, how):
    """Half a body never counts as a whole one."""
    app = Counted()
    async with serving(application(app), limits=ServerLimits(), backlog=512) as server:
        async with trio.open_nursery() as nursery:
            for size in range(len(request_)):
                nursery.start_soon(_break_off, server, request_[:size], how)
        await until(lambda: app.begun == app.ended)
        assert await server.is_alive()
        assert app.bodies <= (len(request_) - FIRST if b"GET" in request_ else 0)


@pytest.mark.parametrize("size", [0, 1, 16, 17, 18, 30, 40, 80, 1000, 70_000, 500_000])
async def test_an_answer_whose_reader_leaves_at_any_byte_is_no_harm(size):
    ended = []

    async def app(scope, receive, send):
        try:
            await send(START)
            for _ in range(20):
                await send(part(bytes(50_000)))
            await send(END)
        finally:
            ended.append(True)

    async with serving(application(app), limits=ServerLimits()) as server:
        for leave in (trio.aclose_forcefully, reset):
            stream = await server.connect()
            await stream.send_all(b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n")
            with trio.fail_after(5):
                left = size
                while left:
                    left -= len(await stream.receive_some(left))
            await leave(stream)
        await until(lambda: len(ended) == 2)
        assert await server.is_alive()


STATES = ["connected", "half a head", "waiting for the body", "in the body", "answering", "answered", "refused"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("how", ["close", "reset", "half-close"])
async def test_a_client_may_go_in_any_state(state, how):
    release = trio.Event()
    ended = trio.Event()

    async def app(scope, receive, send):
        try:
            while (message := await receive())["type"] != "http.disconnect" and message["more_body"]:
                pass
            await send(START)
            await send(part(b"half"))
            if scope["path"] == "/answering":
                await release.wait()
            await send(END)
        finally:
            ended.set()

    sent = {
        "connected": b"",
        "half a head": b"POST /x HTTP/1.1\r\nho",
        "waiting for the body": b"POST /x HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\n",
        "in the body": b"POST /x HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhe",
        "answering": b"GET /answering HTTP/1.1\r\nhost: test\r\n\r\n",
        "answered": b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n",
        "refused": b"GET  / HTTP/1.1\r\n\r\n",
    }[state]
    async with serving(application(app), limits=ServerLimits()) as server:
        stream = await server.connect()
        await stream.send_all(sent)
        await trio.testing.wait_all_tasks_blocked(0.01)
        await _leave(stream, how)
        await trio.testing.wait_all_tasks_blocked(0.01)
        release.set()
        if b"/" in sent and state not in ("half a head", "refused"):
            with trio.fail_after(2):
                await ended.wait()
        assert await server.is_alive()
        await trio.aclose_forcefully(stream)


async def test_a_half_close_leaves_the_answer_readable():
    """RFC 9112 §9.5: who only ends its own side may still read."""

    async def app(scope, receive, send):
        with trio.CancelScope(shield=True):
            while (await receive())["type"] != "http.disconnect":
                pass
            await send(START)
            await send(part(b"still here", more=False))

    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        await stream.send_all(b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n")
        await trio.testing.wait_all_tasks_blocked(0.01)
        await stream.send_eof()
        received = b""
        with trio.fail_after(2):
            while data := await stream.receive_some():
                received += data
    assert received.endswith(b"\r\n\r\na\r\nstill here\r\n0\r\n\r\n")


async def _break_off(server, data, how):
    stream = await server.connect()
    with suppress(trio.BrokenResourceError):
        if data:
            await stream.send_all(data)
        await trio.testing.wait_all_tasks_blocked()
        await _leave(stream, how)
        if how == "half-close":
            with trio.fail_after(5):
                while await stream.receive_some():
                    pass
    await trio.aclose_forcefully(stream)


async def _leave(stream, how):
    if how == "half-close":
        with suppress(trio.BrokenResourceError):
            await stream.send_eof()
    elif how == "reset":
        await reset(stream)
    else:
        await trio.aclose_forcefully(stream)
