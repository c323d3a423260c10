"""Running a model in this task, with its chunks given to a function.

A stream has a task for its producer and a buffer, because its consumer is free to do other things. Where the chunks
are only passed on, neither is needed: the model's own ``send_chunk`` awaits the function that passes them on.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import trio

from .._core import Action, ChunkChannel, RunScope
from .._tracing import current_span

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")


async def run_relayed(
    action: Action[InputT, OutputT, ChunkT],
    value: InputT,
    send_chunk: Callable[[ChunkT], Awaitable[None]],
    scope: RunScope | None = None,
) -> OutputT:
    """Run *action* with *value* and return its output; each of its chunks goes through *send_chunk*.

    It is what ``await action(value)`` is, except that the chunks are not discarded. What *send_chunk* raises is raised
    where the action sends.

    Args:
      action: the action, such as a model.
      value: its input.
      send_chunk: awaited with each chunk.
      scope: a cancel scope for the run alone; whoever cancels it says why.
    """
    if scope is None and action.options.timeout != math.inf:
        scope = RunScope()
    run = action.new_run(current_span.get(), scope=scope, channel=_Relay(send_chunk, action.options.chunk_buffer))
    return await action.execute(run, value)


class _Relay(ChunkChannel[Any, Any]):
    """A channel without a buffer and without a receiving task: a chunk is handed on by the task that sends it."""

    __slots__ = ("_every", "_send_chunk", "_unscheduled")

    def __init__(self, send_chunk: Callable[[Any], Awaitable[None]], chunk_buffer: int) -> None:
        super().__init__(0)
        self._send_chunk: Final = send_chunk
        self._every: Final = min(chunk_buffer, 64)
        self._unscheduled = 0

    def put_nowait(self, item: Any) -> bool:
        """Return false: handing a chunk on may wait."""
        return False

    async def put(self, item: Any) -> None:
        """Hand *item* on. A schedule point now and then, as a send is, even where the function never waits."""
        await self._send_chunk(item)
        self._unscheduled += 1
        if self._unscheduled >= self._every:
            self._unscheduled = 0
            await trio.lowlevel.cancel_shielded_checkpoint()

    def make_room(self, limit: int) -> None:
        """Do nothing: no chunk goes in unseen."""
