"""How a flow endpoint answers (protocol sheet §7): server-sent events for a stream, else one JSON body.

The head of a stream goes out with its first chunk or its end, so that whatever fails before can still be told by the
HTTP status (contract C23).
"""

import logging
from typing import Final

import attrs

from .._core import failure_of
from .._runtime import EdgeRun
from .._wire import Failure, Status, error_frame, error_payload, result_body, result_frame
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
    """

    expose_errors: bool = False
    legacy_error_frames: bool = False


class FlowReplies:
    """The `Dialect` of flow endpoints."""

    def __init__(self, options: ReplyOptions) -> None:
        self._options: Final = options

    async def begin(self, reply: Reply, run: EdgeRun) -> None:
        """Send nothing: the head waits for the first chunk or the end."""

    async def send_frames(self, reply: Reply, frames: bytes) -> None:
        """Send frames, before the first of them the head."""
        await self._send(reply, frames)

    async def end(self, reply: Reply, run: EdgeRun | None, frames: bytes, outcome: bytes | BaseException) -> None:
        """Send the result or the error, as a frame or as the whole answer."""
        reply.add(frames)
        streaming = run is not None and run.streaming
        if isinstance(outcome, bytes):
            if streaming:
                await self._send(reply, result_frame(outcome), last=True)
            else:
                await reply.send_whole(200, [], result_body(outcome))
            return
        failure = self._failure_of(outcome, run)
        if reply.has_body:
            frame = error_frame(error_payload(failure), legacy=self._options.legacy_error_frames)
            await self._send(reply, frame, last=True)
        else:
            await reply.send_whole(http_of(outcome, failure), headers_of(outcome, failure), error_payload(failure))

    async def _send(self, reply: Reply, frames: bytes, *, last: bool = False) -> None:
        reply.add(frames)
        if not reply.has_started:
            await reply.start(200, _EVENTS)
        await reply.flush(last=last)

    def _failure_of(self, error: BaseException, run: EdgeRun | None) -> Failure:
        failure = failure_of(error, expose=self._options.expose_errors)
        if failure.status in _WORTH_A_LOOK:
            where = "a request" if run is None else f"{run.run.key}, trace {run.run.trace_id}"
            logger.error("%s failed", where, exc_info=error)
        return failure
