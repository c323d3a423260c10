"""One request: what its application receives, sends, and is told; a request that is over reaches nothing.

Rules:

1. A send takes effect as a whole, on the wire or waiting for it, before there is any point at which it can be
   cancelled; what is cancelled then is only its waiting for the client.
2. The head waits for the first part of the body, so that a short answer is one write.
3. What is there is received without a checkpoint, so that asking in a cancelled scope is a way to look; only the
   disconnect is told so no more than once, lest a loop never ends.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol
from urllib.parse import unquote

import trio

from ..._wire import DIRECT, ON_DISCONNECT, RECEIVE_NOWAIT, Listener
from ..pulse import Pulse
from .answer import CONTINUE, Answer
from .head import Head
from .limits import H1Limits
from .outbox import Outbox
from .parker import Parker
from .shared import Shared

Message = dict[str, Any]  # Any: ASGI defines the values by their keys


class Link(Protocol):
    """The connection of a request, as the request needs it."""

    outbox: Outbox

    @property
    def pulse(self) -> Pulse:
        """The worker's pulse."""
        ...

    @property
    def limits(self) -> H1Limits:
        """What it may cost."""
        ...

    @property
    def shared(self) -> Shared:
        """What it shares with others of its kind."""
        ...

    def is_ending(self) -> bool:
        """Whether the server is shutting down."""
        ...

    def on_taken(self) -> None:
        """Note that a part of the body was received: there is room for others."""

    def on_invited(self) -> None:
        """Note that the client was told to send the body."""

    def set_alarm(self, when: float) -> None:
        """Have `Exchange.alarm` called at *when*."""


class Exchange:
    """One request and its answer.

    Args:
      link: its connection.
      head: what is asked for.
      scope: ASGI's, without what the head says, which is put in. It refers to this object, so it is not kept here:
        what refers to itself is only freed by the next collection.
    """

    __slots__ = (
        "_has_told_disconnect",
        "_has_told_end",
        "_held",
        "_is_complete",
        "_is_over",
        "_link",
        "_listener",
        "_on_disconnect",
        "_parts",
        "_receiver",
        "_sends",
        "answer",
        "awaits_invitation",
        "headers",
        "is_gone",
        "received",
        "unread",
    )

    def __init__(self, link: Link, head: Head, scope: Message) -> None:
        self._link: Final = link
        self._listener: Listener | None = None
        self._on_disconnect: Callable[[], None] | None = None
        self._receiver: Final = Parker()
        self._parts: Final[list[bytes]] = []
        self._held = b""
        self._sends = 0
        self._is_complete = False
        self._is_over = False
        self._has_told_end = False
        self._has_told_disconnect = False
        self.answer: Final = Answer(head.method, head.version, keep_alive=head.keep_alive)
        self.headers: Iterable[tuple[bytes, bytes]] = ()
        """Those of the answer, for the access log."""
        self.is_gone = False
        """Whether the client has gone."""
        self.awaits_invitation = head.expects_continue
        """Whether the client waits to be told that its body is wanted."""
        self.unread = 0
        """Bytes of the body that the application has not received."""
        self.received = 0
        """Bytes of the body that the client has sent."""
        path, _, query = head.target.partition(b"?")
        text = path.decode("ascii")
        scope["http_version"] = head.version
        scope["method"] = head.method
        scope["path"] = unquote(text) if "%" in text else text
        scope["raw_path"] = path
        scope["query_string"] = query
        scope["headers"] = head.headers
        scope["extensions"] = {
            ON_DISCONNECT: self.on_disconnect,
            RECEIVE_NOWAIT: self.receive_nowait,
            DIRECT: self,
        }

    # What the application calls.

    async def receive(self) -> Message:
        """Return the next message; after the last one the disconnect, as often as it is asked for.

        Raises:
          trio.BusyResourceError: if another task is receiving.
        """
        if self._receiver.is_taken:
            raise trio.BusyResourceError("another task is receiving this request; give each request one receiver")
        while True:
            message = self.receive_nowait()
            if message is not None:
                return message
            if self.is_gone or self._is_over or self.answer.has_ended:
                if self._has_told_disconnect:
                    await trio.lowlevel.checkpoint()
                self._has_told_disconnect = True
                return {"type": "http.disconnect"}
            if self.awaits_invitation and not self.answer.has_started:
                self.awaits_invitation = False
                self._link.outbox.push(CONTINUE)
                self._link.on_invited()
            await self._receiver.park()

    def receive_nowait(self) -> Message | None:
        """Return the next part of the body if it is there."""
        if not self._parts and (self._has_told_end or not self._is_complete):
            return None
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._has_told_end = self._is_complete
        if self.unread:
            self.unread = 0
            self._link.on_taken()
        return {"type": "http.request", "body": body, "more_body": not self._is_complete}

    def on_disconnect(self, listener: Callable[[], None]) -> None:
        """Call *listener* when the client goes; at once if it has gone."""
        self._on_disconnect = listener
        if self.is_gone:
            listener()

    async def send(self, message: Message) -> None:
        """Send a part of the answer. It waits while the client does not keep up.

        It is a cancel point where it waits, and now and then; also then the part is sent. A client that has closed its
        side alone is sent what it may still read; to one that has gone, it does nothing.

        Raises:
          ValueError: if the message makes no answer, or comes after its end.
        """
        if self._is_over or self._link.outbox.is_closed:
            await trio.lowlevel.checkpoint()
            return
        kind = message["type"]
        if kind == "http.response.start":
            self._start(int(message["status"]), message.get("headers", ()))
        elif kind == "http.response.body":
            self._send_part(bytes(message.get("body", b"")), more_body=message.get("more_body", False))
            await self._take_turn()
        else:
            raise ValueError(f"{kind!r} is no message of an answer; send 'http.response.start' or 'http.response.body'")

    async def _take_turn(self) -> None:
        """Wait for the client, or now and then for other tasks."""
        self._sends += 1
        if self.answer.has_ended:
            return  # the connection waits, if it must
        if not self._link.outbox.has_room:
            await self._link.outbox.wait_room()
        elif self._sends % self._link.limits.writes_in_a_row == 0:
            await trio.lowlevel.checkpoint()

    # What an application calls that answers directly.

    def listen(self, listener: Listener, write_timeout: float) -> bool:
        """Tell *listener* what happens from now on; return whether the client is still there."""
        outbox = self._link.outbox
        outbox.write_timeout = min(outbox.write_timeout, write_timeout)
        outbox.on_room = listener.on_room
        self._listener = listener
        return not self.is_gone

    def send_nowait(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, more_body: bool) -> bool:
        """Send a part of the answer, and return whether the client keeps up.

        Raises:
          ValueError: if it makes no answer.
        """
        if self._is_over or self._link.outbox.is_closed:
            return True
        link, outbox = self._link, self._link.outbox
        if status and not more_body:
            answer = self.answer
            if link.is_ending():
                answer.keep_alive = False
            outbox.push(answer.whole(status, headers, body, link.shared.common_headers()))
            self.headers = headers
            self._receiver.unpark()
            return not outbox.size
        if status:
            self._start(status, headers)
        self._send_part(body, more_body=more_body)
        return not outbox.size

    def set_alarm(self, when: float) -> None:
        """Have the listener called at *when*."""
        if not self._is_over:
            self._link.set_alarm(when)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, in the next pass of the scheduler."""
        self._link.pulse.call_soon(callback)

    def call_later(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, in a moment."""
        self._link.pulse.call_later(callback)

    # What the connection calls.

    def take(self, data: bytes) -> None:
        """Take a part of the body."""
        self.received += len(data)
        self.awaits_invitation = False
        if self.answer.has_ended or self.is_gone:
            return  # nobody wants it any more
        self._parts.append(data)
        self.unread += len(data)
        self._receiver.unpark()

    def complete(self) -> None:
        """Note the end of the body."""
        self._is_complete = True
        self._receiver.unpark()

    def disconnect(self, *, is_slow: bool = False) -> None:
        """Tell the application that its client has gone, unless it has answered."""
        if self.is_gone or self._is_over or self.answer.has_ended:
            return
        self.is_gone = True
        self._receiver.unpark()
        if self._listener is not None:
            (self._listener.on_stall if is_slow else self._listener.on_disconnect)()
        if self._on_disconnect is not None:
            self._on_disconnect()

    def alarm(self) -> None:
        """Tell the application that the time has come."""
        if self._listener is not None:
            self._listener.on_alarm()

    def stop(self) -> None:
        """Tell the application that the server ends."""
        if self._listener is not None:
            self._listener.on_stop()

    def close(self) -> None:
        """Let go of the connection: the request is over."""
        self._is_over = True
        self._listener = self._on_disconnect = None
        self._link.outbox.on_room = None
        self._parts.clear()
        self._receiver.unpark()

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if self._link.is_ending():
            self.answer.keep_alive = False
        self._held = self.answer.start(status, headers, self._link.shared.common_headers())
        self.headers = headers

    def _send_part(self, body: bytes, *, more_body: bool) -> None:
        data = self.answer.part(body, more_body=more_body)
        if self._held:
            data, self._held = self._held + data, b""
        self._link.outbox.push(data)
        if not more_body:
            self._receiver.unpark()
