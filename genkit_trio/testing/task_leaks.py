"""What a trio run holds: tasks, runs, places of limiters, worker threads.

Who owns a task decides whether it may go on after the block that started it. A nursery that was open before, or that
another task has opened, belongs to somebody around the block, such as a fixture, who will wait for the task. Nobody
waits for a system task, or for one in a nursery that the block itself has opened and not closed.
"""

# trio has no public way to list the run variables, in which limiters are kept; see `_limiters`.
# pyright: reportPrivateUsage=false

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import attrs
import trio
import trio.testing
from trio._core._run import GLOBAL_RUN_CONTEXT

from .._core import Run, current_roots, current_thread_limiter
from .._tracing import Span, current_span
from .leak import Leak
from .spans import RecordedSpans


@attrs.frozen
class TaskBaseline:
    """What was there in a trio run at a time."""

    tasks: frozenset[trio.lowlevel.Task]
    nurseries: frozenset[trio.Nursery]
    borrowers: frozenset[object]
    runs: frozenset[Run]

    @classmethod
    def now(cls) -> "TaskBaseline":
        """Return what is there."""
        tasks = frozenset(_tasks_below(trio.lowlevel.current_root_task()))
        return cls(
            tasks,
            frozenset(trio.lowlevel.current_task().child_nurseries),
            frozenset(borrower for limiter in _limiters() for borrower in _borrowers(limiter)),
            frozenset(current_roots().runs),
        )

    def leaks(self, spans: RecordedSpans | None = None) -> list[Leak]:
        """Return what has come since, is there, and belongs to nobody who was there; of *spans* those that are open."""
        alive = set(_tasks_below(trio.lowlevel.current_root_task()))
        return [
            *map(_leak_of_task, self._orphans()),
            *self._runs(alive),
            *self._places(alive),
            *self._threads(),
            *([] if spans is None else _open_spans(spans)),
        ]

    def _orphans(self) -> Iterator[trio.lowlevel.Task]:
        """The new system tasks, and those in nurseries that this task has opened and not closed."""
        root = trio.lowlevel.current_root_task()
        system = () if root is None else root.child_nurseries
        left_open = (each for each in trio.lowlevel.current_task().child_nurseries if each not in self.nurseries)
        for nursery in (*system, *left_open):
            yield from sorted(nursery.child_tasks - self.tasks, key=lambda orphan: orphan.name)

    def _runs(self, alive: set[trio.lowlevel.Task]) -> Iterator[Leak]:
        for run in current_roots().runs - self.runs:
            if run.task not in alive:
                yield Leak("run", f"{run.key} is in the tree of live runs, and its task has ended")

    def _places(self, alive: set[trio.lowlevel.Task]) -> Iterator[Leak]:
        threads = _thread_limiters()
        for limiter in _limiters():
            for borrower in _borrowers(limiter) if limiter not in threads else ():
                if borrower not in self.borrowers and not _is_alive(borrower, alive):
                    yield Leak("place", f"one of {limiter.total_tokens:g}, held by {_shown(borrower)}")

    def _threads(self) -> Iterator[Leak]:
        held = [borrower for limiter in _thread_limiters() for borrower in _borrowers(limiter)]
        left = len([borrower for borrower in held if borrower not in self.borrowers])
        if left > trio.testing.active_thread_count():
            yield Leak("thread", f"{left} worker threads go on without their callers")


def _tasks_below(task: trio.lowlevel.Task | None) -> Iterator[trio.lowlevel.Task]:
    if task is not None:
        yield task
        for nursery in task.child_nurseries:
            for child in nursery.child_tasks:
                yield from _tasks_below(child)


def _leak_of_task(task: trio.lowlevel.Task) -> Leak:
    frames = [frame for frame, _ in task.iter_await_frames()]
    where = f", at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
    run = _run_of(task.context.get(current_span))
    if run is not None and run.channel is not None and run.task is task and not run.channel.is_left:
        return Leak("stream", f"the block that receives the chunks of {run.key} has not been left")
    return Leak("task", f"{task.name}{where}" if run is None else f"{task.name}, in a run of {run.key}{where}")


def _open_spans(spans: RecordedSpans) -> Iterator[Leak]:
    live = set(_runs_below(current_roots().runs))
    for span in spans.open_spans:
        if _run_of(span) not in live:
            yield Leak("span", f"{span.name!r} has started and not ended")


def _runs_below(runs: set[Run]) -> Iterator[Run]:
    for run in runs:
        yield run
        yield from _runs_below(run.children or set())


def _run_of(span: Span | None) -> Run | None:
    while span is not None and not isinstance(span, Run):
        span = span.parent
    return span


def _limiters() -> list[trio.CapacityLimiter]:
    """The limiters of this trio run: of actions, of worker threads, and what others keep in variables of the run."""
    found: Final[list[object]] = []
    with suppress(AttributeError):  # another trio: then only the worker threads are known
        found.extend(GLOBAL_RUN_CONTEXT.runner._locals.values())
    limiters = [limiter for limiter in found if isinstance(limiter, trio.CapacityLimiter)]
    return [*limiters, *(limiter for limiter in _thread_limiters() if limiter not in limiters)]


def _thread_limiters() -> list[trio.CapacityLimiter]:
    return [current_thread_limiter(), trio.to_thread.current_default_thread_limiter()]


def _borrowers(limiter: trio.CapacityLimiter) -> list[object]:
    return list(limiter.statistics().borrowers)


def _is_alive(borrower: object, alive: set[trio.lowlevel.Task]) -> bool:
    if isinstance(borrower, Run):
        return borrower.end is None
    return isinstance(borrower, trio.lowlevel.Task) and borrower in alive


def _shown(borrower: object) -> str:
    return f"{borrower.key}, which has ended" if isinstance(borrower, Run) else repr(borrower)
