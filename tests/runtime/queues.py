"""The work queues that there are, for the tests that all of them pass."""

import uuid

import pytest
import trio

from genkit_trio._runtime import MemoryWorkQueue
from tests.redis_server import needs_redis

LEASE = 0.6


def memory_queue(request, **options) -> MemoryWorkQueue:
    return MemoryWorkQueue(**options)


def redis_queue(request, **options):
    from genkit_trio.plugins.redis import RedisWorkQueue

    server = request.getfixturevalue("redis")
    return RedisWorkQueue(server.url, prefix=uuid.uuid4().hex, lease=LEASE, **options)


async def until(look):
    """Return what *look* finds as soon as it finds something."""
    while True:
        found = await look()
        if found:
            return found
        await trio.sleep(0.01)


QUEUES = [
    pytest.param(memory_queue, id="memory"),
    pytest.param(redis_queue, id="redis", marks=[needs_redis, pytest.mark.extra, pytest.mark.io]),
]
