"""The access log: one line per request, by the logger ``genkit_trio.access``, when its request is over.

Nothing is measured or formatted unless somebody listens at level INFO.
"""

import logging
from typing import Final

import trio

from .._runtime import EdgeRun
from .._tracing import Cause
from .._wire import quoted
from .messages import Scope
from .reply import Reply

logger: Final = logging.getLogger("genkit_trio.access")

_GONE: Final = frozenset({Cause.CLIENT_DISCONNECT, Cause.CLIENT_STALLED})
CLIENT_GONE: Final = 499
LONGEST: Final = 200
"""Letters of a path that is written as it is."""


class AccessEntry:
    """What the log says of one request.

    Args:
      scope: ASGI's.
      reply: its answer.
    """

    def __init__(self, scope: Scope, reply: Reply) -> None:
        self._scope: Final = scope
        self._reply: Final = reply
        self._started: Final = trio.current_time()
        self.run: EdgeRun | None = None
        """The run that the request ordered."""

    def write(self) -> None:
        """Write the line."""
        cause = None if self.run is None else self.run.scope.cause
        status = CLIENT_GONE if cause in _GONE or self._reply.http == 0 else self._reply.http
        logger.info(
            "%s %s %d %s %.1fms %dB %s",
            _shown(self._scope["method"]),
            _shown(self._scope["path"]),
            status,
            "-" if cause is None else cause.value,
            (trio.current_time() - self._started) * 1000,
            self._reply.size,
            "-" if self.run is None else self.run.run.trace_id,
        )


def _shown(text: str) -> str:
    harmless = len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text
    return text if harmless else quoted(text)
