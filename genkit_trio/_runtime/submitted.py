"""Submitting a run to a queue, and the handle of who did."""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

import attrs
import trio

from .._core import Action, Context, current_context
from .._tracing import current_span
from .._wire import (
    ABSENT,
    Absent,
    Codec,
    Failure,
    GenkitError,
    InvalidValue,
    JsonValue,
    PublicError,
    Status,
    codec_of,
    error_payload,
    flow_error,
    format_traceparent,
    loads,
)
from .stream_store import StreamFrame, StreamStore, StreamWriter
from .work_queue import QueuedRun, WorkQueue

OutputT = TypeVar("OutputT")

SUBMITTED: Final = 1
"""The attempt as which a stream is begun when its run is submitted. Attempt *n* of the run has the next numbers."""
TIME_TO_PUT: Final = 10.0
"""Seconds in which a queue must have taken a run; whoever submits it cannot be cancelled meanwhile."""
_END_ONLY: Final = 10**15
_CONTEXT: Final[Codec[dict[str, object]]] = codec_of(dict[str, object])


class SubmittedRun(Generic[OutputT]):
    """A run that was submitted to a queue. Letting go of it changes nothing.

    Args:
      stream_id: the name of the run, and of the stream of its chunks.
      streams: the store that has the stream.
      load: makes the output of its JSON value.
    """

    def __init__(self, stream_id: str, streams: StreamStore, load: Callable[[JsonValue], OutputT]) -> None:
        self.stream_id: Final = stream_id
        """The name of the run, and of its stream in the stream store of the queue."""
        self._streams: Final = streams
        self._load: Final = load

    def __repr__(self) -> str:
        return f"<submitted run {self.stream_id}>"

    async def output(self) -> OutputT:
        """Wait for the end of the run and return its output. Cancelling the wait does not cancel the run.

        Raises:
          GenkitError: what the run failed with, its status and message; ``CANCELLED``; ``UNAVAILABLE`` if it was
            parked, or its stream cannot be reached; ``NOT_FOUND`` if it ended so long ago that nothing is left of it.
        """
        frames: Sequence[StreamFrame] = ()
        async with self._streams.follow(self.stream_id, after=_END_ONLY) as follower:
            while not frames or not frames[-1].is_end:
                frames = await follower.receive()
        end = frames[-1]
        if end.kind == "error":
            raise flow_error(loads(end.payload))
        return self._load(loads(end.payload))

    async def cancel(self) -> None:
        """Ask the run to stop, wherever it is; one that waits never starts. Idempotent, and nothing if it has ended.

        Raises:
          GenkitError: ``NOT_FOUND`` if nothing is left of it; ``UNAVAILABLE``.
        """
        await self._streams.cancel(self.stream_id)


@attrs.frozen(kw_only=True)
class Submission:
    """What `Runtime.submit` is told beside action and input."""

    timeout: float | None
    idempotency_key: str | None
    attempts: int
    context: Context | Absent

    def __attrs_post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"timeout is {self.timeout!r}; it must be positive, or None for no limit")
        if self.attempts < 1:
            raise ValueError(f"attempts is {self.attempts!r}; it must be 1 or more")


async def submit_to(
    queue: WorkQueue, action: Action[Any, OutputT, Any], input: object, submission: Submission
) -> SubmittedRun[OutputT]:
    """Put a run of *action* into *queue*, and return its handle when it is there."""
    run = _queued(action, input, submission)
    # The stream comes first: then every run in the queue can be followed and cancelled, while it waits too, and also
    # when whoever submits it ends half way and somebody else finds it under the same key.
    async with queue.streams.open(run.stream_id, on_cancel=_ignore, attempt=SUBMITTED) as writer:
        stream_id = await _put(queue, run, writer)
    return SubmittedRun(stream_id, queue.streams, action.output_codec.load)


async def _put(queue: WorkQueue, run: QueuedRun, writer: StreamWriter) -> str:
    """Put *run* into *queue*, and end its stream if the queue does not have it."""
    # Shielded: whoever is cancelled half way would not know whether the stream is needed.
    with trio.move_on_after(TIME_TO_PUT, shield=True):
        stream_id, refusal = await _try_to_put(queue, run)
        if stream_id != run.stream_id:
            await _end_unused(writer)
        if refusal is not None:
            raise refusal
        return stream_id
    raise GenkitError(Status.UNAVAILABLE, f"the queue did not answer within {TIME_TO_PUT:g} s", retry_after=1)


async def _try_to_put(queue: WorkQueue, run: QueuedRun) -> tuple[str, GenkitError | None]:
    """Return the id of the stream that the queue has, or why it surely has none."""
    try:
        return await queue.put(run), None
    except GenkitError as exc:
        if exc.status is Status.UNAVAILABLE:
            raise
        return "", exc


async def _end_unused(writer: StreamWriter) -> None:
    """End a stream that nobody knows, so that it expires."""
    with suppress(GenkitError):
        await writer.end(StreamFrame("error", error_payload(Failure(Status.ABORTED, "it was not submitted"))))


def _ignore() -> None:
    """Leave it to the worker that the run was cancelled."""


def _queued(action: Action[Any, Any, Any], input: object, submission: Submission) -> QueuedRun:
    stream_id = str(uuid.uuid4())
    span = current_span.get()
    chosen = current_context() if isinstance(submission.context, Absent) else submission.context
    has_input = input is not ABSENT
    context = _dumped(_CONTEXT, {**chosen}, "the context")
    return QueuedRun(
        stream_id=stream_id,
        action=str(action.key),
        input=_dumped(action.input_codec, input, f"the input of {action.key}") if has_input else None,
        has_input=has_input,
        context={**context} if isinstance(context, dict) else {},
        timeout=submission.timeout,
        attempts=submission.attempts,
        idempotency_key=submission.idempotency_key or stream_id,
        traceparent=None if span is None else format_traceparent(span.trace_id, span.span_id),
    )


def _dumped(codec: Codec[Any], value: object, what: str) -> JsonValue:
    try:
        return codec.dump(value)
    except InvalidValue as exc:
        raise PublicError(Status.INVALID_ARGUMENT, f"{what} cannot be submitted: {exc}") from exc
