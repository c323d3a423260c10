"""The client of a Redis server, without one."""

from types import SimpleNamespace

import pytest
import trio
import trio.testing

from genkit_trio.plugins.redis.client import RedisClient

pytestmark = pytest.mark.extra


class LosingConnection:
    """A connection that is lost at the moment at which nobody wants it any more."""

    usable = False

    def __init__(self, lost):
        self._lost = lost

    @property
    async def push_messages(self):
        with trio.CancelScope(shield=True):
            await self._lost.wait()
        raise ConnectionError("the connection was lost")
        yield

    def invalidate(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        pass


async def test_a_connection_that_is_lost_while_the_runtime_ends_is_no_error():
    """C1: a runtime ends as it was told to, whatever becomes of its connections at that moment."""
    lost = trio.Event()
    connection = LosingConnection(lost)
    redis = SimpleNamespace(connection_pool=SimpleNamespace(acquire=lambda: connection))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(RedisClient(redis, "there").listen)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        lost.set()
