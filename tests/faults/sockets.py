"""What the scenarios over sockets share: a real server for a block, and a client that misbehaves."""

import json
import socket
from contextlib import asynccontextmanager, suppress
from functools import partial

import attrs
import h11
import trio

from genkit_trio._core import open_nursery
from genkit_trio._server import ServerLimits, serve
from tests.server import serving

PACE = 0.004
"""What a second of work takes here."""
LIMITS = ServerLimits(linger=0.05, cleanup_grace=2)
GRACE = 0.05
"""Seconds that requests get to finish when the server drains."""
RST = b"\x01\x00\x00\x00\x00\x00\x00\x00"
GOODBYES = ("client disconnects", "client half-closes", "client resets")
BLOWS = (*GOODBYES, "server is cancelled", "cancel API", "deadline", "drain", "child raises")
STOPS = frozenset({"server is cancelled", "drain"})
"""After these, a client may find nobody there."""


@attrs.define
class Served:
    """A server that runs."""

    port: int
    stop: trio.Event
    scope: trio.CancelScope


@asynccontextmanager
async def served(app):
    """Serve *app* for a block, by the class that the fixture ``h1`` says; the block is not cancelled with it."""
    stop, scope = trio.Event(), trio.CancelScope()
    config = serving.quiet_config(graceful_timeout=GRACE)
    start = partial(serve, app, config, limits=LIMITS, h1=serving.h1, shutdown_trigger=stop.wait)
    async with open_nursery() as nursery:
        [url] = await nursery.start(_serve, start, scope)
        yield Served(int(url.rpartition(":")[2]), stop, scope)
        stop.set()


async def _serve(start, scope, *, task_status):  # noqa: ASYNC114, ASYNC128  # serve calls task_status.started()
    with scope:
        await start(task_status=task_status)


class SocketRequest:
    """One request on a connection of its own, and what came of it.

    Args:
      path: the path.
      body: the body, as JSON; none for `None`.
      headers: by name.
      method: the method.
      pause: seconds to wait before anything is read.
    """

    def __init__(self, path, body, headers, *, method="POST", pause=0.0):
        self.is_gone = False
        self.ended = False
        self.status = 0
        self.headers = {}
        self.body = b""
        self._path = path
        self._content = b"" if body is None else json.dumps(body).encode()
        self._fields = {"host": "127.0.0.1", "content-length": str(len(self._content)), **headers}
        self._method = method
        self._pause = pause
        self._socket = None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def frames(self):
        """The whole frames that have come."""
        return [json.loads(frame.removeprefix(b"data: ")) for frame in self.body.split(b"\n\n")[:-1]]

    async def play(self, port):
        """Send the request, and read the answer until the server closes the connection."""
        try:
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                self._socket = stream.socket
                await self._exchange(stream, h11.Connection(h11.CLIENT))
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
            # Broken off, by whoever it was: what has come is what there is.
            pass

    def disconnect(self):
        """Close the connection."""
        self.is_gone = True
        if self._socket is not None:
            self._socket.close()

    def half_close(self):
        """Close the sending side."""
        self.is_gone = True
        if self._socket is not None and self._socket.fileno() >= 0:
            # It may not be connected any more.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Break the connection off without a word."""
        if self._socket is not None and self._socket.fileno() >= 0:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        self.disconnect()

    async def _exchange(self, stream, http):
        if self.is_gone:
            return
        fields = [*self._fields.items(), ("connection", "close")]
        head = h11.Request(method=self._method, target=self._path, headers=fields)
        await stream.send_all(http.send(head) + http.send(h11.Data(self._content)) + http.send(h11.EndOfMessage()))
        if self._pause:
            await trio.sleep(self._pause)
        while data := await stream.receive_some(65536):
            http.receive_data(data)
            self._take(http)
        http.receive_data(b"")
        self._take(http)
        # One answer, and nothing after it.
        assert http.trailing_data[0] == b""

    def _take(self, http):
        while (event := http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.Response):
                assert self.status == 0
                self.status = event.status_code
                self.headers = {name.decode(): value.decode() for name, value in event.headers}
            elif isinstance(event, h11.Data):
                self.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self.ended = True
            elif isinstance(event, h11.ConnectionClosed):
                return


def arm(trial, request, server):
    """Say what happens to a request, and to the server that answers it."""
    trial.on("client disconnects", request.disconnect)
    trial.on("client half-closes", request.half_close)
    trial.on("client resets", request.reset)
    trial.on("server is cancelled", server.scope.cancel)
    trial.on("drain", server.stop.set)


def check_answered(request, events):
    """Hold the server to it that a client who stays is answered, unless nobody was there any more."""
    if not request.ended and not request.is_gone:
        assert STOPS & {*events}, (request.status, request.body)
        assert request.status == 0, (request.status, request.body)
