"""The stream stores that there are, for the tests that all of them pass."""

import uuid

import pytest
import trio.testing

from genkit_trio._runtime import MemoryStreamStore
from tests.redis_server import needs_redis, redis_server

HEARTBEAT = 0.4


@pytest.fixture(scope="session")
def redis():
    """A Redis server for all tests."""
    with redis_server("--save", "") as server:
        yield server


@pytest.fixture
def store_clock(request):
    """Virtual time for the store in memory; a real server goes by the real one."""
    in_memory = request.node.callspec.params["store"] is memory_store
    return trio.testing.MockClock(autojump_threshold=0) if in_memory else None


def memory_store(request) -> MemoryStreamStore:
    return MemoryStreamStore(ttl=1)


def redis_store(request):
    from genkit_trio.plugins.redis import RedisStreamStore

    server = request.getfixturevalue("redis")
    return RedisStreamStore(server.url, prefix=uuid.uuid4().hex, heartbeat=HEARTBEAT, ttl=1)


STORES = [
    pytest.param(memory_store, id="memory"),
    pytest.param(redis_store, id="redis", marks=[needs_redis, pytest.mark.extra, pytest.mark.io]),
]
