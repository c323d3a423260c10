"""Running a model in this task, with its chunks given to a function."""

from collections.abc import AsyncIterator

import pytest
import trio

from genkit_trio import Cause, DeadlineExceeded, Genkit, GenkitError, PublicError, Retry, RunContext
from genkit_trio._ai import run_relayed
from genkit_trio._core import RunScope, current_run

ai = Genkit()


@ai.flow
async def count(limit: int, ctx: RunContext[int]) -> str:
    for number in range(limit):
        await ctx.send_chunk(number)
    return "done"


async def test_each_chunk_goes_through_the_function_and_the_output_is_returned():
    chunks = []

    async def send_chunk(chunk):
        chunks.append(chunk)

    assert await run_relayed(count, 3, send_chunk) == "done"
    assert chunks == [0, 1, 2]


async def test_the_action_waits_while_its_chunk_is_handed_on():
    """No buffer comes between them."""
    log = []

    @Genkit().flow
    async def talk(ctx: RunContext[str]) -> None:
        for word in ("a", "b"):
            await ctx.send_chunk(word)
            log.append(f"sent {word}")

    async def send_chunk(chunk):
        await trio.lowlevel.checkpoint()
        log.append(f"got {chunk}")

    await run_relayed(talk, None, send_chunk)
    assert log == ["got a", "sent a", "got b", "sent b"]


async def test_the_action_runs_in_the_callers_task_as_a_child_of_the_callers_run():
    task = trio.lowlevel.current_task()
    seen = []

    @Genkit().flow
    async def child(ctx: RunContext[int]) -> None:
        seen.append((trio.lowlevel.current_task() is task, ctx.is_streaming, current_run().parent_run))

    async def ignore(chunk):
        raise AssertionError("nothing was sent")

    @Genkit().flow
    async def parent() -> None:
        seen.append(current_run())
        await run_relayed(child, None, ignore)

    await parent()
    assert seen[1] == (True, True, seen[0])


async def test_a_generator_and_a_sync_function_stream_too():
    chunks = []

    async def send_chunk(chunk):
        chunks.append(chunk)

    @Genkit().flow
    async def generate(limit: int) -> AsyncIterator[int]:
        for number in range(limit):
            yield number

    @Genkit().flow
    def threaded(limit: int, ctx: RunContext[int]) -> None:
        for number in range(limit):
            ctx.send_chunk_sync(number)

    await run_relayed(generate, 2, send_chunk)
    await run_relayed(threaded, 2, send_chunk)
    assert chunks == [0, 1, 0, 1]


async def test_what_the_function_raises_is_raised_where_the_action_sends():
    async def refuse(chunk):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await run_relayed(count, 3, refuse)


async def test_a_scope_cancels_the_run_alone_and_says_why():
    scope = RunScope()

    async def stop(chunk):
        scope.cancel(Cause.LOST_RACE)

    with pytest.raises(PublicError, match="cancelled"):
        await run_relayed(count, 10, stop, scope)
    assert scope.cause is Cause.LOST_RACE


async def test_the_declared_timeout_holds(autojump_clock):
    @Genkit().flow(timeout=2)
    async def slow(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.sleep(10)

    chunks = []

    async def send_chunk(chunk):
        chunks.append(chunk)

    with pytest.raises(DeadlineExceeded):
        await run_relayed(slow, None, send_chunk)
    assert chunks == [1]
    assert trio.current_time() == pytest.approx(2)


async def test_other_tasks_get_their_turn_while_chunks_are_handed_on():
    """C14: a schedule point at least once per chunk_buffer chunks, also where the function never waits."""
    turns = 0

    async def take_turns(task_status):  # noqa: ASYNC114  # started by this test alone
        nonlocal turns
        task_status.started()
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async def ignore(chunk):
        pass

    async with trio.open_nursery() as nursery:
        await nursery.start(take_turns)
        before = turns
        await run_relayed(count, 160, ignore)
        assert turns - before >= 160 // 16 - 1
        nursery.cancel_scope.cancel()


async def test_a_failed_run_is_not_repeated_once_a_chunk_was_handed_on(autojump_clock):
    """C20: never after the first chunk was accepted."""
    attempts = []

    @Genkit().flow(retry=Retry(attempts=5))
    async def flaky(ctx: RunContext[int]) -> str:
        attempts.append(1)
        if len(attempts) > 1:
            await ctx.send_chunk(1)
        raise GenkitError("UNAVAILABLE", "busy")

    async def ignore(chunk):
        pass

    with pytest.raises(GenkitError):
        await run_relayed(flaky, None, ignore)
    assert len(attempts) == 2


async def test_cancelling_the_caller_cancels_the_run(autojump_clock):
    ended = []

    async def wait(chunk):
        try:
            await trio.sleep_forever()
        finally:
            ended.append(chunk)

    with trio.move_on_after(1):
        await run_relayed(count, 3, wait)
    assert ended == [0]
