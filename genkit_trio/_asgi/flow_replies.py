"""How a flow endpoint answers (protocol sheet §7): server-sent events for a stream, else one JSON body.

The head of a stream goes out with its first chunk or its end, so that whatever fails before can still be told by the
HTTP status (contract C23).
"""

import logging
from collections.abc import Sequence
from typing import Final

import attrs

from .._core import failure_of
from .._runtime import EdgeRun, StreamFrame
from .._wire import Failure, Status, error_frame, error_payload, message_frame, result_body, result_frame
from .messages import Headers
from .refusal import headers_of, http_of
from .reply import Reply

logger = logging.getLogger("genkit_trio")

_EVENTS: Final[Headers] = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
_WORTH_A_LOOK: Final = frozenset({Status.INTERNAL, Status.UNKNOWN, Status.DATA_LOSS})


@attrs.frozen
class ReplyOptions:
    """How errors are told.

    Args:
      expose_errors: whether the text of errors that are not public is sent, as in development.
      legacy_error_frames: whether a stream's error is written ``error: {…}``, for Dart clients up to 0.17.
      cors_origins: whose pages may read what they are told.
    """

    expose_errors: bool = False
    legacy_error_frames: bool = False
    cors_origins: tuple[str, ...] = ()


class FlowReplies:
    """The `Dialect` of flow endpoints."""

    def __init__(self, options: ReplyOptions) -> None:
        self._options: Final = options

    def begin(self, reply: Reply, run: EdgeRun) -> bool:
        """Decide nothing: the head waits for the first chunk or the end."""
        return False

    def add_frames(self, reply: Reply, frames: bytes) -> None:
        """Add frames, before the first of them the head."""
        reply.start(200, _EVENTS)
        reply.add(frames)

    async def prepare_end(self, run: EdgeRun) -> None:
        """Do nothing: an end can be told at once."""

    def end(self, reply: Reply, run: EdgeRun | None, outcome: bytes | BaseException) -> None:
        """Add the result or the error, as a frame or as the whole answer."""
        if not isinstance(outcome, bytes):
            self._fail(reply, run, outcome)
        elif run is not None and run.streaming:
            self.add_frames(reply, b"")
            reply.add(result_frame(outcome), last=True)
        else:
            reply.answer(200, [], result_body(outcome))

    def add_stored(self, reply: Reply, frames: Sequence[StreamFrame]) -> None:
        """Add the head, and frames as they were stored; an end among them is the end."""
        parts = [self._stored(frame) for frame in frames]
        self.add_frames(reply, b"")
        reply.add(b"".join(parts), last=bool(frames) and frames[-1].is_end)

    def error_payload_of(self, error: BaseException, run: EdgeRun) -> bytes:
        """Return what clients are told of *error*, with which *run* ended, as it is stored."""
        return error_payload(self._failure_of(error, run))

    def _stored(self, frame: StreamFrame) -> bytes:
        if frame.kind == "message":
            return message_frame(frame.payload)
        if frame.kind == "result":
            return result_frame(frame.payload)
        return error_frame(frame.payload, legacy=self._options.legacy_error_frames)

    def _fail(self, reply: Reply, run: EdgeRun | None, error: BaseException) -> None:
        failure = self._failure_of(error, run)
        payload = error_payload(failure)
        if reply.has_head:
            reply.add(error_frame(payload, legacy=self._options.legacy_error_frames), last=True)
        else:
            reply.answer(http_of(error, failure), headers_of(error, failure), payload)

    def _failure_of(self, error: BaseException, run: EdgeRun | None) -> Failure:
        failure = failure_of(error, expose=self._options.expose_errors)
        if failure.status in _WORTH_A_LOOK:
            where = "a request" if run is None else f"{run.run.key}, trace {run.run.trace_id}"
            logger.error("%s failed", where, exc_info=error)
        return failure
