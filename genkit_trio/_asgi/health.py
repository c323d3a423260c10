"""``/-/live`` and ``/-/ready``: what an orchestrator asks a process."""

from typing import Final

from .._core import current_roots
from .messages import Headers
from .respond import Answer

LIVE: Final = "/-/live"
READY: Final = "/-/ready"
PATHS: Final = frozenset({LIVE, READY})

_HEADERS: Final[Headers] = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


def health_of(path: str, method: str) -> Answer:
    """Answer for one of `PATHS`.

    Live is whoever answers. Ready is 503 from the moment on in which new root runs are refused, so that an
    orchestrator sends requests elsewhere while those in flight drain.
    """
    if method not in {"GET", "HEAD"}:
        return Answer(405, b'{"status":"method not allowed"}', [*_HEADERS, (b"allow", b"GET, HEAD")])
    if path == LIVE:
        return Answer(200, b'{"status":"live"}', _HEADERS)
    if current_roots().draining:
        return Answer(503, b'{"status":"draining"}', _HEADERS)
    return Answer(200, b'{"status":"ready"}', _HEADERS)
