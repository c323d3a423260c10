"""The incoming side of a request: its body, and then the client's disconnect.

One reader of ``receive()`` at a time: first the handler itself, for the body; then, where the server does not offer
`ON_DISCONNECT`, a task that reads on. Somebody must, because a server that cannot hand over a message stops reading
the connection, and may block our own last ``send()``. After a disconnect, ``receive()`` is not called again: some
servers would never return.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import trio

from .._tracing import Cause
from .._wire import ON_DISCONNECT, RECEIVE_NOWAIT, Status
from .limits import RequestLimits
from .messages import Message, Receive, Scope
from .refusal import Refusal

Subscribe: TypeAlias = Callable[[Callable[[], None]], None]
ReceiveNowait: TypeAlias = Callable[[], Message | None]


class ClientGone(Exception):  # not an error of anybody here
    """The client has disconnected: nobody is there to be answered."""


class Inbox:
    """The incoming side of one request.

    Args:
      scope: ASGI's.
      receive: ASGI's.
      limits: how large and how slow the body may be.
    """

    __slots__ = (
        "_closed",
        "_complete",
        "_finished",
        "_limits",
        "_parts",
        "_receive",
        "_receive_nowait",
        "_size",
        "_subscribe",
        "_watching",
        "is_gone",
        "on_end",
    )

    def __init__(self, scope: Scope, receive: Receive, limits: RequestLimits) -> None:
        self._receive: Final = receive
        self._limits: Final = limits
        self._parts: Final[list[bytes]] = []
        self._size = 0
        self._complete = False
        self._finished = False
        self._closed = False
        self._watching: trio.CancelScope | None = None
        extensions: Mapping[str, Any] = scope.get("extensions") or {}
        self._subscribe: Final[Subscribe | None] = extensions.get(ON_DISCONNECT)
        self._receive_nowait: Final[ReceiveNowait | None] = extensions.get(RECEIVE_NOWAIT)
        self.is_gone = False
        """Whether the client has disconnected."""
        self.on_end: Callable[[Cause], None] | None = None
        """Called when the client disconnects, or the server stops, before the answer is about to end."""

    async def body(self) -> bytes:
        """Read the whole body and return it.

        Raises:
          Refusal: 413 when it is too large, 408 when it is too slow.
          ClientGone: when the client disconnects before its end.
        """
        body = self.body_nowait()
        if body is not None:
            return body
        if not self._complete and self._size <= self._limits.body:
            await self._receive_body()
        if self._size > self._limits.body:
            message = f"the body is larger than {self._limits.body} bytes"
            raise Refusal(413, Status.RESOURCE_EXHAUSTED, message, close=not self._complete)
        if not self._complete:
            message = f"the body did not arrive within {self._limits.body_timeout:g} seconds"
            raise Refusal(408, Status.DEADLINE_EXCEEDED, message, close=True)
        # Joined once: adding part to part costs quadratic time.
        return b"".join(self._parts)

    def body_nowait(self) -> bytes | None:
        """Return the whole body if it is there, and not too large."""
        while not self._complete:
            message = None if self._receive_nowait is None else self._receive_nowait()
            if message is None:
                return None
            self._take(message)
        if self._size > self._limits.body:
            return None
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    async def _receive_body(self) -> None:
        with trio.move_on_after(self._limits.body_timeout):
            while not self._complete and self._size <= self._limits.body:
                self._take(await self._receive())
                if self.is_gone:
                    raise ClientGone

    def watch(self, nursery: trio.Nursery) -> None:
        """Notice from now on when the client goes: by the server's word, or with a task in *nursery* that reads on."""
        if self._subscribe is not None:
            self._subscribe(self._disconnect)
        else:
            self._watching = trio.CancelScope()
            nursery.start_soon(self._read, self._watching)

    def finish(self) -> None:
        """Say that the answer is about to end: from now on a disconnect means nothing.

        The server reports one after every answer. The reader stops, unless the client is still sending.
        """
        self._finished = True
        if self._complete:
            self.stop()

    def stop(self) -> None:
        """Stop reading: the exchange is over."""
        self._finished = True
        if self._watching is not None:
            self._watching.cancel()

    async def _read(self, scope: trio.CancelScope) -> None:
        with scope:
            try:
                while not self._closed:
                    self._take(await self._receive())
            except trio.Cancelled:
                # The handler may be busy with a write that cannot be cut short, so the run is told from here.
                self._report(Cause.DRAIN)
                raise

    def _take(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            self._disconnect()
            return
        part: bytes = message.get("body", b"")
        self._size += len(part)
        self._complete = not message.get("more_body", False)
        if self._size <= self._limits.body:
            self._parts.append(part)
        else:
            self._parts.clear()

    def _disconnect(self) -> None:
        self._closed = True
        if not self._finished:
            self.is_gone = True
            self._report(Cause.CLIENT_DISCONNECT)

    def _report(self, cause: Cause) -> None:
        if self.on_end is not None and not self._finished:
            self.on_end(cause)
