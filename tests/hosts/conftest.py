"""Flows that are called from threads, and a portal to them."""

import os
import signal
from collections.abc import Generator

import pytest
import trio

from genkit_trio import Genkit, RunContext
from genkit_trio.hosts import Portal, open_portal
from tests.hosts.noted import Noted


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def ai(noted) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def double(number: int) -> int:
        return number * 2

    @ai.flow
    async def forever(ctx: RunContext[int]) -> None:
        with noted.run():
            await ctx.send_chunk(1)
            await trio.sleep_forever()

    @ai.flow
    async def interrupt(ctx: RunContext[int]) -> None:
        with noted.run():
            await ctx.send_chunk(1)
            # The thread that waits for the run is the main one, where signals are handled.
            os.kill(os.getpid(), signal.SIGINT)
            await trio.sleep_forever()

    @ai.flow
    async def fail(message: str, ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        raise ValueError(message)

    @ai.flow
    async def count(number: int, ctx: RunContext[int]) -> str:
        for each in range(number):
            await ctx.send_chunk(each)
            noted.sent = each + 1
        return "counted"

    return ai


@pytest.fixture
def portal(ai) -> Generator[Portal, None, None]:
    with open_portal(ai, drain_timeout=0, cleanup_grace=5) as portal:
        yield portal
