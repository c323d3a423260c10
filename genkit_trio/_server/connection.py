"""One connection: its socket, what drives it, and how it ends.

Mend of Hypercorn 0.18's TCPServer, which a test shows on the unpatched server: an exception in a protocol left the
connection and ended the server. Here it ends the connection.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import logging
from typing import Final, Protocol

import h2.exceptions
import h11
import trio
import wsproto.utilities
from hypercorn.utils import parse_socket_addr

from .driver import ProtocolDriver
from .parts import Ends, Parts
from .transport import Stream, Transport

logger = logging.getLogger("genkit_trio")

BAD_BYTES: Final = (h11.ProtocolError, h2.exceptions.H2Error, wsproto.utilities.ProtocolError)
"""What the protocols raise about a client that breaks them; it is not worth a traceback."""


class Driver(Protocol):
    """What a connection is driven by: our class for HTTP/1.1, or Hypercorn's protocols."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is in flight."""
        ...

    async def lose(self) -> None:
        """Tell the requests that their client has gone; for a connection that nobody reads any more."""


class Connection:
    """One accepted connection.

    Args:
      parts: what it shares with the others.
      stream: the socket, with TLS or without.
    """

    __slots__ = (
        "_driver",
        "_parts",
        "_transport",
    )

    def __init__(self, parts: Parts, stream: Stream) -> None:
        self._parts: Final = parts
        self._transport: Final = Transport(stream, parts.limits)
        self._driver: Driver | None = None

    async def run(self) -> None:
        """Serve the connection until it has ended, its requests too. Nothing is raised but `trio.Cancelled`."""
        self._parts.connections.add(self)
        self._parts.watch.watched.add(self._transport)
        try:
            ends = await self._open()
            rest = b"" if ends is not None else None
            if ends is not None and self._parts.fast is not None and ends.alpn_protocol != "h2":
                fast = self._driver = self._parts.fast(self._parts, self._transport, ends)
                rest = await fast.run()
            if ends is not None and rest is not None:
                driver = self._driver = ProtocolDriver(self._parts, self._transport, ends)
                await driver.run(rest)
        except BAD_BYTES as exc:
            logger.info("a connection was cut off: %a", exc)
        except Exception as exc:
            logger.warning("a connection was cut off: %a", exc, exc_info=exc)
        finally:
            self._parts.watch.watched.discard(self._transport)
            self._parts.connections.discard(self)
            self._transport.cut()
            await trio.aclose_forcefully(self._transport.stream)

    async def lose(self) -> None:
        """Cut, and tell the requests; for a connection that nobody reads any more, because it was cancelled."""
        self._transport.cut()
        if self._driver is not None:
            await self._driver.lose()

    def cut_if_idle(self) -> None:
        """Close the socket if no request is in flight: the server is shutting down."""
        if self._driver is None or self._driver.is_idle:
            self._transport.cut()

    async def _open(self) -> Ends | None:
        """Return whose connection it is, `None` when it is no more."""
        parts, transport = self._parts, self._transport
        if parts.context.terminated.is_set():
            return None  # accepted just before the server stopped listening
        alpn_protocol = "http/1.1"
        is_secure = isinstance(transport.stream, trio.SSLStream)
        if isinstance(transport.stream, trio.SSLStream):
            if not await self._shake_hands(transport.stream):
                return None
            alpn_protocol = transport.stream.selected_alpn_protocol() or alpn_protocol
        try:
            client = parse_socket_addr(transport.socket.family, transport.socket.getpeername())
            server = parse_socket_addr(transport.socket.family, transport.socket.getsockname())
        except OSError:
            return None  # the client has gone again
        return Ends(client, server, is_secure, alpn_protocol)

    async def _shake_hands(self, stream: trio.SSLStream[trio.SocketStream]) -> bool:
        self._transport.deadline = trio.current_time() + self._parts.config.ssl_handshake_timeout
        try:
            await stream.do_handshake()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return False
        self._transport.deadline = trio.current_time() + self._parts.limits.header_timeout
        return True
