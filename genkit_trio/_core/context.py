"""What a function that runs as an action can do with its own run."""

import math
from typing import Any, Final, Generic, TypeVar

import trio

from .cancelled import is_cancelled
from .channel import ChunkChannel
from .run import Context, Run

ChunkT = TypeVar("ChunkT")


_NOBODY: Final = ChunkChannel[Any, Any](0)
"""Where the chunks of a run go that nobody listens to."""


class RunContext(Generic[ChunkT]):
    """The run context: the second parameter of an action's function, by convention called ``ctx``.

    It is for the function's own run and its tasks and threads. Using it after the run has ended sends nothing.
    """

    __slots__ = ("_append", "_channel", "_encode", "_every", "_few", "_run")

    def __init__(self, run: Run, chunk_buffer: int) -> None:
        self._run: Final = run
        self._channel: Final = _NOBODY if run.channel is None else run.channel
        self._encode: Final = self._channel.encode
        self._append: Final = self._channel.items.append
        # Contract C14: a schedule point at least once per so many chunks, whether or not anybody listens.
        self._every: Final = min(chunk_buffer, 64)
        self._few: Final = self._every - 1

    async def send_chunk(self, chunk: ChunkT) -> None:
        """Hand *chunk* to the consumer of the stream, waiting while its buffer is full.

        Where nobody listens (the action was simply awaited), the chunk is discarded.

        Every call is a cancel point. It is a schedule point when it waits, and at least once per ``chunk_buffer`` or
        64 chunks, whichever is less. When the consumer has left the stream, it raises `trio.Cancelled`, as the run is
        cancelled; in a shield it then discards. A call that is cancelled has sent nothing.
        """
        # The first chunk of a row goes the long way, and makes room for a few more that nobody has had the time to
        # take: no other task has run since, so no schedule point is due, and the receiver has been woken.
        channel = self._channel
        if channel.room and not is_cancelled():
            channel.room -= 1
            self._append(chunk if self._encode is None else self._encode(chunk))
        else:
            await self._send(chunk)

    async def _send(self, chunk: ChunkT) -> None:
        run, channel = self._run, self._channel
        if run.unscheduled >= self._every or len(channel.items) >= self._few:
            run.unscheduled = 0
            await trio.lowlevel.checkpoint()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()
        run.unscheduled += 1
        if channel is _NOBODY:
            return
        item = chunk if self._encode is None else self._encode(chunk)
        if not channel.put_nowait(item):
            run.unscheduled = 0
            await channel.put(item)
        run.has_sent = True
        channel.make_room(self._few)

    def send_chunk_sync(self, chunk: ChunkT) -> None:
        """Do what `send_chunk` does, from the worker thread of a sync function.

        Raises:
          trio.Cancelled: if the run is cancelled; let it pass.
          RuntimeError: in an async function, where ``await ctx.send_chunk(chunk)`` is the way.
        """
        trio.from_thread.check_cancelled()
        trio.from_thread.run(self.send_chunk, chunk)

    def check_cancelled(self) -> None:
        """Raise `trio.Cancelled` in the worker thread of a sync function whose run is cancelled.

        A thread cannot be stopped from outside: a long loop calls this now and then.

        Raises:
          trio.Cancelled: if the run is cancelled; let it pass.
          RuntimeError: outside a worker thread.
        """
        trio.from_thread.check_cancelled()

    def remaining(self) -> float:
        """Return the seconds until the deadline of the run, `math.inf` when there is none, 0 when it has passed."""
        if self._run.deadline == math.inf:
            return math.inf
        return max(0.0, self._run.deadline - _now())

    @property
    def context(self) -> Context:
        """Who is calling: auth and request data, read-only. Given with the call, or inherited from the caller's run."""
        return self._run.context

    @property
    def init(self) -> object:
        """The init value of the call; `None` when there was none."""
        return self._run.init

    @property
    def is_streaming(self) -> bool:
        """Whether somebody receives the chunks."""
        return self._run.channel is not None and not self._run.channel.is_left

    @property
    def trace_id(self) -> str:
        """The id of the trace that the run belongs to: 32 hexadecimal digits."""
        return self._run.trace_id

    @property
    def span_id(self) -> str:
        """The id of the run's span: 16 hexadecimal digits."""
        return self._run.span_id


def _now() -> float:
    try:
        return trio.current_time()
    except RuntimeError:  # in a worker thread
        return trio.from_thread.run_sync(trio.current_time)
