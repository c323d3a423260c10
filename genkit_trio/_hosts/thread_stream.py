"""A stream whose consumer is a thread.

What a chunk costs is mostly the way between the threads, and a stream of tokens would pay it for each. So the thread
takes what is there by itself, out of the channel of the run, and goes into the trio run only where nothing is there.

What leaves the block, when both sides have something to say, is what leaves that of ``action.stream()``. A body that
is interrupted (by Ctrl-C, by the end of the program, or because it stands in a generator that is closed) raises just
that, and what the run failed with is logged.
"""

import logging
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

import trio

from .._core import Run, only_cancelled
from .._tracing import Cause, State
from .._wire import ABSENT, Absent, PublicError
from .crossing import Call, Crossing
from .thread_channel import ThreadChannel

OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")

logger = logging.getLogger("genkit_trio")


class ThreadStream(Generic[OutputT, ChunkT]):
    """The consumer's side of a run, in a thread: ``for`` gives its chunks, `output` its output.

    It is for one thread at a time: a second one that receives meanwhile gets `trio.BusyResourceError`. What was
    handed over is never lost by a wait that is interrupted.
    """

    def __init__(self, crossing: Crossing, run: Run, call: Call[OutputT], channel: ThreadChannel[ChunkT]) -> None:
        self._crossing: Final = crossing
        self._run: Final = run
        self._call: Final = call
        self._channel: Final = channel
        self._receiving: Final = threading.Lock()
        self._is_closed = False
        self._error_received = False
        self.trace_id: Final = run.trace_id
        """The id of the trace that the run belongs to: 32 hexadecimal digits."""

    def __iter__(self) -> Iterator[ChunkT]:
        return self

    def __next__(self) -> ChunkT:
        """Return the next chunk, blocking until there is one.

        Raises:
          Exception: what the run raised, after all the chunks that it had sent.
          trio.ClosedResourceError: if the ``with`` block has been left.
          trio.BusyResourceError: if another thread is receiving.
        """
        with self._alone():
            chunk = self._take()
        if chunk is ABSENT:
            raise StopIteration
        if self._channel.wants_refill:
            self._crossing.post(self._channel.refill)
        return chunk

    def output(self) -> OutputT:
        """Block until the run has ended, and return its output.

        Chunks that were not received are discarded. If the run fails, this raises what it raised; so does iterating,
        so one of the two is enough. It may be called again: the same output, the same exception.

        Raises:
          trio.ClosedResourceError: if the ``with`` block has been left and the run had not ended with a value.
          trio.BusyResourceError: if another thread is receiving.
        """
        if self._is_closed and self._call.has_ended and self._call.error() is None:
            return self._call.result()
        with self._alone():
            self._go_in(self._channel.discard)
            return self._result()

    def leave(self, error: BaseException | None) -> None:
        """Stop receiving, stop the run if it has not ended, and wait until it has; *error* is what the block raises."""
        self._is_closed = True
        if not self._call.has_ended:
            interrupted = error is not None and not isinstance(error, Exception)
            self._crossing.cancel(self._call, Cause.CALLER_CANCELLED if interrupted else Cause.CONSUMER_STOPPED)
            # After the cancellation, so that a sender that waits is cancelled rather than let go on.
            self._crossing.post(self._channel.leave)
            self._crossing.wait(self._call)

    def error_to_raise(self) -> BaseException | None:
        """Return what the run failed with and the consumer has not received."""
        stopped = self._run.state is State.CANCELLED and self._run.cause in _LEFT
        if self._error_received or stopped or not self._call.has_ended:
            return None
        return self._call.error()

    def _take(self) -> ChunkT | Absent:
        items = self._channel.items
        if not items:
            self._go_in(self._channel.wait_filled)
        if items:
            return items.popleft()
        self._result()
        return ABSENT

    def _go_in(self, fn: Callable[[], Awaitable[None]]) -> None:
        """Await ``fn()`` in the trio run, unless nothing more will happen there."""
        if self._call.has_ended:
            return
        try:
            self._crossing.run_fn(self._call.name, fn)
        except PublicError:
            # The runtime may have ended between the two, and the run before it.
            if not self._call.has_ended:
                raise

    def _result(self) -> OutputT:
        self._error_received = self._call.error() is not None
        return self._call.result()

    @contextmanager
    def _alone(self) -> Generator[None, None, None]:
        self._crossing.check()
        if self._is_closed:
            raise trio.ClosedResourceError("the stream's block has been left")
        if not self._receiving.acquire(blocking=False):
            raise trio.BusyResourceError("another thread is receiving from this stream; give each stream one consumer")
        try:
            yield
        finally:
            self._receiving.release()


_LEFT: Final = frozenset({Cause.CONSUMER_STOPPED, Cause.CALLER_CANCELLED})


@contextmanager
def open_thread_stream(
    crossing: Crossing, run: Run, call: Call[OutputT], channel: ThreadChannel[ChunkT]
) -> Generator[ThreadStream[OutputT, ChunkT], None, None]:
    """Begin *call*, which executes *run*, and give the consumer's side of its stream to the block."""
    crossing.check()
    stream = ThreadStream[OutputT, ChunkT](crossing, run, call, channel)
    body_error: BaseException | None = None
    try:
        crossing.start(call)
        yield stream
    except BaseException as exc:  # noqa: ASYNC103  # raised below, together with what the run failed with
        body_error = exc
    stream.leave(body_error)
    error = _error_of(run.key, body_error, stream.error_to_raise())
    if error is not None:
        raise error


def _error_of(key: str, body_error: BaseException | None, run_error: BaseException | None) -> BaseException | None:
    if run_error is None or run_error is body_error:
        return body_error
    if body_error is None or only_cancelled(body_error):
        return run_error
    if isinstance(body_error, Exception):
        return BaseExceptionGroup("a stream's consumer and its run both failed", [body_error, run_error])
    logger.error("%s failed while its consumer was interrupted", key, exc_info=run_error)
    return body_error
