"""What the connections of a worker share: made once, so that each of them is small."""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import attrs
import trio
from hypercorn.config import Config

from .limits import H1Limits

App: TypeAlias = Callable[[dict[str, Any], Callable[..., Any], Callable[..., Any]], Awaitable[None]]  # Any: ASGI's
ServeIn: TypeAlias = Callable[
    [trio.CancelScope, dict[str, Any], Callable[..., Any], Callable[..., Any]],  # Any: ASGI's
    Awaitable[None],
]
"""What `SERVE_IN` names."""


@attrs.frozen
class Shared:
    """What they share, beside the worker's parts."""

    limits: H1Limits
    common_headers: Callable[[], bytes]
    """Returns the headers that every answer has, as they stand in a head."""
    scope: dict[str, Any]
    """ASGI's scope of a request, without what the request and its connection say."""
    is_logged: bool
    """Whether there is an access log."""


def shared_by(config: Config) -> Shared:
    """Return what the connections of a worker share."""
    names = ("scheme", "client", "server", "state", "http_version", "method", "path", "raw_path", "query_string")
    # With places for the rest, so that a copy need not grow.
    scope: dict[str, Any] = dict.fromkeys((*names, "headers", "extensions"))
    scope.update(type="http", root_path=config.root_path, asgi={"spec_version": "2.1", "version": "3.0"})
    return Shared(H1Limits(), _CommonHeaders(config).encoded, scope, config.log.access_logger is not None)


class _CommonHeaders:
    """The headers that every answer has: the date among them, so they are encoded once a second."""

    def __init__(self, config: Config) -> None:
        self._config: Final = config
        self._second = 0
        self._encoded = b""

    def encoded(self) -> bytes:
        """Return them as they stand in a head."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            lines = [b"%b: %b\r\n" % header for header in self._config.response_headers("h11")]
            self._encoded = b"".join(lines)
        return self._encoded
