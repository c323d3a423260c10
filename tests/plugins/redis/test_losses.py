"""Connections to Redis that are lost again and again, or given up while they are opened: each place is free again."""

import pytest
import trio

from tests.plugins.redis.test_stream_store import ignore, payloads, raw, store_on, using
from tests.redis_server import needs_redis
from tests.runtime.test_stream_store import RESULT, follow, messages

pytestmark = [needs_redis, pytest.mark.extra]

PLACES = 3


async def test_connections_can_be_lost_as_often_as_it_happens(redis):
    """C25: a store that has lost more of them than it may have at once still answers."""
    store = store_on(f"{redis.url}?max_connections={PLACES}", heartbeat=10)
    async with using(store), raw(redis.url) as client, store.open("lost", on_cancel=ignore) as writer:
        for number in range(2 * PLACES):
            await client.client_kill(type_=b"pubsub")
            await client.client_kill(type_=b"normal", skipme=True)
            await writer.append(payloads(number))
            await _wait_for_listener(client)
        await writer.end(RESULT)
        assert await follow(store, "lost") == [*messages(*range(2 * PLACES)), RESULT]


async def _wait_for_listener(client):
    """Wait until the store listens again; it waits a little after each loss."""
    with trio.fail_after(10):
        while not await client.client_list(type_=b"pubsub"):  # noqa: ASYNC110  # it happens in another process
            await trio.sleep(0.01)


async def test_who_gives_up_while_a_connection_is_opened_leaves_its_place(redis):
    """C25: nobody else has to wait for it."""
    store = store_on(f"{redis.url}?max_connections={PLACES}", heartbeat=10)
    async with using(store):
        for _ in range(2 * PLACES):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    for name in "abc":
                        nursery.start_soon(store.cancel, name)
                    await trio.lowlevel.checkpoint()
                    await trio.lowlevel.checkpoint()
                    scope.cancel()
        async with store.open("given up", on_cancel=ignore) as writer:
            await writer.end(RESULT)
        assert await follow(store, "given up") == [RESULT]
