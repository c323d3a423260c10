"""What only shows when a safeguard of runs from elsewhere is missing: followed, stored, or taken from a queue."""

from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, GenkitError, RunContext, open_runtime, run_all, run_step, work
from genkit_trio.asgi import MemoryStreamStore, flow_app
from genkit_trio.lowlevel import recording
from genkit_trio.testing import STREAM_HEADERS, AppRequest, MemoryWorkQueue
from tests.faults.test_safeguards_runtime import Ended

ai = Genkit()


@ai.flow(timeout=100, on_disconnect="detach", chunk_buffer=1)
async def detached(ctx: RunContext[int]) -> str:
    for number in range(10):
        await ctx.send_chunk(number)
        await trio.sleep(1)
    return "done"


async def test_a_detached_run_is_not_held_up_by_a_client_that_has_gone(autojump_clock):
    """C15, C21: nobody takes its chunks any more, so it sends as many as it likes."""
    request = AppRequest("/detached", headers=STREAM_HEADERS)
    async with open_runtime(ai), trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await request.wait_body()
        request.disconnect()
    assert trio.current_time() == pytest.approx(10)


async def test_a_request_ends_when_its_client_has_gone_also_where_the_run_goes_on(autojump_clock):
    """C21: the exchange only follows a detached run."""
    request = AppRequest("/detached", headers=STREAM_HEADERS)
    async with open_runtime(ai):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await request.wait_body()
            await trio.sleep(0.5)
            request.disconnect()
        assert trio.current_time() == pytest.approx(0.5)


class StuckStore(MemoryStreamStore):
    """A store that takes what it is given, and never says so."""

    @asynccontextmanager
    async def open(self, stream_id, /, **options):
        async with super().open(stream_id, **options) as writer:
            yield _StuckWriter(writer)


class _StuckWriter:
    def __init__(self, writer):
        self._writer = writer

    async def append(self, payloads):
        await self._writer.append(payloads)
        await trio.sleep_forever()

    end = append


async def test_a_store_that_does_not_answer_does_not_hold_up_the_end_of_the_runtime(autojump_clock):
    """C28: storing the end has its time, and no more."""

    @(own := Genkit()).flow
    async def forever(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.sleep_forever()

    request = AppRequest("/forever", headers=STREAM_HEADERS)
    with trio.move_on_after(1):
        async with open_runtime(own):
            await request.play(flow_app(own, stream_store=StuckStore()))
    assert trio.current_time() < 10


async def test_a_stored_run_whose_end_is_told_may_still_send(autojump_clock):
    """C15: its cleanup is shielded, and sends for nobody; it is not held up."""
    sent = []

    @(own := Genkit()).flow(timeout=1, chunk_buffer=1)
    async def late(ctx: RunContext[int]) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
                for number in range(10):
                    await ctx.send_chunk(number)
                    sent.append(number)

    async with open_runtime(own):
        request = AppRequest("/late", headers=STREAM_HEADERS)
        await request.play(flow_app(own, stream_store=MemoryStreamStore()))
    assert [list(frame) for frame in request.frames] == [["error"]]
    assert sent == list(range(10))


async def test_a_run_whose_stream_cannot_be_stored_stops(autojump_clock, caplog):
    """C22: what its followers are told is what happened."""
    recorder = Ended()

    @(own := Genkit()).flow
    async def large(ctx: RunContext[str]) -> None:
        await ctx.send_chunk("x" * 1000)
        await trio.sleep_forever()

    with recording(recorder):
        async with open_runtime(own):
            request = AppRequest("/large", headers=STREAM_HEADERS)
            await request.play(flow_app(own, stream_store=MemoryStreamStore(max_bytes=500)))
    assert recorder.causes == {"large": Cause.CONSUMER_STOPPED}
    assert trio.current_time() < 1


async def test_a_stored_run_does_not_end_for_what_its_server_was_part_of(autojump_clock):
    """C6, C29: it belongs to the runtime."""
    recorder = Ended()

    @(own := Genkit()).flow(timeout=5)
    async def waits() -> None:
        await run_step("wait", trio.sleep_forever)

    async def fail():
        await trio.sleep(1)
        raise ValueError("oops")

    with recording(recorder):
        async with open_runtime(own):
            request = AppRequest("/waits", headers=STREAM_HEADERS)
            app = flow_app(own, stream_store=MemoryStreamStore())
            with pytest.raises(ValueError, match="oops"):
                await run_all(partial(request.play, app), fail)
    assert recorder.causes == {"wait": Cause.DEADLINE, "waits": Cause.DEADLINE}


class FlakyQueue(MemoryWorkQueue):
    """A queue that cannot be reached at first."""

    failures = 1

    async def take(self):
        if self.failures:
            self.failures -= 1
            raise GenkitError("UNAVAILABLE", "away")
        return await super().take()


@pytest.mark.parametrize("new_queue", [MemoryWorkQueue, FlakyQueue])
async def test_a_worker_executes_as_many_runs_as_it_has_places(new_queue, autojump_clock):
    """C18: whatever the queue answers, they are neither more nor fewer."""
    queue, running = new_queue(), []

    @(own := Genkit()).flow
    async def step(number: int) -> int:
        running.append(number)
        await trio.sleep(1)
        assert running == [number]
        running.remove(number)
        return number

    async with open_runtime(own, queue=queue) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(partial(work, own, queue, concurrency=1))
        runs = [await runtime.submit(step, number, timeout=50) for number in range(3)]
        with trio.fail_after(10):  # noqa: ASYNC100  # each output is waited for
            assert [await run.output() for run in runs] == [0, 1, 2]
        nursery.cancel_scope.cancel()


class DeafQueue(MemoryWorkQueue):
    """A queue that never answers to what it is told of an attempt."""

    async def give_back(self, taken, /, *, delay):
        await trio.sleep_forever()


async def test_a_queue_that_does_not_answer_does_not_hold_up_the_end_of_the_runtime(autojump_clock):
    """C28: telling the queue has its time, and no more."""
    queue = DeafQueue()

    @(own := Genkit()).flow
    async def forever() -> None:
        await trio.sleep_forever()

    with trio.move_on_after(1):
        async with open_runtime(own, queue=queue) as runtime:
            await runtime.submit(forever, timeout=None)
            await work(own, queue)
    assert trio.current_time() < 10


async def test_the_end_of_a_runtime_is_no_error_of_its_runs(autojump_clock):
    """C22: whoever follows one is told that the server ends, whichever of the two hears of it first."""
    for _ in range(30):  # trio chooses
        ended = trio.CancelScope()
        request = AppRequest("/detached")
        async with trio.open_nursery() as nursery:
            await nursery.start(_keep_open, ended)
            nursery.start_soon(request.play, flow_app(ai))
            await trio.testing.wait_all_tasks_blocked()
            ended.cancel()
        assert request.json["status"] == "UNAVAILABLE"


async def _keep_open(scope, *, task_status):  # noqa: ASYNC114  # started once
    with scope:
        async with open_runtime(ai):
            task_status.started()
            await trio.sleep_forever()
