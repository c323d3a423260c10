"""Flows that note how they end, for the tests of exchanges."""

import pytest
import trio

from genkit_trio import Genkit, RunContext
from tests.asgi.seen import Seen


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def ai(seen) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def forever(ctx: RunContext[int]) -> None:
        seen.note()
        await ctx.send_chunk(1)
        await trio.sleep_forever()

    @ai.flow
    async def silent() -> None:
        seen.note()
        await trio.sleep_forever()

    @ai.flow
    async def nested() -> None:
        seen.note()
        await silent()

    @ai.flow
    async def tidy() -> None:
        seen.note()
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)

    @ai.flow
    async def quick(ctx: RunContext[int]) -> str:
        await ctx.send_chunk(1)
        await ctx.send_chunk(2)
        return "done"

    @ai.flow
    async def burst(ctx: RunContext[int]) -> None:
        seen.note()
        for number in range(10_000):
            await ctx.send_chunk(number)

    return ai
