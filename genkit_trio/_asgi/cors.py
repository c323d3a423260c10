"""Which pages of other sites may read the answers: none, unless their origins are named."""

import re
from collections.abc import Iterable
from typing import Final

from .messages import Headers, Scope, header_of
from .respond import Answer

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?|\*")
_HEADERS: Final = (
    b"accept, authorization, content-type, grpc-timeout, last-event-id, x-genkit-stream-id, x-request-timeout"
)
PREFLIGHT: Final = Answer(
    200,
    b"",
    [
        (b"access-control-allow-methods", b"DELETE, POST"),
        (b"access-control-allow-headers", _HEADERS),
        (b"access-control-max-age", b"600"),
    ],
)
"""What a page may ask."""

_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"retry-after, x-genkit-span-id, x-genkit-stream-id, x-genkit-trace-id",
)


class Cors:
    """The origins that may read.

    Args:
      origins: such as ``https://app.example``, or ``*`` for every one.

    Raises:
      ValueError: if one of them is no origin.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self.origins: Final = frozenset(origins)
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; write it like 'https://app.example', in small letters")

    def headers_for(self, scope: Scope) -> Headers | None:
        """Return what every answer says to the page that asks, `None` for one that may not read it."""
        if not self.origins:
            return None
        origin = header_of(scope, b"origin")
        if origin is None or not self.origins & {origin, "*"}:
            return None
        shown = b"*" if "*" in self.origins else origin.encode()
        return [(b"access-control-allow-origin", shown), (b"vary", b"origin"), _EXPOSED]


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks if its page may ask."""
    return scope["method"] == "OPTIONS" and header_of(scope, b"access-control-request-method") is not None
