"""The one writer of ``send()``: head, body and end of one answer.

Two facts about servers shape it. A ``send()`` that is cancelled half way can leave the server's protocol state torn,
so a send either does not begin or is shielded until it completes. And a client that does not read can block a send
for ever, so each has its own time; after one that did not complete, nothing is sent any more.
"""

import math
from typing import Final

import trio

from .._wire import Direct
from .inbox import ClientGone
from .messages import Headers, Message, Send

JSON: Final = (b"content-type", b"application/json")


class ClientStalled(Exception):  # not an error of anybody here
    """The client does not read: a write was not taken within its time."""


class Reply:
    """The outgoing side of one request.

    What is to be sent is decided by plain calls, and sent by `flush`. So a flush that is cancelled before it began can
    simply be repeated, and an end that was decided stays the only one.

    Args:
      send: ASGI's.
      write_timeout: seconds for one write.
      direct: the server's way to be answered without waiting, if it has one.
    """

    __slots__ = (
        "_end_sent",
        "_head",
        "_head_sent",
        "_send",
        "_stalled",
        "_unsent",
        "_write_timeout",
        "deadline",
        "direct",
        "headers",
        "is_complete",
        "size",
        "unsent",
    )

    def __init__(self, send: Send, write_timeout: float, direct: Direct | None = None) -> None:
        self._send: Final = send
        self.direct: Final = direct
        self._write_timeout: Final = write_timeout
        self._head: tuple[int, Headers] | None = None
        self._unsent: list[bytes] = []
        self.unsent = 0
        """Bytes of the body that wait for a flush."""
        self._stalled = False
        self._head_sent = False
        self._end_sent = False
        self.headers: Final[Headers] = []
        """Headers for whichever head is decided."""
        self.deadline = math.inf
        """The point in time by which every write must be done: a server that stops has little time."""
        self.is_complete = False
        """Whether the end has been decided: nothing can be added."""
        self.size = 0
        """Bytes of the body that were handed to the server."""

    @property
    def has_head(self) -> bool:
        """Whether a head has been decided: its status can no longer tell of a failure."""
        return self._head is not None

    @property
    def http(self) -> int:
        """The status that was handed to the server, 0 if none was."""
        return self._head[0] if self._head is not None and self._head_sent else 0

    def start(self, http: int, headers: Headers) -> None:
        """Decide the head, unless there is one."""
        if self._head is None:
            self._head = (http, [*headers, *self.headers])

    def add(self, part: bytes, *, last: bool = False) -> None:
        """Put *part* behind what is to be sent, unless the end has been decided."""
        if not self.is_complete:
            self._unsent.append(part)
            self.unsent += len(part)
            self.is_complete = last

    def answer(self, http: int, headers: Headers, body: bytes) -> None:
        """Decide an answer that is there in full."""
        self.start(http, [JSON, (b"content-length", b"%d" % len(body)), *headers])
        self.add(body, last=True)

    async def flush(self) -> None:
        """Send what was decided and is not sent. Cancelled before it began a write, it keeps what it had to send.

        Raises:
          ClientStalled: if a write is not taken within its time.
          ClientGone: if the server says so.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._stalled:
            raise ClientStalled
        if self._end_sent:
            return
        messages: list[Message] = []
        if self._head is not None and not self._head_sent:
            self._head_sent = True
            messages.append({"type": "http.response.start", "status": self._head[0], "headers": self._head[1]})
        body = self._take_body()
        self._end_sent = self.is_complete
        self.size += len(body)
        messages.append({"type": "http.response.body", "body": body, "more_body": not self._end_sent})
        await self._write(messages)

    def flush_directly(self, direct: Direct) -> bool:
        """Hand what was decided and is not sent to the server, and return whether the client keeps up."""
        if self._end_sent or self._head is None:
            return True
        http, headers = (0, ()) if self._head_sent else self._head
        body = self._take_body()
        self._head_sent = True
        self._end_sent = is_last = self.is_complete
        self.size += len(body)
        return direct.send_nowait(http, headers, body, more_body=not is_last)

    def _take_body(self) -> bytes:
        body = self._unsent[0] if len(self._unsent) == 1 else b"".join(self._unsent)
        self._unsent.clear()
        self.unsent = 0
        return body

    async def _write(self, messages: list[Message]) -> None:
        try:
            with trio.move_on_at(min(trio.current_time() + self._write_timeout, self.deadline), shield=True):
                for message in messages:
                    await self._send(message)
                return
        except OSError as exc:
            raise ClientGone from exc
        self._stalled = True
        raise ClientStalled
