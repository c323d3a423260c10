"""A library that blocks: its own worker thread, and a way to notice that nobody waits any more."""

import time
from typing import Never

import trio

from genkit_trio import Genkit, RunContext

ai = Genkit()


@ai.flow
def read_slowly(pages: int, ctx: RunContext[str]) -> int:
    for page in range(pages):
        time.sleep(0.01)  # a driver, a parser, a socket of its own
        ctx.send_chunk_sync(f"page {page}")
    return pages


@ai.flow
def search(haystack: int, ctx: RunContext[Never]) -> int:
    for _ in range(haystack):
        ctx.check_cancelled()
        time.sleep(0.001)
    return haystack


async def main() -> None:
    async with read_slowly.stream(2) as stream:
        async for page in stream:
            print(page)

    with trio.move_on_after(0.05) as scope:
        await search(1_000_000)
    print("stopped early:", scope.cancelled_caught)


trio.run(main)
