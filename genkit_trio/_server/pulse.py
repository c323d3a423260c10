"""One task that calls back: in the next pass of the scheduler, or a moment later, for all connections together.

A stream that sends a chunk wants it written soon, and together with those that follow at once. A task per stream would
cost a pass for each of them; here the streams of a pass share one, and those that send all the time one timer.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import trio

MOMENT: Final = 0.0015
"""Seconds: with the steps of other tasks, a chunk is written 2 ms after it was sent at the latest (contract C24)."""

Callback: TypeAlias = Callable[[], None]


class Pulse:
    """The callbacks that are due."""

    def __init__(self) -> None:
        self._soon: list[Callback] = []
        self._later: list[Callback] = []
        self._due = 0.0
        self._scope: trio.CancelScope | None = None
        self._parked: trio.lowlevel.Task | None = None

    def call_soon(self, callback: Callback) -> None:
        """Call *callback* once, in the next pass of the scheduler."""
        self._soon.append(callback)
        self._wake()

    def call_later(self, callback: Callback) -> None:
        """Call *callback* once, in a moment, with all that wait for one."""
        if not self._later:
            self._due = trio.current_time() + MOMENT
            self._wake()
        self._later.append(callback)

    async def run(self) -> None:
        """Call back, until cancelled."""
        while True:
            await self._wait()
            if self._later and trio.current_time() >= self._due:
                self._soon += self._later
                self._later = []
            due, self._soon = self._soon, []
            for callback in due:
                callback()

    async def _wait(self) -> None:
        """Wait until something may be due."""
        if self._soon:
            await trio.lowlevel.checkpoint()
        elif self._later:
            with trio.CancelScope(deadline=self._due):
                await self._park()
        else:
            await self._park()

    async def _park(self) -> None:
        self._parked = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _wake(self) -> None:
        if self._parked is not None:
            trio.lowlevel.reschedule(self._parked)
            self._parked = None
