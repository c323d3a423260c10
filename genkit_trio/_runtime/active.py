"""What is alive: the tree of runs in this trio run, and cancelling by trace id (contract C26, C29).

The runs link themselves to each other; nothing here keeps a record of its own.
"""

import attrs

from .._core import Run, RunScope, current_roots
from .._tracing import Cause, State
from .._wire import PublicError, Status


@attrs.frozen
class LiveRun:
    """A run as it was when the tree was read."""

    key: str
    """The action's key."""
    trace_id: str
    span_id: str
    state: State
    deadline: float
    """The point in time, of trio's clock, by which it should end; `math.inf` without one."""
    cause: Cause | None
    """Why it was asked to stop, if it was; it is still cleaning up."""
    start: float
    """When it began, in seconds since the epoch."""
    children: tuple["LiveRun", ...]


def live_runs() -> tuple[LiveRun, ...]:
    """Return the tree of the runs that are alive in this trio run, oldest first."""
    return _snapshots(current_roots().runs)


def cancel_by_trace_id(trace_id: str) -> None:
    """Cancel the root runs of the trace *trace_id*, and with them everything below. Idempotent while they end.

    Raises:
      PublicError: ``NOT_FOUND`` if no such run is alive; ``FAILED_PRECONDITION`` if application code simply awaits
        it, so that there is no scope to cancel.
    """
    runs = [run for run in current_roots().runs if run.trace_id == trace_id]
    if not runs:
        raise PublicError(Status.NOT_FOUND, f"no run with trace id {trace_id!r} is alive")
    for run in runs:
        run.request_cancel(Cause.CANCEL_API)


def _snapshots(runs: "set[Run] | None") -> tuple[LiveRun, ...]:
    return tuple(_snapshot(run) for run in sorted(runs or (), key=lambda run: run.start))


def _cause_of(scope: RunScope | None) -> Cause | None:
    if scope is None or not scope.cancel_called:
        return None
    return scope.cause or Cause.DEADLINE


def _snapshot(run: Run) -> LiveRun:
    return LiveRun(
        key=run.key,
        trace_id=run.trace_id,
        span_id=run.span_id,
        state=run.state,
        deadline=run.deadline,
        cause=_cause_of(run.scope),
        start=run.start,
        children=_snapshots(run.children),
    )
