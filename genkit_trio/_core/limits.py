"""``max_concurrency``: how many runs of an action run at once, and how many may wait (contract C18)."""

from typing import Final

import attrs
import trio

from .._tracing import State
from .._wire import PublicError, Status
from .run import Run

DEFAULT_MAX_QUEUE: Final = 1024


@attrs.frozen
class Limit:
    """The declared limit of an action.

    Args:
      max_concurrency: runs that may run at once, in this process and trio run.
      max_queue: runs that may wait for a place; one more is refused.
    """

    max_concurrency: int
    max_queue: int = DEFAULT_MAX_QUEUE

    def __attrs_post_init__(self) -> None:
        if self.max_concurrency < 1:
            raise ValueError(f"max_concurrency is {self.max_concurrency}; it must be 1 or more")
        if self.max_queue < 0:
            raise ValueError(f"max_queue is {self.max_queue}; it must be 0 or more")


class Limiter:
    """Hands the places of one action to its runs.

    A place belongs to the run, not to the task, and lives in one trio run. A run whose ancestor holds a place of the
    same action takes none: so recursion cannot wait for itself. Two actions that wait for each other's places still
    can, until a deadline ends it.
    """

    def __init__(self, limit: Limit) -> None:
        self.limit: Final = limit
        self._places: Final = trio.lowlevel.RunVar[trio.CapacityLimiter]("genkit_trio.places")

    def current_places(self) -> trio.CapacityLimiter:
        """Return the places of this trio run."""
        try:
            return self._places.get()
        except LookupError:
            places = trio.CapacityLimiter(self.limit.max_concurrency)
            self._places.set(places)
            return places

    async def enter(self, run: Run) -> trio.CapacityLimiter | None:
        """Wait for a place for *run*; return the places it was taken from, `None` if an ancestor holds one.

        Raises:
          PublicError: ``RESOURCE_EXHAUSTED`` when the waiting line is full.
        """
        if any(self in ancestor.places for ancestor in run.ancestors()):
            return None
        places = self.current_places()
        try:
            places.acquire_on_behalf_of_nowait(run)
        except trio.WouldBlock:
            await self._wait_in_line(places, run)
        run.places = (*run.places, self)
        return places

    async def _wait_in_line(self, places: trio.CapacityLimiter, run: Run) -> None:
        waiting = places.statistics().tasks_waiting
        if waiting >= self.limit.max_queue:
            message = f"{run.key} runs {self.limit.max_concurrency} times and {waiting} more wait; try again later"
            raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=1)
        run.state = State.QUEUED
        await places.acquire_on_behalf_of(run)
        run.state = State.RUNNING
