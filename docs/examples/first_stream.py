"""A stream: chunks while the run works, then its output."""

import trio

from genkit_trio import Genkit, RunContext

ai = Genkit()


@ai.flow
async def cross(metres: int, ctx: RunContext[int]) -> str:
    """Cross the river, telling how far the boat has come."""
    try:
        for done in range(0, metres, 200):
            await ctx.send_chunk(done)
            await trio.sleep(0.01)
        return "landed"
    finally:
        print("ramp raised")


async def main() -> None:
    async with cross.stream(800) as stream:
        async for metres in stream:
            print(metres)
        print(await stream.output())

    async with cross.stream(1_000_000) as stream:
        async for metres in stream:
            print("seen enough at", metres)
            break
    print("the run has ended")


trio.run(main)
