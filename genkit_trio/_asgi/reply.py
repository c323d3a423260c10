"""The one writer of ``send()``: head, body and end of one answer.

Two facts about servers shape it. A ``send()`` that is cancelled half way can leave the server's protocol state torn,
so a send either does not begin or is shielded until it completes. And a client that does not read can block a send
for ever, so each has its own time; after one that did not complete, nothing is sent any more.
"""

from typing import Final

import trio

from .messages import Headers, Message, Send

JSON: Final = (b"content-type", b"application/json")


class ClientStalled(Exception):  # not an error of anybody here
    """The client does not read: a write was not taken within its time."""


class Reply:
    """The outgoing side of one request.

    Args:
      send: ASGI's.
      write_timeout: seconds for one write.
    """

    def __init__(self, send: Send, write_timeout: float) -> None:
        self._send: Final = send
        self._write_timeout: Final = write_timeout
        self._stalled = False
        self._unsent = b""
        self.headers: Final[Headers] = []
        """Headers for whichever head is sent."""
        self.has_started = False
        """Whether a head has been sent."""
        self.has_ended = False
        """Whether the end has been sent: nothing may follow."""

    @property
    def has_body(self) -> bool:
        """Whether a head was sent, or a part of the body was added."""
        return self.has_started or bool(self._unsent)

    async def send_whole(self, http: int, headers: Headers, body: bytes) -> None:
        """Send an answer that is there in full."""
        length = (b"content-length", b"%d" % len(body))
        self.add(body)
        await self.start(http, [JSON, length, *headers])
        await self.flush(last=True)

    async def start(self, http: int, headers: Headers) -> None:
        """Send the head. Cancelled before it began, it has sent nothing."""
        await self._ready()
        self.has_started = True
        await self._write({"type": "http.response.start", "status": http, "headers": [*headers, *self.headers]})

    def add(self, part: bytes) -> None:
        """Put *part* behind what is to be sent."""
        self._unsent += part

    async def flush(self, *, last: bool = False) -> None:
        """Send what was added. Cancelled before it began, it has sent nothing and keeps it."""
        await self._ready()
        self.has_ended = last
        body, self._unsent = self._unsent, b""
        await self._write({"type": "http.response.body", "body": body, "more_body": not last})

    async def _ready(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._stalled:
            raise ClientStalled

    async def _write(self, message: Message) -> None:
        with trio.move_on_after(self._write_timeout, shield=True):
            await self._send(message)
            return
        self._stalled = True
        raise ClientStalled
