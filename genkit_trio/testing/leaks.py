"""`no_leaks`: a block that nothing may outlive."""

import gc
import time
from collections.abc import AsyncGenerator, Callable, Container, Iterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from .leak import Leak, LeakError, LeakKind
from .process_leaks import ProcessBaseline
from .spans import RecordedSpans
from .task_leaks import TaskBaseline

_GRACE: Final = 1.0
"""Real seconds that what is about to end gets for it. Only what would be a leak is waited for."""
_LOOK_AGAIN: Final = 0.01
_PASSES: Final = 20


@asynccontextmanager
async def no_leaks(*, allow: Container[LeakKind] = ()) -> AsyncGenerator[None, None]:
    """Fail when something that the block has made outlives it: a task, a place, a descriptor; see ``LeakKind``.

    What belongs to a nursery that was open before is not its own: somebody around it waits for that. When the block
    raises, nothing is checked.

    Args:
      allow: kinds that may be left behind.

    Raises:
      LeakError: if something was left behind, and has not ended a second later.
    """
    tasks, process = TaskBaseline.now(), ProcessBaseline.now()
    yield
    await check_tasks(lambda: [*tasks.leaks(), *process.leaks()], allow)


@asynccontextmanager
async def no_task_leaks(
    allow: Container[LeakKind] = (), spans: RecordedSpans | None = None
) -> AsyncGenerator[None, None]:
    """Fail when something that the block has made in this trio run outlives it, or one of *spans* does."""
    tasks = TaskBaseline.now()
    yield
    await check_tasks(lambda: tasks.leaks(spans), allow)


def check_process(process: ProcessBaseline, allow: Container[LeakKind]) -> None:
    """Raise what the process holds since *process*, unless it is *allowed*, or is gone a little later.

    Raises:
      LeakError: if something stays.
    """
    for _ in _looks(process.leaks, allow):
        time.sleep(_LOOK_AGAIN)


async def check_tasks(find: Callable[[], list[Leak]], allow: Container[LeakKind]) -> None:
    """Raise what *find* has found, unless it is *allowed*, or is gone a little later.

    Raises:
      LeakError: if something stays.
    """
    for _ in range(_PASSES):
        if not _counted(find(), allow):
            return
        await trio.lowlevel.checkpoint()
    for _ in _looks(find, allow):
        # Real time, whatever the clock of this trio run is.
        await trio.to_thread.run_sync(time.sleep, _LOOK_AGAIN)


def _looks(find: Callable[[], list[Leak]], allow: Container[LeakKind]) -> Iterator[None]:
    """Look until nothing is found; yield between two looks. What is still found after the grace is raised."""
    until = time.monotonic() + _GRACE
    if _counted(find(), allow):
        # What is waste and has not been collected is held by nobody.
        gc.collect()
    while leaks := _counted(find(), allow):
        if time.monotonic() > until:
            raise LeakError(leaks)
        yield


def _counted(leaks: list[Leak], allow: Container[LeakKind]) -> list[Leak]:
    return [leak for leak in leaks if leak.kind not in allow]
