"""One task that looks after the deadlines of all connections.

Hypercorn 0.18 starts and cancels a task for every idle period, twice per request, which is two fifths of what a
request costs there. Here a connection only writes down when it is due, and one task compares.
"""

from typing import Final, Protocol

import trio

TICK: Final = 0.1
"""Seconds between two looks: by so much a connection may outlive a deadline that was not announced."""


class Watched(Protocol):
    """Something with a deadline."""

    deadline: float
    """A point in time of trio's clock; `math.inf` while there is none."""

    def expire(self) -> None:
        """Do what is to be done when it has passed, and set another one, or none."""


class Watch:
    """What has deadlines."""

    def __init__(self) -> None:
        self.watched: Final[set[Watched]] = set()
        self._sleep = trio.CancelScope()
        self._next = 0.0

    def announce(self, deadline: float) -> None:
        """See to it that whoever has this *deadline* does not outlive it by a tick."""
        if deadline < self._next:
            self._next = self._sleep.deadline = deadline

    async def run(self) -> None:
        """Tell those that are due, until cancelled."""
        while True:
            self._next = self._tell_due()
            self._sleep = trio.CancelScope(deadline=self._next)
            with self._sleep:
                await trio.sleep_forever()

    def _tell_due(self) -> float:
        """Tell those that are due, and return when to look again."""
        now = trio.current_time()
        soonest = now + TICK
        for each in tuple(self.watched):
            if each.deadline <= now:
                each.expire()
            soonest = min(soonest, each.deadline)
        return soonest
