"""Chunks on their way from a run to another thread."""

import os

import pytest
import trio

from genkit_trio import Genkit, RunContext
from tests.hosts.noted import flow


@pytest.mark.parametrize("buffer", [0, 1, 2, 3, 16, 1000])
def test_chunks_arrive_in_order_and_then_the_output(portal, buffer):
    """C12: each exactly once."""
    ai = Genkit()

    @ai.flow(chunk_buffer=buffer)
    async def count(number: int, ctx: RunContext[int]) -> str:
        for each in range(number):
            await ctx.send_chunk(each)
            if each % 7 == 0:
                await trio.lowlevel.checkpoint()
        return "counted"

    for number in (0, 1, 50):
        with portal.stream(count, number) as stream:
            assert list(stream) == list(range(number))
            assert list(stream) == []
            assert stream.output() == stream.output() == "counted"
        assert stream.output() == "counted"


@pytest.mark.parametrize("buffer", [0, 1, 4])
def test_the_run_waits_for_a_slow_reader(portal, noted, buffer):
    """C14: at most chunk_buffer + 1 chunks are under way."""
    ai = Genkit()

    @ai.flow(chunk_buffer=buffer)
    async def count(ctx: RunContext[int]) -> None:
        for each in range(50):
            await ctx.send_chunk(each)
            noted.sent = each + 1

    with portal.stream(count) as stream:
        for taken in range(1, 51):
            assert next(stream) == taken - 1
            portal.run(trio.testing.wait_all_tasks_blocked)
            assert noted.sent <= taken + buffer
        # It has not been waiting for the last of them, either.
        assert noted.sent == 50


def test_a_waiting_sender_goes_on_before_the_buffer_is_empty(ai, portal, noted):
    """C14: else the reader would wait for the next chunk with each buffer that it has emptied."""
    with portal.stream(flow(ai, "count"), 50) as stream:
        portal.run(trio.testing.wait_all_tasks_blocked)
        assert noted.sent == 16
        for _ in range(10):
            next(stream)
        portal.run(trio.testing.wait_all_tasks_blocked)
        assert noted.sent > 20


def test_the_cleanup_of_a_left_run_may_send_for_nobody(portal):
    """C15: inside the user's shield it discards."""
    ai = Genkit()
    sent = []

    @ai.flow(chunk_buffer=0)
    async def tidy(ctx: RunContext[int]) -> None:
        try:
            await ctx.send_chunk(1)
            await ctx.send_chunk(2)
        finally:
            with trio.CancelScope(shield=True):
                await ctx.send_chunk(3)
                sent.append(3)

    with portal.stream(tidy) as stream:
        next(stream)
    assert sent == [3]


def test_an_interrupt_that_is_handled_loses_no_chunk(portal):
    """C12: what was handed over is not lost by an interrupted wait."""
    ai = Genkit()
    asked, go_on = trio.Event(), trio.Event()

    @ai.flow
    async def interrupt(ctx: RunContext[int]) -> str:
        await ctx.send_chunk(1)
        await asked.wait()
        os.kill(os.getpid(), 2)
        await go_on.wait()
        await ctx.send_chunk(2)
        return "end"

    async def tell(event: trio.Event) -> None:
        event.set()

    with portal.stream(interrupt) as stream:
        assert next(stream) == 1
        with pytest.raises(KeyboardInterrupt):
            portal.run(tell, asked)
            next(stream)
        portal.run(tell, go_on)
        assert [*stream, stream.output()] == [2, "end"]
