"""Messages of an application to bytes: the head, and the body framed by a length, in chunks or by the end.

What makes no answer raises an exception before anything of it is encoded: a header that would split the answer, a body
that is not as long as it says.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

_SOUND: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_LINES: Final = {
    status: f"HTTP/1.1 {status} {_PHRASES.get(status, '')}\r\n".encode("ascii") for status in range(200, 1000)
}
_OURS: Final = frozenset({b"connection", b"content-length", b"transfer-encoding", b"keep-alive"})
"""Headers that say how the answer is framed, or what becomes of the connection."""
_NO_BODY: Final = frozenset({204, 304})
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Headers: TypeAlias = Iterable[tuple[bytes, bytes]]
_Framing: TypeAlias = Literal["length", "chunks", "end", "none"]


def refusal(status: int, common: bytes) -> bytes:
    """Return the answer to what is not served; the connection is closed behind it.

    Args:
      status: its status.
      common: the headers that every answer has, encoded.
    """
    return b"%b%bcontent-length: 0\r\nconnection: close\r\n\r\n" % (_LINES[status], common)


class Answer:
    """The answer to one request, as it is encoded.

    Args:
      method: that of the request.
      version: the client's.
      keep_alive: whether the connection goes on behind the answer.
    """

    __slots__ = ("_framing", "_is_head", "_left", "_version", "has_ended", "has_started", "keep_alive", "status")

    def __init__(self, method: str, version: str, *, keep_alive: bool) -> None:
        self._is_head: Final = method == "HEAD"
        self._version: Final = version
        self._framing: _Framing = "none"
        self._left = 0
        self.keep_alive = keep_alive
        """Whether the connection goes on: the client and the application may both say no."""
        self.status = 0
        self.has_started = False
        self.has_ended = False

    def start(self, status: int, headers: Headers, common: bytes) -> bytes:
        """Encode the head.

        Args:
          status: the status.
          headers: those of the application.
          common: the headers that every answer has, encoded.

        Raises:
          ValueError: if it is no head.
        """
        if self.has_started:
            raise ValueError("a second head was sent; send one 'http.response.start' per request")
        line = _LINES.get(status)
        if line is None:
            raise ValueError(f"{status!r} is no status of an answer; take one from 200 to 999")
        length: int | None = None
        lines: list[bytes] = []
        for name, value in headers:
            key = name.lower()
            if key not in _OURS:
                lines.append(b"%b: %b\r\n" % (name, value))
            elif key == b"content-length":
                length = _length_of(value)
            elif key == b"connection" and b"close" in value.lower():
                self.keep_alive = False
        block = b"".join(lines)
        if not _SOUND.fullmatch(block) or block.count(b"\n") != len(lines):
            raise ValueError("a header of the answer has a name or a value that is none; leave out line ends")
        framing = self._frame(status, length)
        self.status = status
        self.has_started = True
        connection = b"" if self.keep_alive and self._version == "1.1" else self._connection()
        return b"%b%b%b%b%b\r\n" % (line, block, common, framing, connection)

    def whole(self, status: int, headers: Headers, body: bytes, common: bytes) -> bytes:
        """Encode head and body of an answer that has only one part.

        Args:
          status, headers, common: as in `start`.
          body: the part.

        Raises:
          ValueError: if it is no answer.
        """
        head = self.start(status, headers, common)
        if self._framing == "length" and self._left == len(body):
            self._left = 0
            self.has_ended = True
            return head + body
        return head + self.part(body, more_body=False)

    def part(self, body: bytes, *, more_body: bool) -> bytes:
        """Encode a part of the body; the last one ends the answer.

        Raises:
          ValueError: if there is no head, or the answer has ended, or the body is not as long as the head says.
        """
        if not self.has_started or self.has_ended:
            raise ValueError("a part of a body was sent before the head, or behind the end")
        framing = self._framing
        if framing == "length":
            self._left -= len(body)
            if self._left < 0 or (self._left and not more_body):
                raise ValueError("the body is not as long as its content-length says")
        elif framing == "chunks":
            if body:
                body = b"%x\r\n%b\r\n" % (len(body), body)
            if not more_body:
                body += b"0\r\n\r\n"
        elif framing == "none":
            body = b""
        self.has_ended = not more_body
        return body

    def _frame(self, status: int, length: int | None) -> bytes:
        """Decide how the body is framed, and return the header that says so."""
        if status in _NO_BODY:
            return b""
        if length is not None:
            if not self._is_head:
                self._framing = "length"
                self._left = length
            return b"content-length: %d\r\n" % length
        if self._version == "1.0":
            self.keep_alive = False
            self._framing = "none" if self._is_head else "end"
            return b""
        if not self._is_head:
            self._framing = "chunks"
        return b"transfer-encoding: chunked\r\n"

    def _connection(self) -> bytes:
        if not self.keep_alive:
            return b"connection: close\r\n"
        return b"connection: keep-alive\r\n" if self._version == "1.0" else b""


def _length_of(value: bytes) -> int:
    if not value.isdigit():
        raise ValueError(f"{value!r} is no content-length; give the number of bytes")
    return int(value)
