"""What reads a connection, for as long as it is open: so a client that goes is noticed while its request is answered.

Where there are `Arrivals`, they call; else, and with TLS, a task of the connection waits for its socket. Both hand the
bytes to the same owner, at the same moments.
"""

import os
import socket
from typing import Final, Protocol

import trio

from ..arrivals import Arrivals
from ..transport import READ, Transport
from .parker import Parker

_TCP_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None)
_ESTABLISHED: Final = 1
"""The state of a connection whose client has not closed its side, as Linux numbers it."""


class Owner(Protocol):
    """Whose connection it is."""

    def take(self, data: bytes) -> bool:
        """Take what was read, nothing at the end, and return whether to read on."""
        ...

    def lose_client(self, *, is_slow: bool) -> None:
        """Note that the client has gone, although not all that it sent was read."""


def has_closed(sock: trio.socket.SocketType) -> bool:
    """Ask the kernel whether the client has closed its side, although not all that it sent was read."""
    if _TCP_INFO is None:
        return False
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 1)[0] != _ESTABLISHED
    except OSError:
        return False


class Reader:
    """Reads one connection.

    Args:
      transport: its socket.
      arrivals: tells of what arrives, if there is such a thing.
      owner: takes it.
    """

    __slots__ = ("_arrivals", "_error", "_owner", "_parker", "_transport", "is_held")

    def __init__(self, transport: Transport, arrivals: Arrivals | None, owner: Owner) -> None:
        self._transport: Final = transport
        self._arrivals: Final = arrivals if transport.fd >= 0 else None
        self._owner: Final = owner
        self._parker: Final = Parker()
        self._error: Exception | None = None
        self.is_held = False
        """Whether what arrives stays with the kernel: the owner has too much."""

    async def run(self) -> None:
        """Read until the client closes its side, the socket is closed, or the owner wants no more."""
        if self._arrivals is None:
            await self._read()
            return
        if self._transport.fd >= 0:
            self._transport.on_cut = self._stop
            self._arrivals.add(self._transport.fd, self._on_arrival)
            try:
                await self._parker.park()
            finally:
                self._stop()
        if self._error is not None:
            raise self._error
        if self._transport.fd < 0:
            self._owner.take(b"")

    def hold(self) -> None:
        """Read nothing until `go_on`."""
        self.is_held = True
        if self._arrivals is not None and self._transport.on_cut is not None:
            self._arrivals.pause(self._transport.fd)

    def go_on(self) -> None:
        """Read again."""
        self.is_held = False
        if self._arrivals is None:
            self._parker.unpark()
        elif self._transport.on_cut is not None:
            self._arrivals.resume(self._transport.fd)

    # Called by the arrivals.

    def _on_arrival(self) -> None:
        if self.is_held:
            self._owner.lose_client(is_slow=False)
            return
        try:
            data = os.read(self._transport.fd, READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        try:
            if self._owner.take(data):
                return
        except Exception as exc:  # a defect: it ends this connection, not all that are told of arrivals
            self._error = exc
        self._stop()

    def _stop(self) -> None:
        """Be called no more, and let the task go on; the socket is still open."""
        if self._arrivals is not None and self._transport.on_cut is not None:
            self._transport.on_cut = None
            self._arrivals.remove(self._transport.fd)
        self._parker.unpark()

    # A task of its own.

    async def _read(self) -> None:
        while self._owner.take(await self._receive()):
            while self.is_held:
                await self._parker.park()

    async def _receive(self) -> bytes:
        transport = self._transport
        if transport.fd < 0:
            return await transport.receive()
        while True:
            try:
                await trio.lowlevel.wait_readable(transport.fd)
                return os.read(transport.fd, READ) if transport.fd >= 0 else b""
            except BlockingIOError:
                continue
            except (OSError, trio.ClosedResourceError):
                return b""
