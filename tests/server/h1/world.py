"""One connection of the fast class in memory: a client, an application, and a blow that falls at some step."""

import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal

import h11
import trio
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

from genkit_trio._core import open_nursery
from genkit_trio._server import ServerLimits
from genkit_trio._server.arrivals import Arrivals
from genkit_trio._server.connection import Connection
from genkit_trio._server.h1 import fast_class
from genkit_trio._server.parts import Parts
from genkit_trio._wire import SERVE_IN
from tests.server.serving import quiet_config

LIMITS = ServerLimits(header_timeout=5, body_timeout=5, write_timeout=3, linger=1, cleanup_grace=5)


class World:
    """A client that sends requests in pieces, and whatever comes of it.

    Args:
      app: answers.
      pieces: what the client sends; it waits a little between them.
      way: how bytes come and go: through the stream, as they do with TLS, or by the descriptor, which a task of the
        connection waits for, or the task that waits for all of them.
    """

    def __init__(self, app, pieces: list[bytes], *, way: Literal["stream", "descriptor", "arrivals"]) -> None:
        self.app = app
        self.pieces = pieces
        self.way = way
        self.begun = self.ended = 0
        self.received = bytearray()
        self.server = trio.CancelScope()
        self.is_over = False
        ours, theirs = socket.socketpair()
        self.ours, self.theirs = ours, theirs
        self.client: trio.SocketStream | None = None

    async def run(self, ready: Callable[[], object] = lambda: None) -> None:
        """Play until the connection has ended; *ready* is called when it begins."""
        self.client = trio.SocketStream(trio.socket.from_stdlib_socket(self.theirs))
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(self.ours))
        config = quiet_config(keep_alive_timeout=1)
        context = WorkerContext(None)
        fast = fast_class(config)
        app = self._counting()
        arrivals = Arrivals() if self.way == "arrivals" else None
        parts = Parts(app, app, config, context, ConnectionState({}), LIMITS, fast, arrivals)
        connection = Connection(parts, stream)
        if self.way == "stream":
            connection._transport.fd = -1
        try:
            with trio.fail_after(200):
                async with open_nursery() as upkeep:
                    upkeep.start_soon(parts.watch.run)
                    upkeep.start_soon(parts.pulse.run)
                    if arrivals is not None:
                        upkeep.start_soon(arrivals.run)
                    upkeep.start_soon(self._read)
                    upkeep.start_soon(self._write)
                    with self.server:
                        ready()
                        await connection.run()
                    self.is_over = True
                    upkeep.cancel_scope.cancel()
        finally:
            self.theirs.close()
            if arrivals is not None:
                arrivals.close()
        assert parts.connections == set()
        assert arrivals is None or arrivals.count == 0
        assert self.ours.fileno() == -1

    def _counting(self):
        """Return the application, with the other way to be called if it has one."""

        async def app(*args) -> None:
            await self._count(self.app, *args)

        if hasattr(self.app, SERVE_IN):
            app.serve_in = partial(self._count, self.app.serve_in)
        return app

    async def _count(self, app, *args) -> None:
        self.begun += 1
        try:
            await app(*args)
        finally:
            self.ended += 1

    async def _write(self) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            for piece in self.pieces:
                await self.client.send_all(piece)
                await trio.sleep(0.1)

    async def _read(self) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while data := await self.client.receive_some():
                self.received += data

    def blows(self) -> dict[str, Callable[[], object]]:
        """What may happen, by name."""
        return {
            "the server is cancelled": self.server.cancel,
            "the client closes": self.theirs.close,
            "the client half-closes": self._half_close,
            "both": lambda: (self._half_close(), self.server.cancel()),
        }

    def _half_close(self) -> None:
        with suppress(OSError):
            self.theirs.shutdown(socket.SHUT_WR)

    def answers(self) -> list[tuple[int, bytes]]:
        """Return status and body of the answers that came in full; what is behind them must be the start of one."""
        connection = h11.Connection(h11.CLIENT)
        if self.received:
            connection.receive_data(bytes(self.received))
        read: list[tuple[int, bytes]] = []
        while connection.our_state is h11.IDLE:
            connection.send(h11.Request(method="POST", target="/", headers=[("host", "test")]))
            connection.send(h11.EndOfMessage())
            status, body = 0, b""
            while not isinstance(event := connection.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    return read
                if isinstance(event, h11.Data):
                    body += event.data
                else:
                    status = event.status_code
            read.append((status, body))
            if connection.their_state is h11.DONE:
                connection.start_next_cycle()
        assert connection.trailing_data[0] == b"", "an answer behind one that says close"
        return read
