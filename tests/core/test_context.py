"""The run context: sending chunks, and what a function can ask about its own run."""

import math

import hypothesis
import pytest
import trio
import trio.testing
from hypothesis import strategies as st

from genkit_trio import Cause, Genkit, RunContext, State, current_context
from genkit_trio._core import ChunkChannel, current_run
from tests.core.conftest import Passes

BUFFERS = pytest.mark.parametrize("buffer", [0, 1, 16, 64, 100])


@BUFFERS
async def test_a_producer_is_never_further_ahead_than_its_buffer(ai, buffer):
    """C14: sent − handed to the consumer's loop ≤ chunk_buffer + 1, at every moment."""
    sent = received = 0

    @ai.flow(chunk_buffer=buffer)
    async def work(ctx: RunContext[int]) -> None:
        nonlocal sent
        for number in range(500):
            await ctx.send_chunk(number)
            sent += 1
            assert sent - received <= buffer + 1

    async with work.stream() as stream:
        async for _ in stream:
            received += 1
            assert sent - received <= buffer + 1
            if received % 7 == 0:
                await trio.lowlevel.checkpoint()
                assert sent - received <= buffer + 1
            if received % 50 == 0:
                await trio.testing.wait_all_tasks_blocked()
                assert sent - received == min(buffer, 500 - received)
    assert received == 500


@hypothesis.given(st.sampled_from([0, 1, 3, 16]), st.lists(st.integers(0, 3), max_size=60), st.integers(1, 3))
async def test_the_bound_holds_for_any_pace_and_several_senders(buffer, pauses, senders):
    """C14: whoever is faster, and however many tasks of the run send."""
    ai = Genkit()
    sent = received = 0

    @ai.flow(chunk_buffer=buffer)
    async def work(ctx: RunContext[int]) -> None:
        async def send() -> None:
            nonlocal sent
            for _ in range(30):
                await ctx.send_chunk(0)
                sent += 1

        async with trio.open_nursery() as nursery:
            for _ in range(senders):
                nursery.start_soon(send)

    async with work.stream() as stream:
        for pause in pauses:
            for _ in range(pause):
                await trio.lowlevel.checkpoint()
                assert sent - received <= buffer + 1
            if received < 30 * senders:
                await anext(stream)
                received += 1
                assert sent - received <= buffer + 1


@BUFFERS
@pytest.mark.parametrize("listening", [True, False])
async def test_sending_is_a_schedule_point_at_least_once_per_buffer_or_64_chunks(ai, buffer, listening):
    """C14, C16: also when nobody listens, and when the consumer takes all at once."""
    counter = Passes()
    longest = since = 0

    @ai.flow(chunk_buffer=buffer)
    async def work(ctx: RunContext[int]) -> None:
        nonlocal longest, since
        step = counter.steps
        for number in range(300):
            await ctx.send_chunk(number)
            since = since + 1 if counter.steps == step else 0
            step = counter.steps
            longest = max(longest, since)

    trio.lowlevel.add_instrument(counter)
    if listening:
        async with work.stream() as stream:
            await stream.output()
    else:
        await work()
    trio.lowlevel.remove_instrument(counter)
    assert longest <= min(buffer, 64)


async def test_every_send_is_a_cancel_point_and_a_cancelled_send_has_sent_nothing(ai):
    """C14, C12: also while there is room."""

    @ai.flow
    async def work(ctx: RunContext[int]) -> str:
        await ctx.send_chunk(1)
        with trio.CancelScope() as scope:
            scope.cancel()
            await ctx.send_chunk(2)
        assert scope.cancelled_caught
        await ctx.send_chunk(3)
        return "done"

    async with work.stream() as stream:
        assert [chunk async for chunk in stream] == [1, 3]


async def test_chunks_of_a_plain_call_are_discarded_and_cancellation_is_honoured(ai):
    """C16: without a consumer, send_chunk discards and still honours cancellation."""
    sent = []

    @ai.flow
    async def work(ctx: RunContext[int]) -> None:
        assert not ctx.is_streaming
        while True:
            await ctx.send_chunk(1)
            sent.append(1)
            if len(sent) == 100:
                scope.cancel()

    with trio.CancelScope() as scope:
        await work()
    assert scope.cancelled_caught
    assert len(sent) == 100


async def test_a_deadline_ends_a_run_that_does_nothing_but_send(ai, autojump_clock):
    """C16, C8: the schedule points of sending let trio see the deadline."""
    sent = 0

    @ai.flow(timeout=5)
    async def work(ctx: RunContext[int]) -> None:
        nonlocal sent
        while True:
            await ctx.send_chunk(1)
            sent += 1
            if sent == 1000:
                autojump_clock.jump(5)

    with pytest.raises(trio.TooSlowError):
        await work()
    assert sent <= 1000 + 16


async def test_remaining_counts_down_to_nothing(ai, autojump_clock):
    """C7: ctx.remaining() tells; in process a run has the caller's deadline and the definition's."""
    seen = []

    @ai.flow(timeout=10)
    async def work(ctx: RunContext) -> None:
        seen.append(ctx.remaining())
        autojump_clock.jump(4)
        seen.append(ctx.remaining())
        autojump_clock.jump(40)
        seen.append(ctx.remaining())

    await work()
    with trio.move_on_after(7):
        await work()
    assert seen == [10, 6, 0, 7, 3, 0]


async def test_without_a_deadline_there_is_no_end(ai):
    """C7: in process there is no default."""

    @ai.flow
    async def work(ctx: RunContext) -> float:
        return ctx.remaining()

    assert await work() == math.inf


async def test_a_context_is_inherited_until_one_is_given(ai):
    """C11: given, it replaces the inherited one; it is read-only."""

    @ai.flow
    async def inner(ctx: RunContext) -> dict:
        return dict(ctx.context)

    @ai.flow
    async def outer(ctx: RunContext) -> list:
        with pytest.raises(TypeError):
            ctx.context["user"] = 2
        assert current_context() == ctx.context
        return [await inner(), await inner(context={"b": 2}), await inner(context={})]

    given = {"a": 1}
    assert await outer(context=given) == [{"a": 1}, {"b": 2}, {}]
    assert await inner() == {}
    assert current_context() == {}


async def test_a_context_is_as_it_was_when_the_call_was_made(ai):
    given = {"a": 1}

    @ai.flow
    async def work(ctx: RunContext) -> dict:
        given["a"] = 2
        return dict(ctx.context)

    assert await work(context=given) == {"a": 1}


async def test_the_init_value_and_the_ids_are_those_of_the_call(ai):
    @ai.flow
    async def work(ctx: RunContext) -> tuple:
        run = current_run()
        assert (ctx.trace_id, ctx.span_id) == (run.trace_id, run.span_id)
        return ctx.init

    assert await work(init=5) == 5
    assert await work() is None


@pytest.mark.parametrize("stream", [True, False])
async def test_a_thread_sends_as_a_task_does(ai, stream):
    """C14: send_chunk_sync does what send_chunk does."""

    @ai.flow(timeout=100)
    def work(ctx: RunContext[int]) -> bool:
        ctx.check_cancelled()
        for number in range(40):
            ctx.send_chunk_sync(number)
        return 0 < ctx.remaining() <= 100

    if not stream:
        assert await work()
        return
    async with work.stream() as chunks:
        assert [chunk async for chunk in chunks] == list(range(40))
        assert await chunks.output()


async def test_a_thread_whose_consumer_left_is_told_at_its_next_send(ai):
    """C15: it raises Cancelled."""
    runs = []

    @ai.flow
    def work(ctx: RunContext[int]) -> None:
        runs.append(current_run())
        while True:
            ctx.send_chunk_sync(1)

    async with work.stream() as stream:
        await anext(stream)
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.CONSUMER_STOPPED)


async def test_what_is_for_threads_is_refused_in_a_task(ai):
    @ai.flow
    async def work(ctx: RunContext[int]) -> None:
        for use in (ctx.check_cancelled, lambda: ctx.send_chunk_sync(1)):
            with pytest.raises(RuntimeError):
                use()

    await work()


async def test_a_chunk_that_cannot_be_encoded_fails_where_it_was_made(ai):
    """C12: the sender learns it, and may go on."""

    @ai.flow
    async def work(ctx: RunContext[int]) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            await ctx.send_chunk("x")
        await ctx.send_chunk("2")

    channel = ChunkChannel(16, int)
    await work.execute(work.new_run(None, scope=None, channel=channel))
    assert await channel.receive_all() == [2]
