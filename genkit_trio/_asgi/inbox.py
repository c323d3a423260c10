"""The one reader of ``receive()``: collects the body, then waits for the disconnect.

It reads for the whole life of the exchange, because a server that cannot hand over a message stops reading the
connection, and may block our own last ``send()``. What nobody wants it discards. It never calls ``receive()`` again
after a disconnect, where some servers would wait for ever.
"""

from collections.abc import Callable
from typing import Final

import trio

from .._tracing import Cause
from .._wire import Status
from .limits import RequestLimits
from .messages import Message, Receive
from .refusal import Refusal


class ClientGone(Exception):  # not an error of anybody here
    """The client has disconnected: nobody is there to be answered."""


class Inbox:
    """The incoming side of one request.

    Args:
      receive: ASGI's.
      limits: how large and how slow the body may be.
    """

    def __init__(self, receive: Receive, limits: RequestLimits) -> None:
        self._receive: Final = receive
        self._limits: Final = limits
        self._parts: Final[list[bytes]] = []
        self._size = 0
        self._changed: Final = trio.Event()
        self._complete = False
        self._finished = False
        self._scope: Final = trio.CancelScope()
        self.is_gone = False
        """Whether the client has disconnected."""
        self.on_end: Callable[[Cause], None] | None = None
        """Called when the client disconnects, or the server stops, before the answer is about to end."""

    async def read(self) -> None:
        """Read until the client disconnects or `finish` is called; the reader's task."""
        with self._scope:
            try:
                while not self.is_gone:
                    self._take(await self._receive())
            except trio.Cancelled:
                # The handler may be busy with a write that cannot be cut short, so the run is told from here.
                self._report(Cause.DRAIN)
                raise

    async def body(self) -> bytes:
        """Wait for the whole body and return it.

        Raises:
          Refusal: 413 when it is too large, 408 when it is too slow.
          ClientGone: when the client disconnects before its end.
        """
        with trio.move_on_after(self._limits.body_timeout):
            await self._changed.wait()
        if self.is_gone:
            raise ClientGone
        if self._size > self._limits.body:
            message = f"the body is larger than {self._limits.body} bytes"
            raise Refusal(413, Status.RESOURCE_EXHAUSTED, message, close=not self._complete)
        if not self._complete:
            message = f"the body did not arrive within {self._limits.body_timeout:g} seconds"
            raise Refusal(408, Status.DEADLINE_EXCEEDED, message, close=True)
        # Joined once: adding part to part costs quadratic time.
        return b"".join(self._parts)

    def finish(self) -> None:
        """Say that the answer is about to end: from now on a disconnect means nothing.

        The server reports one after every answer. The reader stops, unless the client is still sending.
        """
        self._finished = True
        if self._complete:
            self._scope.cancel()

    def stop(self) -> None:
        """Stop reading: the exchange is over."""
        self._finished = True
        self._scope.cancel()

    def _take(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            self.is_gone = True
            self._changed.set()
            self._report(Cause.CLIENT_DISCONNECT)
        else:
            self._collect(message.get("body", b""), more=message.get("more_body", False))

    def _collect(self, part: bytes, *, more: bool) -> None:
        self._size += len(part)
        if self._size <= self._limits.body:
            self._parts.append(part)
        else:
            self._parts.clear()
            self._changed.set()
        if not more:
            self._complete = True
            self._changed.set()

    def _report(self, cause: Cause) -> None:
        if self.on_end is not None and not self._finished:
            self.on_end(cause)
