"""The stream store in memory: its bounds. What all stores do is tested in `test_stream_store`."""

import pytest
import trio

from genkit_trio import GenkitError, Status
from genkit_trio._runtime import MemoryStreamStore, StreamFrame
from genkit_trio._runtime.memory_stream_store import BATCH, OVERHEAD
from tests.runtime.test_stream_store import RESULT, failure_in, follow, ignore, messages, payloads


@pytest.mark.parametrize("option", ["ttl", "max_streams", "max_bytes"])
def test_a_bound_is_positive(option):
    with pytest.raises(ValueError, match=f"{option} is 0; it must be positive"):
        MemoryStreamStore(**{option: 0})


async def test_a_stream_too_many_is_refused_until_one_expires(autojump_clock):
    store = MemoryStreamStore(max_streams=2, ttl=10)
    async with store.open("a", on_cancel=ignore) as writer, store.open("b", on_cancel=ignore):
        with pytest.raises(GenkitError) as caught:
            async with store.open("c", on_cancel=ignore):
                pass
        assert caught.value.status is Status.RESOURCE_EXHAUSTED
        assert caught.value.retry_after
        await writer.end(RESULT)
        await trio.sleep(10)
        async with store.open("c", on_cancel=ignore) as writer:
            await writer.end(RESULT)
    assert failure_in(*await follow(store, "b")) == "UNAVAILABLE"


async def test_bytes_too_many_are_refused_and_nothing_is_dropped(autojump_clock):
    store = MemoryStreamStore(max_bytes=1_000)
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append([b"1" * 500])
        for attempt in (writer.append([b"2" * 500]), writer.end(StreamFrame("result", b"3" * 500))):
            with pytest.raises(GenkitError) as caught:
                await attempt
            assert caught.value.status is Status.RESOURCE_EXHAUSTED
        end = StreamFrame("error", b"4" * 500)
        await writer.end(end)
    assert await follow(store, "s") == [StreamFrame("message", b"1" * 500), end]


async def test_what_has_expired_takes_no_room(autojump_clock):
    store = MemoryStreamStore(ttl=10)
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append([b"1" * 500])
        await writer.end(RESULT)
    assert store.size == 500 + len(RESULT.payload) + 3 * OVERHEAD
    await trio.sleep(10)
    async with store.open("t", on_cancel=ignore):
        assert store.size == OVERHEAD


async def test_a_follower_that_is_late_reads_on_when_its_stream_expires(autojump_clock):
    store = MemoryStreamStore(ttl=10)
    numbers = range(BATCH + 1)
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(*numbers))
        await writer.end(RESULT)
    async with store.follow("s") as follower:
        assert await follower.receive() == messages(*numbers[:BATCH])
        await trio.sleep(20)
        assert await follower.receive() == [*messages(BATCH), RESULT]
