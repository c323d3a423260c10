"""Functions that yield their chunks."""

from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from genkit_trio import Cause, DeadlineExceeded, Retry, RunContext, State, Status
from genkit_trio._core import current_run


async def test_what_is_yielded_is_sent_and_the_output_is_none(ai):
    """C17: an async generator is accepted; its output is None."""

    @ai.flow
    async def count(until: int) -> AsyncIterator[int]:
        for number in range(until):
            yield number

    async with count.stream(40) as stream:
        assert [chunk async for chunk in stream] == list(range(40))
        assert await stream.output() is None
    assert await count(3) is None


async def test_a_generator_may_have_the_context_and_send_by_it(ai):
    @ai.flow
    async def count(until: int, ctx: RunContext[int]) -> AsyncIterator[int]:
        yield until
        await ctx.send_chunk(until + 1)
        yield until + 2

    async with count.stream(1) as stream:
        assert [chunk async for chunk in stream] == [1, 2, 3]


async def test_an_error_of_the_generator_comes_after_its_chunks(ai):
    """C12: as from any function."""
    error, seen = ValueError("broken"), []

    @ai.flow
    async def work() -> AsyncIterator[int]:
        yield 1
        raise error

    with pytest.raises(ValueError, match="broken") as caught:
        async with work.stream() as stream:
            async for chunk in stream:
                seen.append(chunk)
    assert seen == [1]
    assert caught.value is error


@pytest.mark.parametrize("buffer", [0, 1, 16])
async def test_a_generator_is_bounded_as_any_producer(ai, buffer):
    """C14, C17: it is pumped into the stream's buffer, so it has a buffer of its own and no more."""
    yielded = 0

    @ai.flow(chunk_buffer=buffer)
    async def work() -> AsyncIterator[int]:
        nonlocal yielded
        while True:
            yielded += 1
            yield yielded

    async with work.stream() as stream:
        assert await anext(stream) == 1
        await trio.testing.wait_all_tasks_blocked()
        # The last one stands at its yield.
        assert yielded <= 1 + buffer + 1 + 1


async def test_move_on_after_around_a_yield_bounds_the_consumers_pace(ai, autojump_clock):
    """C17: scopes nest as they are written, and the generator goes on after its own scope has expired."""

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[str]:
        yield "first"
        with trio.move_on_after(2) as scope:
            yield "too late"  # noqa: ASYNC101, ASYNC119  # the case
        assert scope.cancelled_caught
        yield "last"

    seen = []
    async with work.stream() as stream:
        seen.append(await anext(stream))
        await trio.sleep(5)
        seen.extend([chunk async for chunk in stream])
    assert seen == ["first", "last"]


async def test_fail_after_around_a_yield_raises_in_the_generator(ai, autojump_clock):
    """C17: what interrupts the send is thrown at the yield."""

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[str]:
        try:
            with trio.fail_after(2):
                yield "too late"  # noqa: ASYNC101, ASYNC119  # the case
        except trio.TooSlowError:
            yield "slow"

    async with work.stream() as stream:
        await trio.sleep(5)
        assert [chunk async for chunk in stream] == ["slow"]


async def test_a_nursery_around_a_yield_is_harmless(ai, autojump_clock):
    """C17, C1: it lives in the task of the run, so leaving early cancels its tasks and waits for them."""
    ended = []

    @ai.flow
    async def work() -> AsyncIterator[int]:
        async def background() -> None:
            try:
                await trio.sleep_forever()
            finally:
                ended.append("task")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(background)
            try:
                while True:
                    yield 1  # noqa: ASYNC101, ASYNC119  # the case
                    await trio.sleep(1)
            finally:
                nursery.cancel_scope.cancel()
                ended.append("generator")

    async with work.stream() as stream:
        assert await anext(stream) == 1
        assert await anext(stream) == 1
    assert sorted(ended) == ["generator", "task"]


async def test_a_task_of_a_nursery_around_a_yield_that_fails_fails_the_run(ai):
    """C17, C12: the failure of a task beside the yield ends the generator where it stands."""

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[int]:
        async def background() -> None:
            raise ValueError("beside")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(background)
            yield 1  # noqa: ASYNC101, ASYNC119  # the case

    with pytest.raises(ExceptionGroup) as caught:
        async with work.stream() as stream:
            await trio.testing.wait_all_tasks_blocked()
            await stream.output()
    assert caught.group_contains(ValueError, match="beside")


async def test_leaving_early_raises_generator_exit_at_the_yield(ai):
    """C15, C17: the yield sees GeneratorExit, and its finally is awaited."""
    seen = []

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
            seen.append("went on")
        except BaseException as exc:
            seen.append(type(exc))
            raise
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()
            seen.append("finally")

    async with work.stream() as stream:
        assert await anext(stream) == 1
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [GeneratorExit, "finally"]


async def test_leaving_early_raises_cancelled_where_the_generator_waits(ai):
    """C13: it is not at a yield, so it is cancelled as anything else."""
    seen, runs = [], []

    @ai.flow
    async def work() -> AsyncIterator[int]:
        runs.append(current_run())
        yield 1
        try:
            await trio.sleep_forever()
        except BaseException as exc:
            seen.append(type(exc))
            raise

    async with work.stream() as stream:
        assert await anext(stream) == 1
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [trio.Cancelled]
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.CONSUMER_STOPPED)


async def test_an_error_in_the_finally_of_a_generator_that_was_left_is_raised(ai):
    """C13: an exception other than Cancelled with which the producer ends."""

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise KeyError("cleanup")

    with pytest.raises(KeyError, match="cleanup"):
        async with work.stream():
            await trio.testing.wait_all_tasks_blocked()


async def test_a_deadline_around_the_run_is_thrown_at_the_yield(ai, autojump_clock):
    """C8, C17: cancellation from outside is Cancelled at the yield, as if the generator itself had waited there."""
    seen = []

    @ai.flow(chunk_buffer=0, timeout=3)
    async def work() -> AsyncIterator[int]:
        try:
            yield 1
        except BaseException as exc:
            seen.append(type(exc))
            raise

    with pytest.raises(DeadlineExceeded):
        async with work.stream():
            await trio.sleep(5)
    assert seen == [trio.Cancelled]


async def test_a_generator_without_a_consumer_honours_cancellation(ai):
    """C16, C17: its chunks are discarded."""
    yielded = 0

    @ai.flow
    async def work() -> AsyncIterator[int]:
        nonlocal yielded
        while True:
            yielded += 1
            if yielded == 50:
                scope.cancel()
            yield 1

    with trio.CancelScope() as scope:
        await work()
    assert scope.cancelled_caught
    assert yielded == 50


async def test_a_shield_around_a_yield_discards_once_the_consumer_has_left(ai):
    """C15: inside the user's shield it discards, so the shielded part is done to its end."""
    seen = []

    @ai.flow(chunk_buffer=0)
    async def work() -> AsyncIterator[int]:
        with trio.CancelScope(shield=True):
            yield 1  # noqa: ASYNC101, ASYNC119  # the case
            seen.append("shielded")
            yield 2  # noqa: ASYNC101, ASYNC119  # the case
            seen.append("to its end")
        yield 3
        seen.append("too far")

    async with work.stream():
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["shielded", "to its end"]


async def test_a_generator_is_tried_again_until_its_first_chunk(ai, autojump_clock):
    """C20: every attempt is a generator of its own; after the first chunk there is none."""
    attempts = 0

    @ai.flow(retry=Retry(on=(Status.DEADLINE_EXCEEDED,)))
    async def work() -> AsyncIterator[int]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise TimeoutError
        yield attempts
        raise TimeoutError

    seen = []
    with pytest.raises(TimeoutError):
        async with work.stream() as stream:
            async for chunk in stream:
                seen.append(chunk)
    assert seen == [2]
    assert attempts == 2
