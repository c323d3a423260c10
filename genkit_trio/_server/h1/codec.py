"""Bytes to requests: llhttp parses, and what it lets through that servers read differently is refused here.

A `RequestParser` is fed with bytes as they come and calls its `Sink`. It never raises, and it takes one request at a
time: what follows the end of one is kept unparsed until `RequestParser.next_request`.

Rules:

1. However the bytes are cut into pieces, the outcome is the same.
2. Nothing is taken back: after a refusal or a handover nothing is parsed any more.
3. Only plain requests are served. An upgrade, a tunnel, HTTP/2, a method that llhttp does not know: the bytes of the
   head and all that follow are handed over, to a protocol that knows more.

llhttp does not tell where in the bytes a request ended. So it is given the head, and each part of a body in chunks,
up to the next empty line, which is the only place where either can end.
"""

import re
from typing import Final, Literal, TypeAlias

import httptools

from .head import Head as Head
from .head import Sink
from .limits import H1Limits

_EMPTY_LINE: Final = b"\r\n\r\n"
_HOST: Final = re.compile(rb"[A-Za-z0-9._~:\[\]%!$&'()*+,;=-]*")
_ORIGIN: Final = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_LONGEST_LENGTH: Final = 20
_CHUNK: Final = 16
"""Bytes that the frame of a chunk may take without counting as more than a body needs."""

_Phase: TypeAlias = Literal["head", "length", "chunks", "complete", "upgrade", "over"]


class RequestParser:
    """The requests of one connection.

    Args:
      limits: how large a head may be.
      sink: is told of what was parsed, in `feed` and in `next_request`.
    """

    __slots__ = (
        "_ahead",
        "_expects_continue",
        "_has_trailers",
        "_head",
        "_headers",
        "_host",
        "_hosts",
        "_is_complete",
        "_is_last",
        "_is_upgrade",
        "_left",
        "_limits",
        "_llhttp",
        "_overhead",
        "_phase",
        "_sink",
        "_size",
        "_tail",
        "_transfer",
        "_transfers",
        "_url",
        "ahead_size",
    )

    def __init__(self, limits: H1Limits, sink: Sink) -> None:
        self._limits: Final = limits
        self._sink: Final = sink
        self._llhttp: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._ahead: list[bytes] = []
        self.ahead_size = 0
        """Bytes behind the request that is complete."""
        self._begin()

    def _begin(self) -> None:
        self._phase: _Phase = "head"
        self._head: list[bytes] = []
        self._size = 0
        self._tail = b""
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._host = self._transfer = b""
        self._hosts = self._transfers = 0
        self._left = 0
        self._overhead = 0
        self._is_upgrade = False
        self._expects_continue = False
        self._is_complete = False
        self._is_last = False
        self._has_trailers = False

    @property
    def has_begun_head(self) -> bool:
        """Whether a part of a head has come, and not all of it."""
        return self._phase == "head" and self._size > 0

    @property
    def is_complete(self) -> bool:
        """Whether a request has come in full, and `next_request` goes on to what follows."""
        return self._phase == "complete"

    @property
    def is_in_body(self) -> bool:
        """Whether a head has come, and its body not in full."""
        return self._phase in {"length", "chunks"}

    def feed(self, data: bytes) -> None:
        """Take bytes as the client has sent them."""
        if self._phase == "complete":
            self._ahead.append(data)
            self.ahead_size += len(data)
        else:
            self._parse(data)

    def next_request(self) -> None:
        """Go on to the next request, the last one being complete; bytes of it may be there already.

        Behind a request that says it is the last one nothing is parsed.
        """
        if self._phase != "complete":
            return
        if self._is_last:
            self.close()
            return
        if self._has_trailers:
            # To llhttp these are headers: one of them may say that the connection ends.
            self._llhttp = httptools.HttpRequestParser(self)
        self._begin()
        if self._ahead:
            data = self._ahead[0] if len(self._ahead) == 1 else b"".join(self._ahead)
            self._ahead = []
            self.ahead_size = 0
            self._parse(data)

    def close(self) -> None:
        """Parse nothing more."""
        self._phase = "over"
        self._llhttp = None  # it refers to this object, and would keep both until the next collection

    def _parse(self, data: bytes) -> None:
        at, size = 0, len(data)
        while at < size:
            phase = self._phase
            if phase == "head":
                at = self._parse_head(data, at)
            elif phase == "length":
                at = self._parse_length(data, at)
            elif phase == "chunks":
                at = self._parse_chunks(data, at)
            elif phase == "complete":
                rest = data[at:]
                self._ahead.append(rest)
                self.ahead_size += len(rest)
                return
            else:
                return

    def _parse_head(self, data: bytes, at: int) -> int:
        """Parse as much of a head as is there, and return where that ends."""
        before = self._size
        if before == 0 and data[at] in b"\r\n":
            self._refuse(400, "an empty line before a request")
            return at
        limit = self._limits.head
        end = min(self._end_of_piece(data, at), at + limit + len(_EMPTY_LINE) - before)
        piece = data[at:end]
        self._head.append(piece)
        self._size = before + len(piece)
        if before < 4 and b"".join(self._head)[:4] == b"PRI ":
            self._hand_over(data[end:])
            return end
        self._feed_llhttp(piece, data, end)
        if self._phase == "head":
            if self._size >= limit + len(_EMPTY_LINE):
                self._refuse(431, "the head is too large")
            self._tail = (self._tail + piece)[-3:]
        elif self._phase == "upgrade":
            self._hand_over(data[end:])
        else:
            self._finish_piece()
        return end

    def _parse_length(self, data: bytes, at: int) -> int:
        end = at + self._left
        piece = data if at == 0 and end >= len(data) else data[at:end]
        self._left -= len(piece)
        self._feed_llhttp(piece, data, end)
        self._finish_piece()
        return at + len(piece)

    def _parse_chunks(self, data: bytes, at: int) -> int:
        end = self._end_of_piece(data, at)
        piece = data[at:end]
        self._tail = b"" if piece.endswith(_EMPTY_LINE) else (self._tail + piece)[-3:]
        self._overhead += len(piece)
        self._feed_llhttp(piece, data, end)
        if self._overhead > self._limits.head and self._phase == "chunks":
            self._refuse(431, "the chunks have too much beside the body")
        self._finish_piece()
        return end

    def _end_of_piece(self, data: bytes, at: int) -> int:
        """Return where the next empty line ends, or else the data."""
        if self._tail:
            found = (self._tail + data[at : at + 3]).find(_EMPTY_LINE)
            if found >= 0:
                return at + found + len(_EMPTY_LINE) - len(self._tail)
        found = data.find(_EMPTY_LINE, at)
        return len(data) if found < 0 else found + len(_EMPTY_LINE)

    def _finish_piece(self) -> None:
        if self._is_complete and self._phase in {"length", "chunks"}:
            self._phase = "complete"
            self._sink.on_end()

    def _feed_llhttp(self, piece: bytes, data: bytes, end: int) -> None:
        assert self._llhttp is not None
        try:
            self._llhttp.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # as the headers said
        except httptools.HttpParserInvalidMethodError:
            if self._phase != "head":
                self._refuse(400, "bytes in the wrong place")
            else:
                self._hand_over(data[end:])
        except httptools.HttpParserError as exc:
            self._refuse(_status_of(str(exc)), str(exc))

    def _hand_over(self, rest: bytes) -> None:
        self._phase = "over"
        self._sink.on_handover(b"".join(self._head) + rest)

    def _refuse(self, status: int, reason: str) -> None:
        if self._phase != "over":
            self._phase = "over"
            self._sink.on_refused(status, reason)

    # What llhttp calls.

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if self._phase != "head":
            self._refuse(400, "a request in the wrong place")
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; behind a body these are trailers, which are ignored."""
        if self._phase != "head":
            self._has_trailers = True
            return
        name = name.lower()
        value = value.rstrip(b" \t")
        self._headers.append((name, value))
        if name in _NOTED:
            self._note(name, value)

    def on_headers_complete(self) -> None:
        """Check the head."""
        llhttp = self._llhttp
        if self._phase != "head" or llhttp is None:
            return
        method, version = llhttp.get_method(), llhttp.get_http_version()
        objection = self._objection_to(method, version)
        if objection is not None:
            self._refuse(*objection)
            return
        if self._is_upgrade or method == b"CONNECT":
            self._phase = "upgrade"
            return
        self._head = []
        self._phase = "chunks" if self._transfers else "length"
        self._tail = b""
        url = self._url
        target = url if url[:1] == b"/" else _ORIGIN.sub(b"", url, count=1) or b"/"
        expects = self._expects_continue and version == "1.1"
        keep_alive = llhttp.should_keep_alive()
        self._is_last = not keep_alive
        head = Head(method.decode("ascii"), target, version, self._headers, keep_alive, expects)
        self._sink.on_head(head)

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        if self._phase in {"length", "chunks"}:
            self._overhead -= len(data)
            self._sink.on_body(data)

    def on_chunk_header(self) -> None:
        """Allow for the frame of a chunk."""
        self._overhead -= _CHUNK

    def on_message_complete(self) -> None:
        """Note the end; it is told when the piece was looked at as a whole."""
        self._is_complete = True

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"host":
            self._host = value
            self._hosts += 1
        elif name == b"content-length":
            # Longer ones only have zeros in front, and some servers refuse them.
            self._left = int(value) if len(value) <= _LONGEST_LENGTH else -1
        elif name == b"transfer-encoding":
            self._transfer = value
            self._transfers += 1
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"
        else:
            self._is_upgrade = True

    def _objection_to(self, method: bytes, version: str) -> tuple[int, str] | None:
        # llhttp lets through a second space, no version at all, and any number of hosts.
        if not b"".join(self._head).startswith(b"%b %b HTTP/" % (method, self._url)):
            return 400, "a malformed request line"
        if version not in _VERSIONS:
            return 505, "a version that is not served"
        if len(self._headers) > self._limits.fields:
            return 431, "too many headers"
        if self._transfers:
            if version == "1.0":
                return 400, "chunks in HTTP/1.0"
            if self._transfers > 1 or self._transfer.lower() != b"chunked":
                return 501, "a transfer encoding that is not served"
        if self._left < 0:
            return 400, "a content-length of too many digits"
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            return 400, "not one host"
        if not _HOST.fullmatch(self._host):
            return 400, "a malformed host"
        return None


_NOTED: Final = frozenset({b"content-length", b"expect", b"host", b"transfer-encoding", b"upgrade"})


def _status_of(reason: str) -> int:
    """Return the status for what llhttp says of bytes that it does not accept."""
    if reason == "Invalid HTTP version":
        return 505
    return 501 if "`Transfer-Encoding`" in reason else 400
