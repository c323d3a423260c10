"""The cancel scope of a run, and the cause for which it was cancelled."""

import math
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import trio

from .._tracing import Cause
from .._wire import GenkitError, PublicError, Status
from .errors import DeadlineExceeded

if TYPE_CHECKING:
    from .run import Run


class RunScope:
    """A cancel scope that remembers why it was cancelled.

    trio's own ``reason=`` is for people who debug: the first one wins, and a deadline has none. What a caller or a
    client is told depends on the cause, so it is kept here, and set before the scope is cancelled.

    Args:
      deadline: a point in time of trio's clock.
      lent: a scope that has been entered by this task, which serves one run after the other in it: entering one costs
        as much as the rest of a short run. It must not be shielded, and have no deadline but one of an earlier run. A
        run gives it back as it was but for that, or cancelled.
    """

    __slots__ = ("cancel_scope", "cancelled_at", "cause", "is_lent", "is_over", "on_cancel")

    def __init__(self, deadline: float = math.inf, lent: trio.CancelScope | None = None) -> None:
        self.cancel_scope: Final = trio.CancelScope(deadline=deadline) if lent is None else lent
        self.is_lent: Final = lent is not None
        self.is_over = False
        """Whether the scope was given back: it is that of another run now."""
        if lent is not None:
            lent.deadline = deadline
        self.cause: Cause | None = None
        self.cancelled_at = math.inf
        self.on_cancel: Callable[[], None] | None = None
        """Called once, when `cancel` is: an edge answers its client then, even while a thread goes on."""

    def cancel(self, cause: Cause) -> None:
        """Cancel what runs in the scope because of *cause*; the first cause stays. Idempotent."""
        if self.is_over:
            return
        if self.cause is not None or self.cancel_scope.cancel_called:
            return
        self.cause = cause
        self.cancelled_at = trio.current_time()
        self.cancel_scope.cancel(reason=cause.value)
        if self.on_cancel is not None:
            self.on_cancel()

    def tighten(self, deadline: float) -> None:
        """Make sure that the scope ends at *deadline* or before."""
        self.cancel_scope.deadline = min(self.cancel_scope.deadline, deadline)

    @property
    def cancel_called(self) -> bool:
        """Whether the scope is cancelled, by `cancel` or by its deadline."""
        return self.cause is not None or self.cancel_scope.cancel_called


class Branch:
    """What `run_all` and `run_any` lend to the runs that their branches start.

    Only runs that the branches start directly belong to it: roots outside any run, else children of *parent*.

    Args:
      parent: the run in which the branches were opened.
      stop: cancels the branches.
    """

    __slots__ = ("_cancelled", "_cause", "_outer", "_stop", "parent")

    def __init__(self, parent: "Run | None", stop: Callable[[Cause], None]) -> None:
        self.parent: Final = parent
        self._stop: Final = stop
        self._cause: Cause | None = None
        self._cancelled: dict[Run, Cause] = {}
        self._outer: Final = current_branch.get()

    def close(self, cause: Cause) -> None:
        """Say that the block cancels its branches, because of *cause*; the first cause stays."""
        self._cause = self._cause or cause

    def cancel(self, run: "Run", cause: Cause) -> None:
        """Cancel *run*, which a branch has started as a root, because of *cause*."""
        self._cancelled.setdefault(run, cause)
        self._stop(cause)

    def cause_for(self, run: "Run") -> Cause | None:
        """Return why *run* was cancelled; `None` if it was not through these branches."""
        cause = self._cancelled.get(run, self._cause)
        if cause is None:
            return None if self._outer is None else self._outer.cause_for(run)
        return cause if run.parent_run is self.parent else Cause.PARENT_CANCELLED


current_branch: ContextVar[Branch | None] = ContextVar("genkit_trio.current_branch", default=None)


def leave_branch() -> None:
    """Say that this task is no part of the branches in which it was started: for runs that belong to the runtime."""
    current_branch.set(None)


def error_of_cause(cause: Cause, key: str) -> GenkitError:
    """Return what the caller of a run receives when the run's own scope was cancelled because of *cause*."""
    if cause is Cause.DEADLINE:
        return DeadlineExceeded(f"{key} did not finish within its deadline")
    if cause is Cause.DRAIN:
        return PublicError(Status.UNAVAILABLE, f"{key} was stopped because the server is shutting down", retry_after=1)
    return PublicError(Status.CANCELLED, f"{key} was cancelled")
