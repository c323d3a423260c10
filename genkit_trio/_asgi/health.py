"""``/-/live`` and ``/-/ready``: what an orchestrator asks a process."""

from typing import Final

from .._core import current_roots
from .messages import Headers, Scope, Send

LIVE: Final = "/-/live"
READY: Final = "/-/ready"
PATHS: Final = frozenset({LIVE, READY})

_HEADERS: Final[Headers] = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


async def answer_health(path: str, scope: Scope, send: Send) -> None:
    """Answer for one of `PATHS`.

    Live is whoever answers. Ready is 503 from the moment on in which new root runs are refused, so that an
    orchestrator sends requests elsewhere while those in flight drain.
    """
    headers = _HEADERS
    if scope["method"] not in {"GET", "HEAD"}:
        status, word, headers = 405, b"method not allowed", [*_HEADERS, (b"allow", b"GET, HEAD")]
    elif path == READY and current_roots().draining:
        status, word = 503, b"draining"
    else:
        status, word = 200, b"ready" if path == READY else b"live"
    body = b'{"status":"%s"}' % word
    headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
