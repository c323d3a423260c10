"""The codec as a function: bytes, cut as one likes, to what they were taken for."""

from collections.abc import Iterable, Iterator

import attrs

from genkit_trio._server.h1.codec import Head, RequestParser
from genkit_trio._server.h1.limits import H1Limits
from tests.server.h1.rows import Asked, End


@attrs.frozen
class Parsed:
    """What bytes were taken for.

    Args:
      requests: the requests that came in full.
      end: what became of the connection, as in a `Row`.
      begun: the request that did not come in full.
      handed: the bytes that were handed over.
    """

    requests: tuple[Asked, ...]
    end: End
    begun: Asked | None = None
    handed: bytes = b""


class Listener:
    """The sink of a parser, and what a connection does: goes on to the next request, or not."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.head: Head | None = None
        self.body: list[bytes] = []
        self.status = 0
        self.handed: bytes | None = None

    @property
    def is_over(self) -> bool:
        """Whether a connection would not feed its parser any more."""
        return (
            bool(self.status) or self.handed is not None or (bool(self.requests) and not self.requests[-1].keep_alive)
        )

    def on_head(self, head: Head) -> None:
        assert self.head is None
        assert not self.is_over
        self.head = head

    def on_body(self, data: bytes) -> None:
        assert self.head is not None
        assert data
        assert not self.is_over
        self.body.append(data)

    def on_end(self) -> None:
        assert not self.is_over
        self.requests.append(self.begun())
        self.head, self.body = None, []

    def on_refused(self, status: int, reason: str) -> None:
        assert not self.is_over
        assert 400 <= status < 600
        assert reason
        self.status = status

    def on_handover(self, data: bytes) -> None:
        assert not self.is_over
        assert self.head is None
        self.handed = data

    def begun(self) -> Asked:
        head = self.head
        return Asked(
            head.method,
            head.target,
            head.version,
            tuple(head.headers),
            head.keep_alive,
            head.expects_continue,
            b"".join(self.body),
        )


def parse(pieces: Iterable[bytes], limits: H1Limits = H1Limits()) -> Parsed:  # noqa: B008  # a frozen value
    """Feed a parser as a connection does."""
    listener = Listener()
    parser = RequestParser(limits, listener)
    rest = iter(pieces)
    for piece in rest:
        parser.feed(piece)
        while parser.is_complete and not listener.is_over:
            parser.next_request()
        if listener.is_over:
            break
    parsed = _parsed(listener, parser, b"".join(rest))
    parser.close()
    return parsed


def _parsed(listener: Listener, parser: RequestParser, rest: bytes) -> Parsed:
    requests = tuple(listener.requests)
    begun = listener.begun() if listener.head is not None else None
    if listener.handed is not None:
        return Parsed(requests, "handed over", begun, listener.handed + rest)
    if listener.status:
        return Parsed(requests, listener.status, begun)
    return Parsed(requests, "unfinished" if begun is not None or parser.has_begun_head else "open", begun)


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """Cut *data* byte by byte, and at every offset; what is large, at some of them."""
    if len(data) <= 50_000:
        yield [data[at : at + 1] for at in range(len(data))]
    yield [data[at : at + 997] for at in range(0, len(data), 997)]
    if len(data) <= 600:
        offsets = range(1, len(data))
    else:
        step = max(1, len(data) // 40)
        edges = (edge + near for edge in (0, 16_384, 16_388, 32_768, len(data)) for near in range(-4, 5))
        offsets = sorted({at for at in (*range(1, len(data), step), *edges) if 0 < at < len(data)})
    for at in offsets:
        yield [data[:at], data[at:]]
