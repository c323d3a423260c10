"""A script of blocking code that calls flows and takes their chunks."""

import trio

from genkit_trio import Genkit, RunContext
from genkit_trio.hosts import open_portal

ai = Genkit()


@ai.flow
async def double(number: int) -> int:
    return number * 2


@ai.flow
async def countdown(start: int, ctx: RunContext[int]) -> str:
    try:
        for second in range(start, 0, -1):
            await ctx.send_chunk(second)
            await trio.sleep(0.01)
    finally:
        print("the countdown has ended")
    return "liftoff"


with open_portal(ai) as portal:
    print(portal.call(double, 21))

    with portal.stream(countdown, 2) as stream:
        for second in stream:
            print(second)
        print(stream.output())

    with portal.stream(countdown, 1_000_000) as stream:
        print("the first of many:", next(stream))
