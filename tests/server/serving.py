"""A server in the test's own process, and what its clients are made of."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

import attrs
import trio
from hypercorn.config import Config

from genkit_trio._core import open_nursery
from genkit_trio._server import ServerLimits, serve

QUICK = ServerLimits(header_timeout=0.5, write_timeout=0.3, linger=0.2, cleanup_grace=0.5)
"""Limits that a test can wait for."""
h1: str | None = None
"""By which class HTTP/1.1 is served; the fixture of `tests.server.switches` sets it."""
ECHO = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello"


@attrs.define
class Server:
    """A server that runs, and how to reach and to end it."""

    port: int
    stop: trio.Event
    scope: trio.CancelScope
    ended: trio.Event
    kept: list[trio.abc.AsyncResource]
    """Connections of clients that stay until the server has ended."""

    @property
    def is_fast(self) -> bool:
        """Whether HTTP/1.1 is served by the class on llhttp."""
        return h1 == "fast"

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def is_alive(self) -> bool:
        """Whether another client is served."""
        for _ in range(3):
            answer = await ask(self, ECHO)
            if answer and not answer.startswith(b"HTTP/1.1 408"):
                break
            # The machine was busy for longer than `QUICK` lets a head take.
        return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\nhello")


@asynccontextmanager
async def serving(app=None, *, limits=QUICK, serve=serve, **settings) -> AsyncGenerator[Server, None]:
    """Serve *app* on a free port of loopback; the settings are those of Hypercorn's configuration."""
    config = quiet_config(**settings)
    stop, ended = trio.Event(), trio.Event()
    start = partial(serve, echo if app is None else app, config, shutdown_trigger=stop.wait)
    if limits is not None:
        start = partial(start, limits=limits, h1=h1)
    kept: list[trio.abc.AsyncResource] = []
    try:
        async with open_nursery() as nursery:
            [url] = await nursery.start(_run, start, ended)
            yield Server(int(url.rpartition(":")[2]), stop, nursery.cancel_scope, ended, kept)
            nursery.cancel_scope.cancel()
    finally:
        for each in kept:
            await trio.aclose_forcefully(each)


async def until(condition, *, patience=10, pause=0.01) -> None:
    """Wait for what happens outside this process, or without an event."""
    with trio.fail_after(patience):
        while not condition():  # noqa: ASYNC110  # nobody could set an event
            await trio.sleep(pause)


async def _run(start, ended, *, task_status):  # noqa: ASYNC114, ASYNC128  # serve calls task_status.started()
    try:
        await start(task_status=task_status)
    finally:
        ended.set()


def quiet_config(**settings) -> Config:
    """Return a configuration with times that a test can wait for."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None
    config.include_server_header = False
    for name, value in {"keep_alive_timeout": 0.3, "graceful_timeout": 0.2, **settings}.items():
        setattr(config, name, value)
    return config


async def echo(scope, receive, send) -> None:
    """Answer with the body, and with nothing before it is there."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
        return
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        parts.append(message["body"])
        if not message["more_body"]:
            break
    await respond(send, b"".join(parts))


async def lifespan(receive, send) -> None:
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


async def respond(send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def ask(server: Server, request: bytes, patience: float = 5) -> bytes:
    """Send bytes on a connection of their own, and return what comes back until the server closes or goes quiet."""
    with trio.fail_after(patience + 1):
        async with await server.connect() as stream:
            return await exchange(stream, request, patience)


async def exchange(stream: trio.abc.HalfCloseableStream, request: bytes, patience: float = 5) -> bytes:
    """Send bytes, and return what comes back until the server closes; or until a whole answer is there."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_send, stream, request)
        received = b""
        with trio.move_on_after(patience):
            while not _is_whole(received):
                try:
                    data = await stream.receive_some(65536)
                except trio.BrokenResourceError:
                    break
                if not data:
                    break
                received += data
        nursery.cancel_scope.cancel()
    return received


async def _send(stream, data):
    # The server may have had enough.
    with suppress(trio.BrokenResourceError):
        await stream.send_all(data)


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or not head.startswith(b"HTTP/1.1 2"):
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


async def read_until_closed(stream: trio.SocketStream, patience: float = 5) -> bytes:
    """Return all that comes until the server closes the connection, which it must do in time."""
    received = b""
    with trio.fail_after(patience):
        try:
            while data := await stream.receive_some(65536):
                received += data
        except trio.BrokenResourceError:
            pass
    return received
