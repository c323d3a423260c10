"""The socket of one connection, with TLS or without, and by when something must have happened on it."""

import math
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias

import trio

from .limits import ServerLimits

READ: Final = 64 * 1024

Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]


class Transport:
    """A socket that is open until it is cut.

    Args:
      stream: the socket, with TLS or without.
      limits: what a connection may cost.
    """

    __slots__ = (
        "deadline",
        "fd",
        "is_closed",
        "is_lingering",
        "limits",
        "on_cut",
        "on_expiry",
        "socket",
        "stream",
    )

    def __init__(self, stream: Stream, limits: ServerLimits) -> None:
        self.stream: Final = stream
        self.limits: Final = limits
        self.socket: Final = stream.socket if isinstance(stream, trio.SocketStream) else stream.transport_stream.socket
        # With TLS, and where sockets are not files, bytes only go through the stream.
        self.fd = self.socket.fileno() if isinstance(stream, trio.SocketStream) and os.name == "posix" else -1
        """The socket's descriptor, for reads and writes that do not wait; negative where there is none, or no more."""
        self.is_closed = False
        self.is_lingering = False
        """Whether the connection is over, and only discards what the client still sends."""
        self.deadline = trio.current_time() + limits.header_timeout
        """By when something must have happened, in trio's time; `watch` looks after it."""
        self.on_expiry: Callable[[], None] = self.cut
        """Called when the deadline has passed."""

        self.on_cut: Callable[[], None] | None = None
        """Called before the socket is closed, whoever does it: from then on its descriptor is that of another one."""

    def expire(self) -> None:
        """Do what the deadline was for."""
        self.on_expiry()

    def cut(self) -> None:
        """Close the socket now, whatever is being read or written."""
        self._let_go()
        self.is_closed = True
        self.deadline = math.inf
        self.socket.close()

    async def receive(self) -> bytes:
        """Return what the client has sent; nothing when it has closed its side, or the connection is no more."""
        try:
            return bytes(await self.stream.receive_some(READ))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""

    async def close(self, *, is_unread: bool) -> None:
        """Close the connection in a way that lets the client read all that was sent to it.

        Args:
          is_unread: whether the client may still be sending. The kernel would reset the connection then, and with it
            what the client has not read; so it is left open for a while, and what comes is discarded.
        """
        if self.is_lingering or self.is_closed:
            return
        if is_unread:
            self.is_lingering = True
            self.deadline = trio.current_time() + self.limits.linger
            self.on_expiry = self.cut
            if isinstance(self.stream, trio.SocketStream):
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)
            return
        # The socket is closed before aclose() waits: whoever wakes meanwhile would read and write another connection.
        self._let_go()
        with trio.move_on_after(self.limits.linger, shield=True):
            await self.stream.aclose()
        self.cut()

    def _let_go(self) -> None:
        if self.on_cut is not None:
            self.on_cut()
            self.on_cut = None
        self.fd = -1  # the number may soon be that of another connection
