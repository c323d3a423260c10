"""The codec beside h11: two readers of the same bytes must not disagree on what the requests are."""

import re
from collections.abc import Sequence
from itertools import pairwise

import h11

from tests.server.h1.parsing import Parsed, parse
from tests.server.h1.rows import Asked

LARGE = 2**20
ORIGIN = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)


class Reader:
    """Requests as h11 reads them.

    Args:
      data: the bytes of a connection.
    """

    def __init__(self, data: bytes) -> None:
        self.requests: list[Asked] = []
        self.has_failed = False
        self.is_over = False
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGE)
        self._connection.receive_data(data)
        try:
            while self._read_one():
                self._answer()
        except h11.RemoteProtocolError:
            self.has_failed = True

    def _read_one(self) -> bool:
        """Read a request; return whether another one may follow."""
        head, body, expects = None, b"", False
        while True:
            expects = expects or self._connection.they_are_waiting_for_100_continue
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                head = event
                expects = self._connection.they_are_waiting_for_100_continue
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        keep_alive = self._connection.their_state is h11.DONE
        self.requests.append(_asked(head, body, keep_alive=keep_alive, expects=expects))
        self.is_over = not keep_alive
        return keep_alive

    def _answer(self) -> None:
        self._connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
        self._connection.send(h11.EndOfMessage())
        self._connection.start_next_cycle()


def check(data: bytes, cut: Sequence[int] = ()) -> Parsed:
    """Parse *data* cut at some offsets, and assert that whole it is the same and that h11 does not disagree."""
    parsed = parse([data])
    edges = [0, *sorted({at % (len(data) + 1) for at in cut}), len(data)]
    pieces = [data[at:to] for at, to in pairwise(edges) if to > at]
    again = parse(pieces)
    assert (again.requests, again.end, again.handed) == (parsed.requests, parsed.end, parsed.handed), pieces
    if parsed.handed:
        assert data.endswith(parsed.handed), "what is handed over is what has come"
    _compare(parsed, Reader(data))
    return parsed


def _compare(ours: Parsed, theirs: Reader) -> None:
    for mine, other in zip(ours.requests, theirs.requests, strict=False):
        assert _comparable(mine) == _comparable(other)
        if mine.version == "1.0":
            return  # h11 never goes on in HTTP/1.0
    both = min(len(ours.requests), len(theirs.requests))
    if ours.end not in ("open", "unfinished"):
        # We are stricter; but what we have read is what h11 has read.
        assert len(ours.requests) == both, "we read a request that h11 does not"
        return
    assert not theirs.has_failed or _is_over(ours), "we accept what h11 refuses"
    assert len(ours.requests) == len(theirs.requests)


def _is_over(ours: Parsed) -> bool:
    return bool(ours.requests) and not ours.requests[-1].keep_alive


def _comparable(asked: Asked) -> tuple[object, ...]:
    headers = [
        (
            name,
            value.lower()
            if name == b"transfer-encoding"
            else value.lstrip(b"0")
            if name == b"content-length"
            else value,
        )
        for name, value in asked.headers
    ]
    keep_alive = asked.keep_alive and asked.version == "1.1"
    return asked.method, asked.target, asked.version, headers, asked.body, keep_alive


def _asked(head: h11.Request, body: bytes, *, keep_alive: bool, expects: bool) -> Asked:
    target = head.target if head.target[:1] == b"/" else ORIGIN.sub(b"", head.target, count=1) or b"/"
    version = head.http_version.decode()
    headers = tuple((bytes(name), bytes(value)) for name, value in head.headers)
    return Asked(head.method.decode(), target, version, headers, keep_alive, expects, body)
