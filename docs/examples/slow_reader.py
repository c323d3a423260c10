"""How far a producer gets ahead of a reader that has stopped reading."""

import trio

from genkit_trio import Genkit, RunContext

ai = Genkit()
sent = 0


@ai.flow(chunk_buffer=4)
async def produce(ctx: RunContext[bytes]) -> None:
    global sent
    for _ in range(100_000):
        await ctx.send_chunk(bytes(1000))
        sent += 1


async def main() -> None:
    async with produce.stream() as stream:
        received = 0
        async for _ in stream:
            received += 1
            if received == 10:
                await trio.sleep(0.05)
                print("ahead by at most 5:", sent - received <= 5)
                break


trio.run(main)
