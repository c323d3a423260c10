"""Virtual time for tests that have worker threads or worker processes.

trio's `~trio.testing.MockClock` jumps to the next deadline when every task waits, and cannot see that one of them
waits for a thread: so the deadline of a call in a thread always expires at once. Here it does not jump before the
thread has come back.
"""

import sys
from typing import Final

import trio
import trio.testing

_LOOK_AGAIN: Final = 0.001
"""Real seconds after which a clock that waits for a worker looks again. A thread that ends wakes trio by itself."""


def virtual_clock() -> trio.testing.MockClock:
    """Return a clock that jumps when all tasks wait and none of them waits for a worker thread or worker process.

    Pass it to `trio.run`, or take the fixture of that name. Virtual time stands still while a worker works. A thread
    that was abandoned (``abandon_on_cancel=True``) does not hold it, as nobody waits for it.
    """
    clock = trio.testing.MockClock(autojump_threshold=0)
    jump = clock._autojump  # pyright: ignore[reportPrivateUsage]  # because trio has no public way to hold its clock

    def jump_unless_working() -> None:
        if _has_workers():
            clock.autojump_threshold = _LOOK_AGAIN
        else:
            clock.autojump_threshold = 0
            jump()

    # The class is final, and this is the one place where the run loop asks.
    clock._autojump = jump_unless_working  # type: ignore[method-assign]  # because it is replaced on this one clock
    return clock


async def wait_settled() -> None:
    """Wait until every other task waits for something, and no worker thread is running.

    What `trio.testing.wait_all_tasks_blocked` is for tests with threads, whose tasks are blocked while they work.
    """
    while True:
        await trio.testing.wait_all_threads_completed()
        await trio.testing.wait_all_tasks_blocked()
        if trio.testing.active_thread_count() == 0:
            return


def _has_workers() -> bool:
    return trio.testing.active_thread_count() > 0 or running_worker_processes() > 0


def running_worker_processes() -> int:
    """Return how many worker processes are at work in a call of this program; those that idle are not counted."""
    trio_parallel = sys.modules.get("trio_parallel")
    return 0 if trio_parallel is None else trio_parallel.default_context_statistics().running_workers
