"""Submitting a run: it is in the queue and can be followed, or neither."""

import pytest
import trio

from genkit_trio import Genkit, GenkitError, Status, open_runtime, work
from genkit_trio._runtime import MemoryStreamStore
from genkit_trio._runtime.submitted import TIME_TO_PUT
from genkit_trio.testing import MemoryWorkQueue

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    return f"Hello, {name}!"


class SlowQueue(MemoryWorkQueue):
    """A queue whose answer is late."""

    def __init__(self, delay, **options):
        super().__init__(**options)
        self._delay = delay

    async def put(self, run):
        stream_id = await super().put(run)
        await trio.sleep(self._delay)
        return stream_id


class AwayQueue(MemoryWorkQueue):
    """A queue that nobody reaches."""

    async def put(self, run):
        raise GenkitError("UNAVAILABLE", "away")


async def submit(runtime, name="Ada"):
    return await runtime.submit(greet, name, timeout=50, idempotency_key="k")


async def test_who_is_cancelled_while_submitting_leaves_a_run_that_can_be_followed(autojump_clock):
    """C6: the same key finds it, also before a worker has taken it."""
    queue = SlowQueue(1)
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        with trio.move_on_after(0.5) as cancelled:
            await submit(runtime)
        assert not cancelled.cancelled_caught
        again = await submit(runtime, "Bob")
        nursery.start_soon(work, ai, queue)
        assert await again.output() == "Hello, Ada!"
        nursery.cancel_scope.cancel()


async def test_who_is_cancelled_before_submitting_leaves_nothing():
    queue = MemoryWorkQueue()
    async with open_runtime(ai, queue=queue) as runtime:
        with trio.CancelScope() as cancelled:
            cancelled.cancel()
            await submit(runtime)
        assert cancelled.cancelled_caught
        assert queue.streams.size == 0


@pytest.mark.parametrize("status", [None, Status.RESOURCE_EXHAUSTED], ids=["known already", "queue is full"])
async def test_what_was_not_submitted_leaves_nothing(status, autojump_clock):
    """The stream that was begun for it expires."""
    streams = MemoryStreamStore(ttl=10)
    queue = MemoryWorkQueue(streams=streams, max_runs=1)
    async with open_runtime(ai, queue=queue) as runtime:
        await submit(runtime)
        size = streams.size
        if status is None:
            await submit(runtime)
        else:
            with pytest.raises(GenkitError) as caught:
                await runtime.submit(greet, "Bob", timeout=50)
            assert caught.value.status is status
        await trio.sleep(11)
        with pytest.raises(GenkitError):
            await streams.cancel("any")
        assert streams.size == size


async def test_a_run_that_may_be_in_the_queue_keeps_its_stream():
    streams = MemoryStreamStore(ttl=10)
    async with open_runtime(ai, queue=AwayQueue(streams=streams)) as runtime:
        with pytest.raises(GenkitError, match="away"):
            await submit(runtime)
    assert streams.size > 0


async def test_a_queue_that_does_not_answer_is_given_up(autojump_clock):
    """C25: nobody waits for it without an end, shielded or not."""
    async with open_runtime(ai, queue=SlowQueue(1000)) as runtime:
        with pytest.raises(GenkitError, match="did not answer within 10 s") as caught:
            await submit(runtime)
    assert caught.value.status is Status.UNAVAILABLE
    assert trio.current_time() == pytest.approx(TIME_TO_PUT)
