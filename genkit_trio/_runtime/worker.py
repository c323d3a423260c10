"""A worker of a queue: it takes runs, executes them in the runtime, and sees to their ends (contract C6).

An attempt ends with the run: with its output, its error, its deadline, or because somebody has cancelled it. That end
is stored in the run's stream first, and the queue told then. An attempt that is interrupted by anything else stores no
end: the runtime shuts down, the stream cannot be stored, the process dies. Then another attempt begins.
"""

import logging
import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

import trio

from .._core import AnyAction, failure_of
from .._tracing import Cause, RemoteSpan, State
from .._wire import ABSENT, ActionKey, GenkitError, PublicError, Status, error_payload, parse_traceparent
from .attempt import Attempt, attempt_var
from .edge_run import EdgeRun
from .environ import is_dev
from .runtime import Runtime
from .stored_run import LAST_WORDS, store_run
from .stream_store import StreamFrame, StreamWriter
from .submitted import SUBMITTED
from .work_queue import QueuedRun, TakenRun, WorkQueue

logger = logging.getLogger("genkit_trio")

PAUSE: Final = 1.0
"""Seconds to wait after a failure that is not the run's own."""


async def work_for(runtime: Runtime, queue: WorkQueue, concurrency: int) -> None:
    """Take runs from *queue* and execute them in *runtime*, so many at once, until cancelled.

    Cancelling it stops the taking. What was taken goes on in the runtime, and is drained with it.
    """
    await runtime.use(queue)
    await runtime.use(queue.streams)
    places = trio.Semaphore(concurrency)
    while not runtime.is_draining:
        await places.acquire()
        try:
            taken = await queue.take()
        except GenkitError as exc:
            places.release()
            logger.warning("no run can be taken from the queue: %s", exc)
            await trio.sleep(PAUSE)
            continue
        runtime.start_soon(_TakenUp(runtime, queue, taken).attend, places, name=taken.run.action)


class _TakenUp:
    """One attempt at one run: a task of the runtime."""

    def __init__(self, runtime: Runtime, queue: WorkQueue, taken: TakenRun) -> None:
        self._runtime: Final = runtime
        self._queue: Final = queue
        self._taken: Final = taken
        self._run: Final = taken.run
        self._is_spent: Final = taken.attempt > taken.run.attempts
        self._has_ended = False

    async def attend(self, places: trio.Semaphore) -> None:
        """Execute the run, and tell the queue how that went."""
        try:
            await self._attempt()
        except GenkitError as exc:
            if exc.status is Status.ABORTED:
                # The end is stored already, by a worker that died before it could say so. Or a later attempt has
                # begun: then the queue knows, and takes no word of this one.
                self._has_ended = True
            else:
                self._log("was cut off", exc)
        finally:
            # Also when the runtime ends: the queue would have to wait until it takes this process for dead.
            with trio.move_on_after(LAST_WORDS, shield=True):
                await self._settle()
            places.release()

    async def _attempt(self) -> None:
        run, taken = self._run, self._taken
        if self._is_spent:
            message = f"{run.action} was parked: none of its {run.attempts} attempts came to an end"
            await self._end_with(PublicError(Status.UNAVAILABLE, message))
            return
        attempt_var.set(Attempt(taken.attempt, run.attempts, run.stream_id, run.idempotency_key))
        try:
            action = await self._runtime.registry.resolve(ActionKey.parse(run.action))
            value = action.load_input(run.input if run.has_input else ABSENT)
        except Exception as exc:
            self._log("cannot be executed", exc)
            await self._end_with(exc)
        else:
            await self._execute(_edge_run(action, run), value)

    async def _execute(self, edge: EdgeRun, value: object) -> None:
        async with self._stream(partial(edge.scope.cancel, Cause.CANCEL_API)) as stream:
            writer = _AttemptWriter(edge, stream, self._note_end)
            await store_run(edge, value, self._runtime, writer, _error_of)
        outcome = edge.outcome()
        if edge.run.state is State.FAILED and isinstance(outcome, BaseException):
            logger.error("%s failed, trace %s", edge.run.key, edge.run.trace_id, exc_info=outcome)

    async def _end_with(self, error: Exception) -> None:
        async with self._stream(_ignore) as stream:
            await stream.end(StreamFrame("error", _error_of(error)))
            self._note_end()

    def _stream(self, on_cancel: Callable[[], None]) -> AbstractAsyncContextManager[StreamWriter]:
        attempt = SUBMITTED + self._taken.attempt
        return self._queue.streams.open(self._run.stream_id, on_cancel=on_cancel, attempt=attempt)

    def _note_end(self) -> None:
        self._has_ended = True

    async def _settle(self) -> None:
        try:
            if not self._has_ended:
                await self._queue.give_back(self._taken, delay=0.0 if self._runtime.is_draining else PAUSE)
            elif self._is_spent:
                await self._queue.park(self._taken)
            else:
                await self._queue.finish(self._taken)
        except GenkitError as exc:
            # It will find out by itself.
            self._log("cannot be reported to its queue", exc)

    def _log(self, what: str, exc: Exception) -> None:
        run = self._run
        logger.warning("attempt %d at %s %s: %s (stream %s)", self._taken.attempt, run.action, what, exc, run.stream_id)


class _AttemptWriter:
    """The `StreamWriter` of an attempt: it leaves the end out where another attempt will have to come to it."""

    def __init__(self, edge: EdgeRun, stream: StreamWriter, on_end: Callable[[], None]) -> None:
        self._edge: Final = edge
        self._stream: Final = stream
        self._on_end: Final = on_end
        self.append: Final = stream.append

    async def end(self, frame: StreamFrame) -> None:
        """Store the end, if it is one: `StreamWriter.end`."""
        if frame.kind == "error" and self._is_interrupted():
            return
        await self._stream.end(frame)
        self._on_end()

    def _is_interrupted(self) -> bool:
        scope = self._edge.scope
        if scope.cancel_called:
            # By the runtime, or because the stream could not be stored. Deadlines and cancellations are ends.
            return scope.cause in {Cause.DRAIN, Cause.CONSUMER_STOPPED}
        # It never began, or the runtime ends without having waited.
        return self._edge.run.state in {State.QUEUED, State.RUNNING, State.CANCELLED}


def _edge_run(action: AnyAction, run: QueuedRun) -> EdgeRun:
    deadline = math.inf if run.timeout is None else trio.current_time() + run.timeout
    edge = EdgeRun(action, deadline, streaming=True, context=run.context, init=None, frame=_as_it_is)
    starter = parse_traceparent(run.traceparent)
    if starter is not None:
        edge.run.links = (RemoteSpan(starter.trace_id, starter.span_id),)
    return edge


def _as_it_is(payload: bytes) -> bytes:
    return payload


def _error_of(exc: BaseException) -> bytes:
    return error_payload(failure_of(exc, expose=is_dev()))


def _ignore() -> None:
    """Do nothing for a cancellation: the end is there already."""
