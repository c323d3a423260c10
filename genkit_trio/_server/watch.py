"""One task that looks after the deadlines of all connections.

Hypercorn 0.18 starts and cancels a task for every idle period, twice per request, which is two fifths of what a
request costs there. Here a connection only writes down when it is due, and one task compares.
"""

from typing import Final, Generic, Protocol, TypeVar

import trio

TICK: Final = 0.1
"""Seconds between two looks: by so much a connection may outlive its deadline."""


class Watched(Protocol):
    """Something with a deadline."""

    deadline: float
    """A point in time of trio's clock; `math.inf` while there is none."""

    def cut(self) -> None:
        """End, without waiting."""


WatchedT = TypeVar("WatchedT", bound=Watched)


class Watch(Generic[WatchedT]):
    """The connections that are open."""

    def __init__(self) -> None:
        self.connections: Final[set[WatchedT]] = set()

    async def run(self) -> None:
        """Cut what is due, until cancelled."""
        while True:
            await trio.sleep(TICK)
            now = trio.current_time()
            for connection in [connection for connection in self.connections if connection.deadline <= now]:
                connection.cut()
