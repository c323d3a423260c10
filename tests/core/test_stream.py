"""Streams: chunks as they come, and one end."""

import gc
import warnings
from contextvars import ContextVar
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import DeadlineExceeded, Genkit, PublicError, RunContext, Status
from genkit_trio._core import current_run
from genkit_trio.testing import explore

COLOUR: ContextVar[str] = ContextVar("colour", default="none")


@pytest.fixture
def count(ai):
    @ai.flow
    async def count(until: int, ctx: RunContext[int]) -> str:
        for number in range(until):
            await ctx.send_chunk(number)
        return "done"

    return count


async def test_a_stream_gives_the_chunks_and_then_the_output(count):
    """C11, C12: chunks arrive in order, each exactly once, then the output."""
    async with count.stream(40) as stream:
        assert [chunk async for chunk in stream] == list(range(40))
        assert [chunk async for chunk in stream] == []
        assert await stream.output() == "done"


async def test_the_output_may_be_awaited_without_iterating_and_again(count):
    """C11: output() discards the chunks, and gives the same value again."""
    async with count.stream(100) as stream:
        assert await stream.output() == "done"
        assert await stream.output() == "done"
        assert [chunk async for chunk in stream] == []


async def test_the_output_may_be_awaited_in_the_middle(count):
    """C11: chunks that were not received are discarded."""
    async with count.stream(100) as stream:
        assert await anext(stream) == 0
        assert await stream.output() == "done"


async def test_an_error_comes_after_the_chunks_and_again_from_the_output(ai):
    """C11, C12: the same exception, by whichever way it is asked for."""
    error, seen = ValueError("broken"), []

    @ai.flow
    async def work(ctx: RunContext[int]) -> None:
        for number in range(3):
            await ctx.send_chunk(number)
        raise error

    async with work.stream() as stream:
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(ValueError, match="broken"):
            async for chunk in stream:
                seen.append(chunk)
        for _ in range(2):
            with pytest.raises(ValueError, match="broken") as caught:
                await stream.output()
            assert caught.value is error
    assert seen == [0, 1, 2]


async def test_a_group_that_a_streamed_run_raises_is_the_same_group(ai):
    """C3: a group that a user's function raises passes as it is."""
    error = ExceptionGroup("mine", [ValueError("a")])

    @ai.flow
    async def work() -> None:
        raise error

    with pytest.raises(ExceptionGroup) as caught:
        async with work.stream() as stream:
            await stream.output()
    assert caught.value is error


async def test_an_error_never_cancels_the_body_from_behind(ai, autojump_clock):
    """C12: the body goes on waiting; the error arrives at its next step."""

    @ai.flow
    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with work.stream() as stream:
            await trio.sleep(10)
            assert trio.current_time() == pytest.approx(10)
            await anext(stream)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_a_base_exception_of_the_run_cancels_the_body(ai, error):
    """C12: KeyboardInterrupt and SystemExit cancel the body as in any nursery."""

    @ai.flow
    async def work() -> None:
        raise error

    with pytest.raises(error):
        async with work.stream():
            await trio.sleep_forever()


async def test_the_output_is_given_after_the_block_if_there_was_one(count):
    """C11: after the block it still gives the value, if the run had ended with one."""
    async with count.stream(1) as stream:
        await stream.output()
    assert await stream.output() == "done"


async def test_a_failed_stream_is_closed_after_its_block(ai):
    """C11: only a value is given after the block."""

    @ai.flow
    async def work() -> None:
        raise ValueError("broken")

    async with work.stream() as stream:
        with pytest.raises(ValueError, match="broken"):
            await stream.output()
    with pytest.raises(trio.ClosedResourceError):
        await stream.output()


@pytest.mark.parametrize("first", ["output", "__anext__"])
@pytest.mark.parametrize("second", ["output", "__anext__"])
async def test_two_tasks_at_once_are_refused(ai, first, second):
    """C11: two tasks that receive at once: BusyResourceError."""

    @ai.flow
    async def silent(ctx: RunContext[int]) -> None:
        await trio.sleep_forever()

    async with silent.stream() as stream, trio.open_nursery() as nursery:
        nursery.start_soon(getattr(stream, first))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="another task is receiving"):
            await getattr(stream, second)()
        nursery.cancel_scope.cancel()


async def test_iterating_without_the_block_fails_at_once(count):
    """C11: at run time; tests/typing shows that the type checkers say so too."""
    with warnings.catch_warnings(), pytest.raises(TypeError, match="__aiter__"):
        async for _ in count.stream(3):
            raise AssertionError("nothing comes")
    gc.collect()


async def test_a_run_has_the_deadline_in_force_at_the_block(ai, autojump_clock):
    """C11: a scope inside the block bounds only the waiting."""
    deadlines = []

    @ai.flow
    async def slow(ctx: RunContext[int]) -> str:
        deadlines.append(ctx.remaining())
        await trio.sleep(5)
        return "done"

    with trio.fail_after(10):
        async with slow.stream() as stream:
            with trio.move_on_after(1) as scope:
                await stream.output()
            assert scope.cancelled_caught
            assert await stream.output() == "done"
    assert deadlines == [10]


async def test_a_run_has_the_context_variables_in_force_at_the_block(ai):
    """C11: variables and context as at the async with, and the consumer's keep out of the run."""

    @ai.flow
    async def look(ctx: RunContext[str]) -> str:
        await ctx.send_chunk(COLOUR.get())
        COLOUR.set("blue")
        await trio.lowlevel.checkpoint()
        return f"{COLOUR.get()} {ctx.context}"

    manager = look.stream(context={"user": 1})
    token = COLOUR.set("red")
    async with manager as stream:
        assert await anext(stream) == "red"
        COLOUR.reset(token)
        assert await stream.output() == "blue {'user': 1}"
        assert COLOUR.get() == "none"


async def test_a_streamed_run_is_a_child_of_the_run_around_the_block(ai, count):
    """C29: parent and trace are those in force at the block."""

    @ai.flow
    async def parent() -> None:
        async with count.stream(1) as stream:
            assert stream.trace_id == current_run().trace_id
            await trio.testing.wait_all_tasks_blocked()
        assert current_run().children == set()

    await parent()


async def test_a_cancelled_receive_loses_nothing(ai):
    """C12: a chunk handed over is never lost by a cancelled wait."""
    go = trio.Event()

    @ai.flow(chunk_buffer=0)
    async def work(ctx: RunContext[int]) -> str:
        await go.wait()
        for number in range(5):
            await ctx.send_chunk(number)
        return "done"

    received = []
    async with work.stream() as stream:
        while len(received) < 5:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:

                    @nursery.start_soon
                    async def receive():
                        received.append(await anext(stream))

                    await trio.testing.wait_all_tasks_blocked()
                    go.set()
                    scope.cancel()
        assert await stream.output() == "done"
    assert received == list(range(5))


@pytest.mark.parametrize("buffer", [0, 1, 16])
def test_whatever_is_cancelled_when_no_chunk_is_lost_or_doubled(buffer):
    """C12, C1: at every step of the scheduler, in several orders: all arrives once, nothing is left."""

    async def scenario(trial):
        ai = Genkit()

        @ai.flow(chunk_buffer=buffer)
        async def work(ctx: RunContext[int]) -> str:
            for number in range(4):
                await ctx.send_chunk(number)
                await trio.lowlevel.checkpoint()
            return "done"

        received = []
        async with work.stream() as stream:
            with trial.cancelled_by("cancel"):
                async for chunk in stream:
                    received.append(chunk)
            async for chunk in stream:
                received.append(chunk)
            assert await stream.output() == "done"
        assert received == [0, 1, 2, 3]

    explore(scenario, seeds=range(2))


async def test_receiving_is_a_cancel_point_for_each_chunk(count):
    """C14: also when chunks are there."""
    async with count.stream(5) as stream:
        await trio.testing.wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            await anext(stream)
            scope.cancel()
            await anext(stream)
        assert scope.cancelled_caught
        assert await anext(stream) == 1


async def test_receiving_is_a_schedule_point_only_when_nothing_is_there(count, passes):
    """C14: a burst is received in one step."""
    async with count.stream(5) as stream:
        await trio.testing.wait_all_tasks_blocked()
        before = passes.steps
        assert [await anext(stream) for _ in range(5)] == [0, 1, 2, 3, 4]
        assert passes.steps == before


async def test_a_run_that_times_out_tells_its_consumer(ai, autojump_clock):
    """C8, C12: the deadline of the run itself is an end like any other."""

    @ai.flow(timeout=3)
    async def slow(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.sleep(10)

    async with slow.stream() as stream:
        assert await anext(stream) == 1
        with pytest.raises(DeadlineExceeded):
            await anext(stream)


async def test_a_consumer_in_a_shield_learns_that_its_run_was_cancelled_around_it(ai):
    """C12: exactly one end, also where the consumer's own cancellation is hidden from it."""

    @ai.flow
    async def work() -> None:
        await trio.sleep_forever()

    with trio.CancelScope() as scope:
        async with work.stream() as stream:
            await trio.testing.wait_all_tasks_blocked()
            with trio.CancelScope(shield=True):
                scope.cancel()
                for receive in (stream.output, stream.__anext__):
                    with pytest.raises(PublicError, match="was cancelled with the block") as caught:
                        await receive()
    assert caught.value.status is Status.CANCELLED


async def test_an_output_that_waits_is_not_confused_by_another_receiver(ai):
    """C11: a wake-up whose chunk somebody else has taken is not the end."""
    gates = [trio.Event(), trio.Event()]

    @ai.flow(chunk_buffer=0)
    async def work(ctx: RunContext[int]) -> str:
        await gates[0].wait()
        await ctx.send_chunk(1)
        await gates[1].wait()
        return "done"

    outputs = []
    async with work.stream() as stream, trio.open_nursery() as nursery:

        @nursery.start_soon
        async def wait():
            outputs.append(await stream.output())

        await trio.testing.wait_all_tasks_blocked()
        channel = stream._channel
        assert channel.put_nowait(0)
        assert channel.take_nowait() == 0
        await trio.testing.wait_all_tasks_blocked()
        assert outputs == []
        gates[0].set()
        gates[1].set()
    assert outputs == ["done"]


async def test_what_is_sent_after_the_run_has_ended_never_arrives(ai):
    """C12: after the one end, nothing."""
    contexts = []

    @ai.flow(chunk_buffer=2)
    async def work(ctx: RunContext[int]) -> str:
        contexts.append(ctx)
        await ctx.send_chunk(0)
        return "done"

    async with work.stream() as stream:
        await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(1):
            for number in range(1, 9):
                await contexts[0].send_chunk(number)
        assert [chunk async for chunk in stream] == [0]
        await contexts[0].send_chunk(9)
        assert [chunk async for chunk in stream] == []


async def test_an_input_that_is_refused_reaches_the_consumer(count):
    with pytest.raises(TypeError, match="needs an input"):
        async with count.stream() as stream:
            await stream.output()


async def test_streams_of_one_action_are_independent(count):
    async def consume(size):
        async with count.stream(size) as stream:
            assert [chunk async for chunk in stream] == list(range(size))

    async with trio.open_nursery() as nursery:
        for size in (0, 1, 17, 50):
            nursery.start_soon(partial(consume, size))
