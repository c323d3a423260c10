"""An application whose flows stream until they are stopped."""

import os

import trio

from genkit_trio import Genkit, RunContext

ai = Genkit()


@ai.flow
async def count(ctx: RunContext[int]) -> None:
    """Send a number now and then, for ever."""
    number = 0
    while True:
        await ctx.send_chunk(number)
        number += 1
        await trio.sleep(0.2)


@ai.flow
async def finish(seconds: float, ctx: RunContext[str]) -> str:
    """Send a chunk, and end after a while."""
    await ctx.send_chunk("begun")
    await trio.sleep(seconds)
    return "finished"


@ai.flow
async def pid() -> int:
    """Say which process answers."""
    return os.getpid()


@ai.flow
async def die() -> None:
    """End the process, as a fault in a library would."""
    os._exit(7)
