"""One connection: its socket, its protocol, and the tasks of its requests.

Mends of Hypercorn 0.18's TCPServer, each of which a test shows on the unpatched server:

* An exception in a protocol left the connection and ended the server. Here it ends the connection.
* A write had no time limit and could not be cancelled, so a client that does not read held its task and the shutdown.
* A send that was cancelled before it had begun left the protocol's state ahead of the wire.
* Every idle period was a task; here it is a number, see `watch`.
* Each write took a lock, a scope and a checkpoint; here the socket is asked first.
* A connection that is closed while the client is still sending lost the answer: the kernel resets it. Here it lingers.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import logging
import math
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import h2.exceptions
import h11
import trio
import wsproto.utilities
from hypercorn.config import Config
from hypercorn.events import Closed, RawData, Updated
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

from .._core import open_nursery
from .limits import ServerLimits
from .protocol import Protocol
from .requests import Requests
from .watch import Watch

logger = logging.getLogger("genkit_trio")

READ: Final = 64 * 1024
AHEAD: Final = 64 * 1024
"""Bytes that are read while a request is answered; beyond them a client that has gone is not noticed."""
WRITES_IN_A_ROW: Final = 16
"""Writes that the socket takes at once before other tasks get a turn."""

BAD_BYTES: Final = (h11.ProtocolError, h2.exceptions.H2Error, wsproto.utilities.ProtocolError)
"""What the protocols raise about a client that breaks them; it is not worth a traceback."""

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


@attrs.frozen
class Worker:
    """What all connections of a worker share."""

    app: Any  # Any: Hypercorn's wrapper around the application
    config: Config
    context: WorkerContext
    state: ConnectionState
    limits: ServerLimits
    watch: "Watch[Connection]"


class Connection:
    """One accepted connection.

    Args:
      worker: what it shares with the others.
      stream: the socket, with TLS or without.
    """

    def __init__(self, worker: Worker, stream: Stream) -> None:
        self._worker: Final = worker
        self._stream: Final = stream
        self._limits: Final = worker.limits
        self._write_lock: Final = trio.Lock()
        self._socket: Final = stream.socket if isinstance(stream, trio.SocketStream) else stream.transport_stream.socket
        # With TLS, and where sockets are not files, bytes only go through the stream.
        self._fd = self._socket.fileno() if isinstance(stream, trio.SocketStream) and os.name == "posix" else -1
        self._protocol: Protocol | None = None
        self._writes = 0
        self._is_idle = True
        self._has_begun_head = False
        self._is_lingering = False
        self._is_closed = False
        self.deadline = trio.current_time() + self._limits.header_timeout
        """By when something must have happened, in trio's time; `watch` looks after it."""

    async def run(self) -> None:
        """Serve the connection until it has ended, its requests too. Nothing is raised but `trio.Cancelled`."""
        self._worker.watch.connections.add(self)
        try:
            await self._serve()
        except BAD_BYTES as exc:
            logger.info("a connection was cut off: %a", exc)
        except Exception as exc:
            logger.warning("a connection was cut off: %a", exc, exc_info=exc)
        finally:
            self._worker.watch.connections.discard(self)
            self.cut()
            await trio.aclose_forcefully(self._stream)

    def cut(self) -> None:
        """Close the socket now, whatever is being read or written. Requests learn that their client has gone."""
        self._is_closed = True
        self._fd = -1  # the number may soon be that of another connection
        self.deadline = math.inf
        self._socket.close()

    async def lose(self) -> None:
        """Cut, and tell the requests; for a connection that nobody reads any more, because it was cancelled."""
        self.cut()
        if self._protocol is not None:
            await self._protocol.handle(Closed())

    def cut_if_idle(self) -> None:
        """Close the socket if no request is in flight: the server is shutting down."""
        if self._is_idle:
            self.cut()

    async def _serve(self) -> None:
        if self._worker.context.terminated.is_set():
            return  # accepted just before the server stopped listening
        alpn_protocol = "http/1.1"
        if isinstance(self._stream, trio.SSLStream):
            if not await self._shake_hands(self._stream):
                return
            alpn_protocol = self._stream.selected_alpn_protocol() or alpn_protocol
        try:
            client = parse_socket_addr(self._socket.family, self._socket.getpeername())
            server = parse_socket_addr(self._socket.family, self._socket.getsockname())
        except OSError:
            return  # the client has gone again
        await self._serve_protocol(alpn_protocol, client, server)

    async def _shake_hands(self, stream: trio.SSLStream[trio.SocketStream]) -> bool:
        self.deadline = trio.current_time() + self._worker.config.ssl_handshake_timeout
        try:
            await stream.do_handshake()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return False
        self.deadline = trio.current_time() + self._limits.header_timeout
        return True

    async def _serve_protocol(self, alpn_protocol: str, client: Any, server: Any) -> None:
        worker = self._worker
        async with open_nursery() as nursery:
            requests = Requests(nursery)
            self._protocol = Protocol(
                worker.app,
                worker.config,
                worker.context,
                requests,
                ConnectionState(worker.state.copy()),
                isinstance(self._stream, trio.SSLStream),
                client,
                server,
                self._send,
                alpn_protocol,
                read_ahead=self._read_ahead,
                write_timeout=self._limits.write_timeout,
            )
            try:
                await self._protocol.initiate()
                await self._read(self._protocol)
                await self._protocol.handle(Closed())
            finally:
                requests.end()

    async def _read(self, protocol: Protocol) -> None:
        while data := await self._receive():
            if self._is_lingering:
                continue  # the client is still sending what nobody reads
            if self._is_idle and not self._has_begun_head:
                self._has_begun_head = True
                self.deadline = trio.current_time() + self._limits.header_timeout
            await protocol.handle(RawData(data))

    async def _receive(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(READ))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""

    async def _read_ahead(self, until: Callable[[], Awaitable[None]]) -> tuple[bytes, bool]:
        ahead = _Ahead()
        async with open_nursery() as nursery:
            nursery.start_soon(ahead.read, self._receive, nursery.cancel_scope)
            await until()
            nursery.cancel_scope.cancel()
        return b"".join(ahead.parts), ahead.has_closed

    async def _send(self, event: Any) -> None:
        if isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Updated):
            await self._update(is_idle=event.idle)
        elif isinstance(event, Closed):
            await self._close()

    async def _update(self, *, is_idle: bool) -> None:
        if self._is_lingering:
            return
        self._is_idle = is_idle
        self._has_begun_head = False
        if not is_idle:
            self.deadline = math.inf
        elif self._worker.context.terminated.is_set():
            await self._close()
        else:
            self.deadline = trio.current_time() + self._worker.config.keep_alive_timeout

    async def _write(self, data: bytes) -> None:
        if not data or self._is_closed:
            return
        rest = self._write_at_once(data)
        if rest:
            await self._write_all(rest)
            return
        self._writes += 1
        if self._writes % WRITES_IN_A_ROW == 0:
            await trio.lowlevel.cancel_shielded_checkpoint()

    def _write_at_once(self, data: bytes) -> bytes | memoryview:
        """Give the socket what it takes without waiting; return the rest."""
        if self._fd < 0 or self._write_lock.locked():
            return data
        try:
            sent = os.write(self._fd, data)
        except OSError:
            return data  # full, or broken, as waiting will tell
        return memoryview(data)[sent:] if sent < len(data) else b""

    async def _write_all(self, data: bytes | memoryview) -> None:
        # A request that is cancelled does not cancel its write: half a frame on the wire is worse than a late one.
        with trio.move_on_after(self._limits.write_timeout, shield=True):
            async with self._write_lock:
                try:
                    await self._stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    pass
                else:
                    return
        self.cut()
        if self._protocol is not None:
            await self._protocol.handle(Closed())

    async def _close(self) -> None:
        if self._is_lingering or self._is_closed:
            return
        if self._protocol is not None and self._protocol.is_unread:
            self._is_lingering = True
            self.deadline = trio.current_time() + self._limits.linger
            if isinstance(self._stream, trio.SocketStream):
                await self._end_sending(self._stream)
            return
        with trio.move_on_after(self._limits.linger, shield=True):
            await self._stream.aclose()
        self.cut()

    async def _end_sending(self, stream: trio.SocketStream) -> None:
        try:
            await stream.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
            self.cut()


class _Ahead:
    """What was read while a request was answered."""

    def __init__(self) -> None:
        self.parts: Final[list[bytes]] = []
        self.has_closed = False

    async def read(self, receive: Callable[[], Awaitable[bytes]], scope: trio.CancelScope) -> None:
        """Read until there is enough, or the client closes its side."""
        size = 0
        while size < AHEAD:
            data = await receive()
            if not data:
                self.has_closed = True
                scope.cancel()
                return
            size += len(data)
            self.parts.append(data)
