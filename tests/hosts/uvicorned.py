"""An application on trio, served by uvicorn in a thread of the test's own process, and requests over its sockets."""

import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import attrs
import h11
import pytest
import trio
import uvicorn

from genkit_trio.hosts import asyncio_app
from genkit_trio.testing import AppRequest
from tests.hosts.noted import PATIENCE

LOOPS = [("asyncio", "h11"), pytest.param(("uvloop", "httptools"), marks=pytest.mark.extra)]
"""What uvicorn runs on, and what it parses with: in plain Python; and in C, where the parser is that of an extra."""


@contextmanager
def uvicorned(app, *, loop: str, http: str) -> Generator[int, None, None]:
    """Serve *app* for a block, and give the port."""
    how = {"port": 0, "loop": loop, "http": http, "log_config": None, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(asyncio_app(app), **how, lifespan="on", timeout_graceful_shutdown=0))
    started = threading.Event()
    startup = server.startup

    async def notice_startup(sockets=None):
        try:
            await startup(sockets=sockets)
        finally:
            started.set()

    server.startup = notice_startup
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(PATIENCE)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@attrs.define
class Switch:
    """An application that is another one in each test, so that one server is enough."""

    app: Callable[..., Awaitable[object]] | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await self.app(scope, receive, send)


async def play(port: int, request: AppRequest) -> AppRequest:
    """Send *request* over a socket, and note the answer in it."""
    connection = h11.Connection(h11.CLIENT)
    scope = request.scope
    body = b"".join(request.unread)
    target = scope["path"].encode() + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    headers = [*scope["headers"], (b"host", b"test"), (b"content-length", b"%d" % len(body))]
    head = b"".join(b"%s: %s\r\n" % header for header in headers)
    # Not written by h11, which would refuse what some of the tests send.
    connection.send(h11.Request(method=scope["method"], target="/", headers=[("host", "test")]))
    connection.send(h11.EndOfMessage())
    with trio.fail_after(PATIENCE):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(b"%s %s HTTP/1.1\r\n%s\r\n%s" % (scope["method"].encode(), target, head, body))
            while not request.ended:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await stream.receive_some())
                elif isinstance(event, h11.Response):
                    request.status = event.status_code
                    request.headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    request.bodies.append(bytes(event.data))
                else:
                    request.ended = True
    return request
