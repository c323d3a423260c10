"""What a row of the parse table is: bytes, what they are to be taken for, and why."""

from typing import Literal

import attrs

HOST = (b"host", b"test")
HEAD = b"POST / HTTP/1.1\r\nhost: test\r\n"
GET = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
CODED = (b"transfer-encoding", b"chunked")
LENGTH_2 = (b"content-length", b"2")
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"

End = Literal["open", "unfinished", "handed over"] | int


@attrs.frozen
class Asked:
    """A request as it was understood."""

    method: str
    target: bytes
    version: str
    headers: tuple[tuple[bytes, bytes], ...]
    keep_alive: bool
    expects_continue: bool
    body: bytes


@attrs.frozen
class Row:
    """One row.

    Args:
      name: what is sent.
      data: the bytes.
      requests: those that are whole and understood.
      end: what becomes of the connection: it stays ``open`` for more, an ``unfinished`` request is waited for, all from
        the first byte of a request on is ``handed over`` to Hypercorn, or it is refused with a status.
      why: the reason.
      classic: the name that the row goes by where request smuggling is written about; empty if it is no classic.
      handed: with ``handed over``, the number of bytes that were understood before.
      answered: with ``handed over``, the status of Hypercorn's answer; 0 if it is not in HTTP/1.1.
    """

    name: str
    data: bytes
    requests: tuple[Asked, ...]
    end: End
    why: str
    classic: str = ""
    handed: int = 0
    answered: int = 0


def asked(*headers: tuple[bytes, bytes], body: bytes = b"", **line: object) -> Asked:
    """Make a request: a POST of / to the host of the tests, unless told otherwise."""
    values = {"method": "POST", "target": b"/", "version": "1.1", "keep_alive": True, "expects_continue": False}
    return Asked(headers=headers if line.pop("bare", False) else (HOST, *headers), body=body, **{**values, **line})


def got(*headers: tuple[bytes, bytes], **line: object) -> Asked:
    """Make a GET."""
    return asked(*headers, **{"method": "GET", **line})


def served(name: str, data: bytes, *requests: Asked, why: str, classic: str = "") -> Row:
    return Row(name, data, requests, "open", why, classic)


def refused(name: str, data: bytes, *requests: Asked, status: int = 400, why: str, classic: str = "") -> Row:
    return Row(name, data, requests, status, why, classic)


def unfinished(name: str, data: bytes, *requests: Asked, why: str, classic: str = "") -> Row:
    return Row(name, data, requests, "unfinished", why, classic)


def handed_over(
    name: str, data: bytes, *requests: Asked, answered: int, after: int = 0, why: str, classic: str = ""
) -> Row:
    return Row(name, data, requests, "handed over", why, classic, after, answered)
