"""What only shows when a safeguard of the core is missing."""

import gc
import weakref
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, Retry, RunContext, Status, run_all

BUSY = GenkitError(Status.UNAVAILABLE, "busy")


async def test_a_run_that_is_tried_again_keeps_its_place_in_between(autojump_clock):
    """C18, C20: the place belongs to the run, so nobody else begins while it waits for its next attempt."""
    ai = Genkit()
    begun = []

    @ai.flow(max_concurrency=1, retry=Retry(attempts=2, backoff=1, jitter=False))
    async def work(name: str) -> str:
        begun.append(name)
        if begun == ["first"]:
            raise BUSY
        return name

    assert await run_all(partial(work, "first"), partial(_later, work, "second")) == ("first", "second")
    assert begun == ["first", "first", "second"]


async def _later(work, name):
    await trio.sleep(0.5)
    return await work(name)


async def test_what_is_not_an_exception_is_not_tried_again():
    """C20: whatever the statuses are that are tried again."""
    ai = Genkit()
    attempts = []

    @ai.flow(retry=Retry(on=(Status.INTERNAL, Status.CANCELLED), backoff=0))
    async def work() -> None:
        attempts.append(1)
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await work()
    assert attempts == [1]


async def test_an_abandoned_thread_learns_of_it_at_its_next_send():
    """C19: nobody receives what it sends, and it is told so as every other sender is."""
    ai = Genkit()
    token = trio.lowlevel.current_trio_token()
    begun, left, ended = trio.Event(), trio.Event(), trio.Event()
    told = []

    @ai.flow(abandon_on_cancel=True)
    def stubborn(ctx: RunContext[int]) -> None:
        trio.from_thread.run_sync(begun.set, trio_token=token)
        trio.from_thread.run(left.wait, trio_token=token)
        try:
            ctx.send_chunk_sync(1)
        except trio.Cancelled:
            told.append("cancelled")
            raise
        finally:
            trio.from_thread.run_sync(ended.set, trio_token=token)

    with trio.fail_after(5):
        async with stubborn.stream():
            await begun.wait()
        left.set()
        await ended.wait()
    assert told == ["cancelled"]


async def test_what_is_sent_after_the_end_never_arrives_where_there_is_room():
    """C12: after the one end, nothing, however much room there was for chunks."""
    ai = Genkit()
    contexts = []

    @ai.flow(chunk_buffer=16)
    async def work(ctx: RunContext[int]) -> str:
        contexts.append(ctx)
        await ctx.send_chunk(0)
        return "done"

    async with work.stream() as stream:
        await trio.testing.wait_all_tasks_blocked()
        await contexts[0].send_chunk(1)
        assert [chunk async for chunk in stream] == [0]


class Chunk:
    """Something that can be seen to be gone."""


async def test_what_is_sent_in_a_shield_to_nobody_is_kept_by_nobody():
    """C15: inside the user's shield it discards, also where there was room for more."""
    ai = Genkit()
    kept = []
    leaving = trio.Event()

    @ai.flow(chunk_buffer=16)
    async def work(ctx: RunContext[Chunk]) -> None:
        with trio.CancelScope(shield=True):
            await ctx.send_chunk(Chunk())
            await leaving.wait()
            await trio.testing.wait_all_tasks_blocked()
            chunk = Chunk()
            kept.append(weakref.ref(chunk))
            await ctx.send_chunk(chunk)
            del chunk
            gc.collect()
            assert kept[0]() is None

    async with work.stream():
        await trio.testing.wait_all_tasks_blocked()
        leaving.set()
    assert kept


async def test_a_place_that_comes_with_the_end_of_everything_starts_nothing():
    """C4: one branch gives its place back, and in the same moment another fails."""
    for _ in range(30):  # trio chooses which of the two comes first
        go, started = trio.Event(), []
        thunks = [partial(_end_at, go, None), partial(_end_at, go, BUSY), partial(_note, started)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_set_when_blocked, go)
            with pytest.raises(GenkitError, match="busy"):
                await run_all(*thunks, limit=2)
        assert started == []


async def _set_when_blocked(moment):
    await trio.testing.wait_all_tasks_blocked()
    moment.set()


async def _end_at(moment, error):
    await moment.wait()
    if error is not None:
        raise error


async def _note(started):  # noqa: ASYNC124  # run_all awaits it
    started.append(1)
