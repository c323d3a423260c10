"""Running several things at once, as one thing: all of them, or the first that succeeds (contract C4).

Each function here owns a nursery. It returns when every branch has ended, cleanup included, whatever happened.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar, overload

import trio

from .._tracing import Cause
from .._wire import ABSENT
from .cancelled import is_cancelled
from .errors import only_cancelled
from .nursery import open_nursery
from .run import current_run
from .scope import Branch, RunScope, current_branch, error_of_cause

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")

Thunk = Callable[[], Awaitable[T]]

_BRANCH: Final = "genkit_trio branch"
"""What the tasks of branches are called: working out a name for each costs as much as starting one."""


@overload
async def run_all(a: Thunk[T1], b: Thunk[T2], /, *, limit: int | None = None) -> tuple[T1, T2]: ...
@overload
async def run_all(a: Thunk[T1], b: Thunk[T2], c: Thunk[T3], /, *, limit: int | None = None) -> tuple[T1, T2, T3]: ...
@overload
async def run_all(
    a: Thunk[T1], b: Thunk[T2], c: Thunk[T3], d: Thunk[T4], /, *, limit: int | None = None
) -> tuple[T1, T2, T3, T4]: ...
@overload
async def run_all(
    a: Thunk[T1], b: Thunk[T2], c: Thunk[T3], d: Thunk[T4], e: Thunk[T5], /, *, limit: int | None = None
) -> tuple[T1, T2, T3, T4, T5]: ...
@overload
async def run_all(*thunks: Thunk[T], limit: int | None = None) -> tuple[T, ...]: ...
async def run_all(*thunks: Thunk[Any], limit: int | None = None) -> tuple[Any, ...]:
    """Run all *thunks* at once and return their values in the order of the arguments.

    The first failure cancels the others, and is raised when they have ended; several failures come as an
    `ExceptionGroup`. When every thunk has returned, the values are returned even if the caller was cancelled
    meanwhile: its next checkpoint will say so.

    Args:
      thunks: async functions without arguments, such as ``partial(action, x)``.
      limit: how many may run at once.

    Raises:
      ValueError: if *limit* is less than 1.
    """
    if not thunks:
        await trio.lowlevel.checkpoint()
        return ()
    every = _Every(len(thunks))
    errors: list[BaseException] = every.failures
    try:
        await _run_branches(every, thunks, limit)
    except BaseException as exc:  # noqa: ASYNC103  # raised below, together with the others
        errors.append(exc)
    if errors:
        raise errors[0] if len(errors) == 1 else BaseExceptionGroup("several branches of run_all failed", errors)
    if every.cancelled_for is not None and every.is_short:
        raise error_of_cause(every.cancelled_for, "a branch of run_all")
    return tuple(every.values)


@overload
async def run_any(a: Thunk[T1], b: Thunk[T2], /, *, limit: int | None = None) -> T1 | T2: ...
@overload
async def run_any(a: Thunk[T1], b: Thunk[T2], c: Thunk[T3], /, *, limit: int | None = None) -> T1 | T2 | T3: ...
@overload
async def run_any(*thunks: Thunk[T], limit: int | None = None) -> T: ...
async def run_any(*thunks: Thunk[Any], limit: int | None = None) -> Any:
    """Run *thunks* at once and return the value of the first that succeeds.

    The others are then cancelled, and it returns when they have ended, cleanup included.

    Args:
      thunks: async functions without arguments, such as ``partial(action, x)``.
      limit: how many may run at once.

    Raises:
      ExceptionGroup: of every failure, when none succeeds.
      ValueError: without thunks, or if *limit* is less than 1.
    """
    if not thunks:
        raise ValueError("run_any needs something to run; give it at least one thunk")
    race = _Race()
    try:
        await _run_branches(race, thunks, limit)
    except BaseException as exc:  # noqa: ASYNC103  # the caller's cancellation comes again at its next checkpoint
        if not race.values or not only_cancelled(exc):
            raise
    if race.values:
        return race.values[0]
    raise ExceptionGroup("no branch of run_any succeeded", [race.failures[index] for index in sorted(race.failures)])


class _Every:
    """The branches of a `run_all`: one record for all, since one that is cancelled takes the others along."""

    def __init__(self, size: int) -> None:
        self.values: Final[list[Any]] = [ABSENT] * size
        self.failures: Final[list[BaseException]] = []
        self.cancelled_for: Cause | None = None
        self._branch: Final = Branch(current_run(), self._cancel)
        self._cancel_scope = trio.CancelScope()

    @property
    def is_short(self) -> bool:
        """Whether a branch has given no value."""
        return any(value is ABSENT for value in self.values)

    def open(self, cancel_scope: trio.CancelScope) -> None:
        """Let the tasks that are started from here belong to the branches; *cancel_scope* holds them all."""
        self._cancel_scope = cancel_scope
        current_branch.set(self._branch)

    async def run(self, index: int, thunk: Thunk[Any]) -> None:
        """Run one branch, in its own task."""
        try:
            self.values[index] = await thunk()
        except Exception as exc:
            # Kept out of the nursery, which would make a copy of a group that the user's function raised.
            self.failures.append(exc)
            if not is_cancelled():
                self._branch.close(Cause.SIBLING_FAILED)
            self._cancel_scope.cancel(reason=Cause.SIBLING_FAILED.value)

    def _cancel(self, cause: Cause) -> None:
        self.cancelled_for = self.cancelled_for or cause
        self._branch.close(Cause.SIBLING_FAILED)
        self._cancel_scope.cancel(reason=cause.value)


class _Race:
    """The branches of a `run_any`: each has a scope, since one that is cancelled leaves the others alone."""

    def __init__(self) -> None:
        self.values: Final[list[Any]] = []
        self.failures: Final[dict[int, Exception]] = {}
        self._parent: Final = current_run()
        self._branches: Final[dict[Branch, RunScope]] = {}

    def open(self, cancel_scope: trio.CancelScope) -> None:
        """Do nothing: every branch opens itself, with a scope of its own."""

    async def run(self, index: int, thunk: Thunk[Any]) -> None:
        """Run one branch, in its own task."""
        if self.values:
            return  # another branch won before this one began
        scope = RunScope()
        branch = Branch(self._parent, scope.cancel)
        self._branches[branch] = scope
        current_branch.set(branch)
        try:
            with scope.cancel_scope:
                self.values.append(await thunk())
            if scope.cancel_scope.cancelled_caught:
                self.failures[index] = error_of_cause(scope.cause or Cause.CANCEL_API, "a branch of run_any")
            else:
                self._stop_others()
        except Exception as exc:
            self.failures[index] = exc

    def _stop_others(self) -> None:
        cancelled = is_cancelled()
        for branch, scope in self._branches.items():
            if not cancelled:
                branch.close(Cause.LOST_RACE)
            # Each by its own scope, which takes the Cancelled out of what a loser raises in its cleanup.
            scope.cancel(Cause.LOST_RACE)


async def _run_branches(branches: _Every | _Race, thunks: Sequence[Thunk[Any]], limit: int | None) -> None:
    """Run every thunk in a task, *limit* at once, and wait until all have ended."""
    if limit is not None and limit < 1:
        raise ValueError(f"limit is {limit}; it must be 1 or more")
    places = None if limit is None else trio.Semaphore(limit)
    outer = current_branch.get()
    async with open_nursery() as nursery:
        branches.open(nursery.cancel_scope)
        try:
            for index, thunk in enumerate(thunks):
                if places is None:
                    nursery.start_soon(branches.run, index, thunk, name=_BRANCH)
                else:
                    await places.acquire()
                    nursery.start_soon(_run_in_place, places, branches, index, thunk, name=_BRANCH)
        finally:
            current_branch.set(outer)


async def _run_in_place(places: trio.Semaphore, branches: _Every | _Race, index: int, thunk: Thunk[Any]) -> None:
    try:
        # The place may have come with the end of everything.
        await trio.lowlevel.checkpoint_if_cancelled()
        await branches.run(index, thunk)
    finally:
        places.release()
