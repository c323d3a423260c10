"""An instrument that notices tasks which hold trio's thread (contract C30)."""

from time import perf_counter
from typing import Final

import trio

from .._core import advise

HOLD: Final = 0.05
"""Seconds between two checkpoints of a task after which everything else has visibly waited."""


class TaskWatch(trio.abc.Instrument):
    """Warns, once per task name, of a step that takes longer than `HOLD`."""

    def __init__(self) -> None:
        # It is added in the middle of a step.
        self._began = perf_counter()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note when the step begins."""
        self._began = perf_counter()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Compare."""
        held = perf_counter() - self._began
        if held > HOLD:
            message = "task %s held the thread for %.0f ms; give long work a checkpoint, a thread or a process"
            advise("held", task.name, message, task.name, held * 1000)
