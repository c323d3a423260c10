"""What waits to be written to one client, and the task that writes it when the socket does not take it at once.

Nothing that was put in is ever taken out again but by writing it, so a send that is cancelled leaves no half of a
frame on the wire. A client is bounded by the time it takes: one that reads nothing for the write timeout, or since the
last one less than the least rate, is lost. What the socket takes counts as read: its buffer is small where the client
is slow.
"""

import os
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

import trio

from .limits import H1Limits

if TYPE_CHECKING:
    from ..transport import Transport

PIECES: Final = 64
"""Pieces that are written at once."""
WRITE: Final = 64 * 1024
"""Bytes that are encrypted at once."""

_NOTHING: Final[deque[bytes | memoryview]] = deque(maxlen=0)


class Owner(Protocol):
    """Whose outbox it is."""

    def lose_client(self, *, is_slow: bool) -> None:
        """Note that the client takes nothing any more: it *is_slow*, or else has gone."""


class Outbox:
    """Bytes for one client, in order.

    Args:
      transport: where they go.
      limits: how many may wait, and how slow the client may be.
      nursery: holds the task that writes while the socket is full.
      owner: is told when the client takes nothing any more.
    """

    __slots__ = (
        "_drained",
        "_is_writing",
        "_limits",
        "_nursery",
        "_owner",
        "_pieces",
        "_transport",
        "is_closed",
        "on_room",
        "size",
        "write_timeout",
    )

    def __init__(self, transport: "Transport", limits: H1Limits, nursery: trio.Nursery, owner: Owner) -> None:
        self._transport: Final = transport
        self._limits: Final = limits
        self._nursery: Final = nursery
        self._owner: Final = owner
        # Most clients never need it, and an empty one is as large as all the rest.
        self._pieces: deque[bytes | memoryview] = _NOTHING
        self._drained: trio.Event | None = None
        self._is_writing = False
        self.is_closed = False
        """Whether what is pushed is thrown away: the client cannot take it, or was told the last word."""
        self.on_room: Callable[[], None] | None = None
        """Called when there is room again after there was none."""
        self.size = 0
        """Bytes that wait."""
        self.write_timeout = transport.limits.write_timeout
        """Seconds in which the client must have taken something."""

    @property
    def has_room(self) -> bool:
        """Whether the client keeps up."""
        return self.size < self._limits.high_water

    def push(self, data: bytes) -> None:
        """Write *data* behind what waits; what the socket does not take at once is written as soon as it does."""
        transport = self._transport
        if not data or self.is_closed or transport.is_closed:
            return
        rest: bytes | memoryview = data
        if not self._pieces and transport.fd >= 0:
            try:
                sent = os.write(transport.fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._lose(is_slow=False)
                return
            if sent == len(data):
                return
            rest = memoryview(data)[sent:]
        if self._pieces is _NOTHING:
            self._pieces = deque()
        self._pieces.append(rest)
        self.size += len(rest)
        if not self._is_writing:
            self._is_writing = True
            self._nursery.start_soon(self._write)

    async def wait_room(self) -> None:
        """Wait until the client has caught up, or is lost. Cancelled, it has changed nothing."""
        while self.size and not self._transport.is_closed:
            if self._drained is None:
                self._drained = trio.Event()
            await self._drained.wait()

    async def _write(self) -> None:
        # Whoever pushed has gone on: what it pushed goes out whatever becomes of it.
        with trio.CancelScope(shield=True):
            try:
                await self._write_all()
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                self._lose(is_slow=False)
        self._is_writing = False
        self._tell()

    async def _write_all(self) -> None:
        write_some = self._write_encrypted if self._transport.fd < 0 else self._write_plain
        while self._pieces and not self._transport.is_closed:
            await write_some()

    async def _write_encrypted(self) -> None:
        """Write a part by way of the stream, which cannot take it back, nor go on with it after a cancellation."""
        piece = memoryview(self._pieces[0])[:WRITE]
        with trio.move_on_after(self.write_timeout):
            await self._transport.stream.send_all(piece)
            self._forget(len(piece))
            return
        self._lose(is_slow=True)

    async def _write_plain(self) -> None:
        begun, taken = trio.current_time(), 0
        while self._pieces and (fd := self._transport.fd) >= 0:
            with trio.move_on_after(self.write_timeout) as scope:
                await trio.lowlevel.wait_writable(fd)
            if scope.cancelled_caught:
                self._lose(is_slow=True)
            elif self._transport.fd >= 0:
                sent = os.writev(fd, list(islice(self._pieces, PIECES)))
                self._forget(sent)
                taken += sent
                spent = trio.current_time() - begun
                if spent >= self.write_timeout:
                    if self._pieces and taken < self._limits.read_rate * spent:
                        self._lose(is_slow=True)
                    begun, taken = trio.current_time(), 0

    def _forget(self, sent: int) -> None:
        """Take out what was written."""
        left = sent
        while left:
            piece = self._pieces.popleft()
            if len(piece) > left:
                self._pieces.appendleft(memoryview(piece)[left:])
                break
            left -= len(piece)
        self.size -= sent
        if not self.size:
            self._tell()

    def _tell(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None
        if self.on_room is not None:
            self.on_room()

    def _lose(self, *, is_slow: bool) -> None:
        self._pieces = _NOTHING
        self.size = 0
        self.is_closed = True
        self._owner.lose_client(is_slow=is_slow)
        self._tell()
