"""A run whose chunks are received as they come.

`open_stream` owns the one task there is: the producing run. It starts when the block is entered and has ended when
the block is left, whichever way. The consumer and the producer meet in a `ChunkChannel`, which is bounded.

What leaves the block, when both sides have something to say:

=====================  ====================  =====================================================
the body               the producer          what is raised
=====================  ====================  =====================================================
ends or raises X       nothing new           nothing, or X
ends                   fails with P          P, unless the consumer has received it
is cancelled           fails with P          P, as an error in a ``finally`` would
raises X               fails with P          a group of X and P
=====================  ====================  =====================================================
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import trio

from .._tracing import Cause, State, current_span
from .._wire import ABSENT, Absent, PublicError, Status
from .cancelled import is_cancelled
from .channel import ChunkChannel
from .errors import only_cancelled
from .nursery import open_nursery
from .run import Context, Run
from .scope import RunScope

if TYPE_CHECKING:
    from .action import Action

OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")


class ActionStream(Generic[OutputT, ChunkT]):
    """The consumer's side of a streaming run: ``async for`` gives its chunks, `output` its output.

    It is for one consumer: a second task that receives at the same time gets `trio.BusyResourceError`. Receiving is
    a cancel point for each chunk, and a schedule point when none is there; what was handed over is never lost by a
    cancelled wait.
    """

    def __init__(self, run: Run, channel: ChunkChannel[ChunkT, ChunkT]) -> None:
        self._run: Final = run
        self._channel: Final = channel
        self._items: Final = channel.items
        self._senders: Final = channel.senders
        self._output: OutputT | Absent = ABSENT
        self._error: Exception | None = None
        self._error_received = False
        self._closed = False

    @property
    def trace_id(self) -> str:
        """The id of the trace that the run belongs to: 32 hexadecimal digits."""
        return self._run.trace_id

    def __aiter__(self) -> "ActionStream[OutputT, ChunkT]":
        return self

    async def __anext__(self) -> ChunkT:
        """Return the next chunk.

        Raises:
          Exception: what the run raised, after all the chunks that it had sent.
          trio.ClosedResourceError: if the ``async with`` block has been left.
          trio.BusyResourceError: if another task is receiving.
        """
        if self._items and not self._senders and not is_cancelled():
            return self._items.popleft()
        return await self._receive()

    async def _receive(self) -> ChunkT:
        await trio.lowlevel.checkpoint_if_cancelled()
        while not self._closed:
            chunk = self._channel.take_nowait()
            if chunk is not ABSENT:
                return chunk
            if self._channel.has_ended:
                self._raise_error()
                raise StopAsyncIteration
            await self._channel.wait_for_item()
        raise trio.ClosedResourceError("the stream's block has been left")

    async def output(self) -> OutputT:
        """Wait for the run to finish and return its output.

        Chunks that were not received are discarded. If the run fails, this raises what it raised; so does iterating,
        so one of the two is enough. It may be awaited again: the same output, the same exception.

        Raises:
          trio.ClosedResourceError: if the ``async with`` block has been left and the run had not ended with a value.
          trio.BusyResourceError: if another task is receiving.
        """
        while not self._closed and (await self._channel.receive_all() or not self._channel.has_ended):
            pass
        if self._output is not ABSENT:
            return self._output
        if self._closed:
            raise trio.ClosedResourceError("the stream's block has been left before the run had ended with a value")
        self._raise_error()
        raise AssertionError("the channel has ended, so the run has")  # pragma: no cover

    async def produce(self, action: "Action[Any, OutputT, ChunkT]", value: object) -> None:
        """Execute the run; the task of ``open_stream``."""
        try:
            self._output = await action.execute(self._run, value)
        except Exception as exc:
            self._error = exc
        finally:
            self._channel.end()

    def leave(self, error: BaseException | None) -> None:
        """Stop receiving, and stop the run if it has not ended; *error* is what the block raises, if anything."""
        self._closed = True
        if self._run.scope is not None and not self._channel.has_ended:
            # What cancelled the consumer has cancelled the run as well, and that came first.
            if error is not None and only_cancelled(error):
                self._run.scope.cancel(self._run.cause_of(error))
            else:
                self._run.scope.cancel(Cause.CONSUMER_STOPPED)
        # After the cancellation, so that a sender that waits is cancelled rather than let go on.
        self._channel.leave()
        self._channel.wake()

    def error_to_raise(self) -> Exception | None:
        """Return what the run failed with and the consumer has not received."""
        stopped = self._run.state is State.CANCELLED and self._run.cause is Cause.CONSUMER_STOPPED
        return None if self._error_received or stopped else self._error

    def _raise_error(self) -> None:
        if self._error is not None:
            self._error_received = True
            raise self._error
        if self._output is ABSENT:
            # A scope around the stream was cancelled, and the consumer is in a shield where it is not.
            raise PublicError(Status.CANCELLED, f"{self._run.key} was cancelled with the block that opened its stream")


@asynccontextmanager
async def open_stream(
    action: "Action[Any, OutputT, ChunkT]", value: object, *, context: Context | Absent, init: object
) -> AsyncGenerator[ActionStream[OutputT, ChunkT], None]:
    """Run *action* in a task, and give the consumer's side of its stream to the block."""
    channel = ChunkChannel[ChunkT, ChunkT](action.options.chunk_buffer)
    run = action.new_run(current_span.get(), scope=RunScope(), context=context, init=init, channel=channel)
    stream = ActionStream[OutputT, ChunkT](run, channel)
    body_error: BaseException | None = None
    run_error: BaseException | None = None
    try:
        async with open_nursery() as nursery:
            nursery.start_soon(stream.produce, action, value, name=run.key)
            try:
                yield stream
            except BaseException as exc:  # noqa: ASYNC103  # raised below, where no nursery puts it into a group
                body_error = exc
            stream.leave(body_error)
    except BaseException as exc:  # noqa: ASYNC103  # raised below, together with the other
        run_error = exc
    error = _error_of(body_error, run_error or stream.error_to_raise())
    if error is not None:
        raise error


def _error_of(body_error: BaseException | None, run_error: BaseException | None) -> BaseException | None:
    if run_error is None or (body_error is not None and only_cancelled(run_error)):
        return body_error
    if body_error is None or only_cancelled(body_error):
        return run_error
    return BaseExceptionGroup("a stream's consumer and its run both failed", [body_error, run_error])
