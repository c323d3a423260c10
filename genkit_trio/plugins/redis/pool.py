"""The connections to a Redis server: coredis's pool, in which the place of a connection that is lost is free again.

A pool has so many places. coredis 6.9 loses one for good when a connection breaks while somebody uses it, and when
whoever waits for a new one is cancelled before it is open. Once all are lost, everybody waits for ever. This mends it
from outside, by two members of coredis's pool that are its own; it can go when coredis frees the places itself.
"""

from typing import TYPE_CHECKING, Any, Final

import trio
from coredis.exceptions import RedisError
from coredis.pool import ConnectionPool

if TYPE_CHECKING:
    from coredis.connection import BaseConnection


class LastingPool(ConnectionPool[Any]):
    """A pool that has as many places in the end as in the beginning."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._opened_by: Final[dict[trio.lowlevel.Task, BaseConnection]] = {}

    def release(self, connection: "BaseConnection") -> None:
        """Take *connection* back; one that is broken leaves its place to a new one."""
        super().release(connection)
        if not connection.usable:
            self._free_place()

    async def get_connection(self, **options: Any) -> Any:
        """Give a connection, which nobody else has until it is released."""
        task = trio.lowlevel.current_task()
        try:
            return await super().get_connection(**options)
        except RedisError:
            # It could not be opened, and coredis has freed its place.
            raise
        except BaseException:
            opened = self._opened_by.get(task)
            if opened is not None:
                opened.invalidate()
                self._free_place()
            raise
        finally:
            self._opened_by.pop(task, None)

    async def _construct_connection(self) -> Any:
        connection = await super()._construct_connection()
        self._opened_by[trio.lowlevel.current_task()] = connection
        return connection

    def _free_place(self) -> None:
        self._available_connections.append_nowait(None)
