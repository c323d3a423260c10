"""A place where one task waits to be woken."""

import trio


class Parker:
    """Wakes the task that waits here, if one does; a wake-up that nobody waits for is lost.

    Both ways out, the wake-up and a cancellation, clear the place: rescheduling a task that does not wait ends the
    program.
    """

    __slots__ = ("_task",)

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None

    @property
    def is_taken(self) -> bool:
        """Whether a task waits."""
        return self._task is not None

    async def park(self) -> None:
        """Wait for `unpark`."""
        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def unpark(self) -> None:
        """Wake the task that waits."""
        task = self._task
        if task is not None:
            self._task = None
            trio.lowlevel.reschedule(task)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED
