"""An application whose workers are killed; the environment says where its queue is."""

import os

import trio

from genkit_trio import Genkit, RunContext, current_attempt
from genkit_trio.plugins.redis import RedisWorkQueue

ai = Genkit()
queue = RedisWorkQueue(os.environ["QUEUE_URL"], lease=1.0) if "QUEUE_URL" in os.environ else None


@ai.flow
async def job(number: int, ctx: RunContext[int]) -> int:
    """Say which attempt it is, and take up to 100 ms."""
    await ctx.send_chunk(current_attempt().number)
    await trio.sleep(number % 100 / 1000)
    return number


@ai.flow
async def linger(ctx: RunContext[int]) -> str:
    """Be done at the second attempt."""
    attempt = current_attempt().number
    await ctx.send_chunk(attempt)
    if attempt == 1:
        await trio.sleep_forever()
    return "done"
