"""A connection that Hypercorn's protocols drive: HTTP/2, WebSockets, and HTTP/1.1 where the fast class is not used.

Mends of Hypercorn 0.18's TCPServer, each of which a test shows on the unpatched server:

* A write had no time limit and could not be cancelled, so a client that does not read held its task and the shutdown.
* A send that was cancelled before it had begun left the protocol's state ahead of the wire.
* Every idle period was a task; here it is a number, see `watch`.
* Each write took a lock, a scope and a checkpoint; here the socket is asked first.
* A connection that is closed while the client is still sending lost the answer: the kernel resets it. Here it lingers.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import math
import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

import trio
from hypercorn.events import Closed, RawData, Updated
from hypercorn.typing import ConnectionState

from .._core import open_nursery
from .parts import Ends, Parts
from .protocol import Protocol
from .requests import Requests
from .transport import Transport

AHEAD: Final = 64 * 1024
"""Bytes that are read while a request is answered; beyond them a client that has gone is not noticed."""
WRITES_IN_A_ROW: Final = 16
"""Writes that the socket takes at once before other tasks get a turn."""


class ProtocolDriver:
    """Feeds the bytes of a connection to Hypercorn's protocol for it, and writes what that has to say.

    Args:
      parts: what the worker's connections share.
      transport: the socket.
      ends: whose connection it is.
    """

    def __init__(self, parts: Parts, transport: Transport, ends: Ends) -> None:
        self._parts: Final = parts
        self._transport: Final = transport
        self._ends: Final = ends
        self._write_lock: Final = trio.Lock()
        self._protocol: Protocol | None = None
        self._writes = 0
        self._has_begun_head = False
        self.is_idle = True
        """Whether no request is in flight."""

    async def run(self, data: bytes = b"") -> None:
        """Serve until the connection has ended, its requests too.

        Args:
          data: bytes that were read already.
        """
        self._transport.on_expiry = self._transport.cut
        async with open_nursery() as nursery:
            requests = Requests(nursery)
            self._protocol = self._new_protocol(requests)
            try:
                await self._protocol.initiate()
                if data:
                    await self._take(self._protocol, data)
                while data := await self._transport.receive():
                    await self._take(self._protocol, data)
                await self._protocol.handle(Closed())
            finally:
                requests.end()

    async def lose(self) -> None:
        """Tell the requests that their client has gone; for a connection that nobody reads any more."""
        if self._protocol is not None:
            await self._protocol.handle(Closed())

    def _new_protocol(self, requests: Requests) -> Protocol:
        parts, ends = self._parts, self._ends
        return Protocol(
            parts.app,
            parts.config,
            parts.context,
            requests,
            ConnectionState(parts.state.copy()),
            ends.is_secure,
            ends.client,
            ends.server,
            self._send,
            ends.alpn_protocol,
            read_ahead=self._read_ahead,
            write_timeout=self._transport.limits.write_timeout,
        )

    async def _take(self, protocol: Protocol, data: bytes) -> None:
        transport = self._transport
        if transport.is_lingering:
            return  # the client is still sending what nobody reads
        if self.is_idle and not self._has_begun_head:
            self._has_begun_head = True
            transport.deadline = trio.current_time() + transport.limits.header_timeout
        await protocol.handle(RawData(data))

    async def _read_ahead(self, until: Callable[[], Awaitable[None]]) -> tuple[bytes, bool]:
        ahead = _Ahead()
        async with open_nursery() as nursery:
            nursery.start_soon(ahead.read, self._transport.receive, nursery.cancel_scope)
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
        transport = self._transport
        if transport.is_lingering:
            return
        self.is_idle = is_idle
        self._has_begun_head = False
        if not is_idle:
            transport.deadline = math.inf
        elif self._parts.context.terminated.is_set():
            await self._close()
        else:
            transport.deadline = trio.current_time() + self._parts.config.keep_alive_timeout

    async def _write(self, data: bytes) -> None:
        if not data or self._transport.is_closed:
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
        fd = self._transport.fd
        if fd < 0 or self._write_lock.locked():
            return data
        try:
            sent = os.write(fd, data)
        except OSError:
            return data  # full, or broken, as waiting will tell
        return memoryview(data)[sent:] if sent < len(data) else b""

    async def _write_all(self, data: bytes | memoryview) -> None:
        transport = self._transport
        # A request that is cancelled does not cancel its write: half a frame on the wire is worse than a late one.
        with trio.move_on_after(transport.limits.write_timeout, shield=True):
            async with self._write_lock:
                try:
                    await transport.stream.send_all(data)
                except (trio.BrokenResourceError, trio.ClosedResourceError):
                    pass
                else:
                    return
        transport.cut()
        await self.lose()

    async def _close(self) -> None:
        await self._transport.close(is_unread=self._protocol is not None and self._protocol.is_unread)


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
