"""Runs that belong to the runtime, and the handles of those who started them (contract C6)."""

import logging
from typing import Any, Final, Generic, TypeVar

import trio

from .._core import Action, Run, leave_branch, only_cancelled
from .._tracing import Cause, State
from .._wire import ABSENT, Absent, PublicError, Status

OutputT = TypeVar("OutputT")

logger = logging.getLogger("genkit_trio")


class SpawnedRun(Generic[OutputT]):
    """The handle of a run that the runtime owns.

    Letting go of the handle changes nothing: the run goes on, and a failure is logged.
    """

    def __init__(self, run: Run) -> None:
        self._run: Final = run
        self._output: OutputT | Absent = ABSENT
        self._error: Exception | None = None
        self._ended: Final = trio.Event()

    @property
    def trace_id(self) -> str:
        """The id of the run's trace: 32 hexadecimal digits."""
        return self._run.trace_id

    @property
    def state(self) -> State:
        """Where the run is in its life."""
        return self._run.state

    def cancel(self) -> None:
        """Cancel the run; returns at once. `output` then raises `GenkitError` ``CANCELLED``. Idempotent."""
        self._run.request_cancel(Cause.CANCEL_API)

    async def output(self) -> OutputT:
        """Wait for the run to end and return its output, or raise what it raised. It may be awaited again.

        Cancelling the wait does not cancel the run.
        """
        await self._ended.wait()
        if self._output is not ABSENT:
            return self._output
        if self._error is not None:
            raise self._error
        raise PublicError(Status.CANCELLED, f"{self._run.key} was cancelled with its runtime")

    async def execute(self, action: Action[Any, OutputT, Any], value: object) -> None:
        """Execute the run; its task in the runtime's nursery."""
        leave_branch()
        try:
            self._output = await action.execute(self._run, value)
        except Exception as exc:
            self._error = exc
            if self._run.end is None:
                self._run.fail(exc)  # before it began
            if self._run.state is not State.CANCELLED and not only_cancelled(exc):
                logger.error("%s failed, trace %s", self._run.key, self._run.trace_id, exc_info=exc)
        finally:
            if self._run.end is None:
                self._run.cancel(Cause.DRAIN)  # before it began, with the runtime
            self._ended.set()
