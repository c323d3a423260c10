"""Submitted runs and the workers that execute them, on every queue."""

from contextlib import asynccontextmanager
from functools import partial

import attrs
import pytest
import trio
import trio.testing

from genkit_trio import (
    Genkit,
    GenkitError,
    PublicError,
    RunContext,
    Status,
    current_attempt,
    current_context,
    open_runtime,
    work,
)
from genkit_trio._core import current_roots
from genkit_trio._runtime import MemoryStreamStore, StreamFrame
from genkit_trio.testing import MemoryWorkQueue, record_spans
from tests.runtime.queues import QUEUES, until
from tests.runtime.stores import redis

__all__ = ["redis"]

ai = Genkit()


@attrs.frozen
class Order:
    """What somebody wants."""

    item: str
    number: int = 1


@ai.flow
async def price(order: Order, ctx: RunContext[str]) -> float:
    await ctx.send_chunk(order.item)
    return order.number * 2.5


@ai.flow
async def greet(name: str = "you") -> str:
    return f"Hello, {name}!"


@ai.flow
async def who() -> dict[str, str]:
    return {**current_context()}


@ai.flow
async def told(ctx: RunContext[int]) -> str:
    """Tell the attempt, and be done at the third."""
    attempt = current_attempt()
    await ctx.send_chunk(attempt.number)
    if attempt.number < 3:
        await trio.sleep_forever()
    return f"{attempt.idempotency_key}, of {attempt.attempts}"


@ai.flow
async def refuse() -> None:
    raise PublicError("NOT_FOUND", "there is none")


@ai.flow
async def wait() -> None:
    await trio.sleep_forever()


@pytest.fixture(params=QUEUES)
def queue(request):
    return request.param(request)


class Working:
    """A runtime with a queue, and a worker that can be started."""

    def __init__(self, runtime, nursery):
        self.runtime = runtime
        self._nursery = nursery

    def start(self) -> None:
        self._nursery.start_soon(partial(work, ai, self.runtime.queue, concurrency=2))

    async def live(self):
        return self.runtime.live()


@pytest.fixture
async def working(queue):
    async with open_runtime(ai, queue=queue, drain_timeout=0) as runtime, trio.open_nursery() as nursery:
        working = Working(runtime, nursery)
        with trio.fail_after(10):  # noqa: ASYNC100  # the test waits
            yield working
        nursery.cancel_scope.cancel()


async def frames_of(run, queue) -> list[StreamFrame]:
    frames: list[StreamFrame] = []
    async with queue.streams.follow(run.stream_id) as follower:
        while not frames or not frames[-1].is_end:
            frames.extend(await follower.receive())
    return frames


async def test_a_submitted_run_is_executed_and_its_stream_is_kept(working, queue):
    working.start()
    run = await working.runtime.submit(price, Order("cake", 2), timeout=5)
    assert await run.output() == 5.0
    assert await frames_of(run, queue) == [StreamFrame("message", b'"cake"'), StreamFrame("result", b"5.0")]


async def test_a_run_waits_for_a_worker(working):
    runs = [await working.runtime.submit(greet, name, timeout=5) for name in "abc"]
    default = await working.runtime.submit(greet, timeout=None)
    working.start()
    assert [await run.output() for run in runs] == ["Hello, a!", "Hello, b!", "Hello, c!"]
    assert await default.output() == "Hello, you!"


async def test_the_context_goes_with_the_run(working):
    working.start()
    run = await working.runtime.submit(who, timeout=5, context={"user": "u1"})
    assert await run.output() == {"user": "u1"}


async def test_an_error_of_the_run_is_its_end(working, caplog):
    working.start()
    run = await working.runtime.submit(refuse, timeout=5)
    with pytest.raises(GenkitError, match="there is none") as caught:
        await run.output()
    assert caught.value.status is Status.NOT_FOUND

    async def is_logged() -> bool:
        return "/flow/refuse failed, trace " in caplog.text

    await until(is_logged)
    assert current_attempt() is None


async def test_a_timeout_is_an_end(working):
    """C7: an attempt that takes too long ends with DEADLINE_EXCEEDED, and there is no other."""
    working.start()
    run = await working.runtime.submit(wait, timeout=0.05)
    with pytest.raises(GenkitError) as caught:
        await run.output()
    assert caught.value.status is Status.DEADLINE_EXCEEDED


async def test_a_run_is_cancelled_by_its_handle(working):
    working.start()
    run = await working.runtime.submit(wait, timeout=None)
    await until(working.live)
    await run.cancel()
    with pytest.raises(GenkitError) as caught:
        await run.output()
    assert caught.value.status is Status.CANCELLED


async def test_a_run_that_is_cancelled_while_it_waits_never_starts(working, queue):
    run = await working.runtime.submit(price, Order("cake"), timeout=None)
    await run.cancel()
    working.start()
    with pytest.raises(GenkitError) as caught:
        await run.output()
    assert caught.value.status is Status.CANCELLED
    assert len(await frames_of(run, queue)) == 1


async def test_attempts_are_numbered_and_have_one_key(queue):
    """C27: a run that does not end with its runtime goes back to the queue."""
    numbers = []
    with trio.fail_after(10):
        for _ in range(3):
            async with open_runtime(ai, queue=queue, drain_timeout=0) as runtime:
                if not numbers:
                    run = await runtime.submit(told, timeout=None, idempotency_key="order 7", attempts=4)
                async with trio.open_nursery() as nursery, queue.streams.follow(run.stream_id) as follower:
                    nursery.start_soon(work, ai, queue)
                    frames = []
                    while len(frames) <= len(numbers):
                        frames.extend(await follower.receive())
                    numbers.append(frames[len(numbers)].payload)
                    if len(numbers) == 3:
                        assert await run.output() == "order 7, of 4"
                    nursery.cancel_scope.cancel()
    assert numbers == [b"1", b"2", b"3"]


async def test_a_run_whose_attempts_are_spent_is_parked(queue, caplog):
    with trio.fail_after(10):
        async with open_runtime(ai, queue=queue, drain_timeout=0) as runtime:
            run = await runtime.submit(wait, timeout=None, attempts=1)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(work, ai, queue)
                await until(Working(runtime, nursery).live)
                nursery.cancel_scope.cancel()
        async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
            nursery.start_soon(work, ai, queue)
            with pytest.raises(GenkitError, match="was parked: none of its 1 attempts came to an end") as caught:
                await run.output()
            assert caught.value.status is Status.UNAVAILABLE
            parked = await until(queue.parked)
            assert [each.stream_id for each in parked] == [run.stream_id]
            nursery.cancel_scope.cancel()


async def test_a_run_whose_end_is_stored_is_not_executed_again(working, queue):
    """A worker may die after it has stored the end, and before it has told the queue."""
    run = await working.runtime.submit(price, Order("cake"), timeout=None)
    taken = await queue.take()
    async with queue.streams.open(run.stream_id, on_cancel=lambda: None, attempt=2) as writer:
        await writer.end(StreamFrame("result", b"7.0"))
    await queue.give_back(taken, delay=0)
    working.start()
    assert await run.output() == 7.0
    other = await working.runtime.submit(greet, timeout=5)
    assert await other.output() == "Hello, you!"
    assert await frames_of(run, queue) == [StreamFrame("result", b"7.0")]


async def test_what_cannot_be_executed_is_told(working, queue, caplog):
    working.start()
    strange = Genkit().flow(name="strange")(greet.fn)
    run = await working.runtime.submit(strange, "Ada", timeout=5)
    with pytest.raises(GenkitError, match="strange") as caught:
        await run.output()
    assert caught.value.status is Status.NOT_FOUND
    assert "attempt 1 at /flow/strange cannot be executed" in caplog.text


async def test_submitting_the_same_thing_again_gives_the_same_run(working):
    working.start()
    first, again = [await working.runtime.submit(greet, name, timeout=5, idempotency_key="k") for name in "ab"]
    assert first.stream_id == again.stream_id
    assert await again.output() == "Hello, a!"
    assert repr(first) == f"<submitted run {first.stream_id}>"


async def test_a_run_has_a_link_to_the_run_that_submitted_it():
    queue = MemoryWorkQueue()
    with record_spans() as spans:
        async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
            local = Genkit()

            @local.flow
            async def outer() -> str:
                return await (await runtime.submit(greet, timeout=5)).output()

            nursery.start_soon(work, ai, queue)
            await outer()
            nursery.cancel_scope.cancel()
    starter, submitted = spans.sole("outer"), spans.sole("greet")
    assert [(link.trace_id, link.span_id) for link in submitted.links] == [(starter.trace_id, starter.span_id)]
    assert submitted.trace_id != starter.trace_id


async def test_an_unreachable_queue_is_logged_and_tried_again(autojump_clock, caplog):
    class Flaky(MemoryWorkQueue):
        failures = 2

        async def take(self):
            if self.failures:
                self.failures -= 1
                raise GenkitError("UNAVAILABLE", "away")
            return await super().take()

    queue = Flaky()
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        assert await (await runtime.submit(greet, timeout=50)).output() == "Hello, you!"
        assert trio.current_time() >= 2
        nursery.cancel_scope.cancel()
    assert caplog.text.count("no run can be taken from the queue: away") == 2


class FailingWriter:
    """A writer whose first append fails."""

    def __init__(self, inner, failures):
        self._inner = inner
        self._failures = failures
        self.end = inner.end

    async def append(self, payloads):
        if self._failures:
            raise self._failures.pop()
        await self._inner.append(payloads)


class FailingStore(MemoryStreamStore):
    """A store whose first append fails, or where a stream cannot be opened for one attempt."""

    def __init__(self, attempt=None):
        super().__init__()
        self._attempt = attempt
        self._failures = [] if attempt else [GenkitError("UNAVAILABLE", "away")]

    @asynccontextmanager
    async def open(self, stream_id, *, on_cancel, attempt=0):
        if attempt == self._attempt:
            raise GenkitError("UNAVAILABLE", "away")
        async with super().open(stream_id, on_cancel=on_cancel, attempt=attempt) as writer:
            yield FailingWriter(writer, self._failures)


async def test_a_stream_that_cannot_be_stored_is_no_end(autojump_clock, caplog):
    """Another attempt is made."""
    queue = MemoryWorkQueue(streams=FailingStore())
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        run = await runtime.submit(price, Order("cake"), timeout=50)
        assert await run.output() == 2.5
        assert await frames_of(run, queue) == [StreamFrame("message", b'"cake"'), StreamFrame("result", b"2.5")]
        nursery.cancel_scope.cancel()
    assert "the stream of /flow/price cannot be stored" in caplog.text


async def test_an_attempt_whose_stream_cannot_be_opened_is_made_again(autojump_clock, caplog):
    queue = MemoryWorkQueue(streams=FailingStore(attempt=2))
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        assert await (await runtime.submit(greet, timeout=50)).output() == "Hello, you!"
        nursery.cancel_scope.cancel()
    assert "attempt 1 at /flow/greet was cut off: away" in caplog.text


async def test_a_stream_that_cannot_be_begun_is_told_to_who_submits():
    async with open_runtime(ai, queue=MemoryWorkQueue(streams=FailingStore(attempt=1))) as runtime:
        with pytest.raises(GenkitError, match="away"):
            await runtime.submit(greet, timeout=50)


async def test_a_queue_that_cannot_be_told_of_an_end_finds_out_by_itself(caplog):
    class Deaf(MemoryWorkQueue):
        async def finish(self, taken):
            raise GenkitError("UNAVAILABLE", "away")

    queue = Deaf()
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        assert await (await runtime.submit(greet, timeout=50)).output() == "Hello, you!"
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert "attempt 1 at /flow/greet cannot be reported to its queue: away" in caplog.text


async def test_a_worker_of_a_runtime_that_drains_takes_nothing_more():
    """C27: what it takes at that moment goes back at once."""
    queue = MemoryWorkQueue()
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        await trio.testing.wait_all_tasks_blocked()
        current_roots().draining = True
        for _ in range(2):
            await runtime.submit(greet, timeout=50)
        await trio.testing.wait_all_tasks_blocked()
        assert not nursery.child_tasks
        assert sorted([(await queue.take()).attempt for _ in range(2)]) == [1, 2]


async def test_what_has_no_json_is_not_submitted():
    queue = MemoryWorkQueue()
    async with open_runtime(ai, queue=queue) as runtime:
        for given in ({"input": object()}, {"context": {"user": object()}}):
            with pytest.raises(PublicError, match="cannot be submitted") as caught:
                await runtime.submit(greet, given.get("input", "a"), timeout=1, context=given.get("context", {}))
            assert caught.value.status is Status.INVALID_ARGUMENT


@pytest.mark.parametrize(("options", "message"), [({"timeout": 0}, "timeout is 0"), ({"attempts": 0}, "attempts is 0")])
async def test_a_number_that_makes_no_sense_is_refused(options, message):
    async with open_runtime(ai, queue=MemoryWorkQueue()) as runtime:
        with pytest.raises(ValueError, match=message):
            await runtime.submit(greet, **{"timeout": 1, **options})


async def test_a_runtime_without_a_queue_submits_nothing():
    async with open_runtime(ai) as runtime:
        with pytest.raises(RuntimeError, match="has no queue"):
            await runtime.submit(greet, timeout=1)


async def test_a_worker_needs_a_runtime_and_a_place():
    with pytest.raises(RuntimeError, match="a worker needs an open runtime"):
        await work(ai, MemoryWorkQueue())
    async with open_runtime(ai):
        with pytest.raises(ValueError, match="concurrency is 0"):
            await work(ai, MemoryWorkQueue(), concurrency=0)
