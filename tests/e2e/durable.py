"""A server whose flows' streams are stored on Redis: one of several processes that serve the same application."""

import json
import os
import sys
import time

import trio
from hypercorn import Config

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app, serve
from genkit_trio.plugins.redis import RedisStreamStore

HEARTBEAT = 1.0

ai = Genkit()


def say(event: str, **values: object) -> None:
    """Tell the test what has happened."""
    print(json.dumps({"event": event, "at": time.monotonic(), **values}), flush=True)  # noqa: T201  # its purpose


@ai.flow
async def count(number: int, ctx: RunContext[int]) -> str:
    """Send so many numbers, a thousand in a second."""
    for each in range(number):
        await ctx.send_chunk(each)
        await trio.sleep(0.001)
    return "done"


@ai.flow
async def burst(number: int, ctx: RunContext[int]) -> str:
    """Send so many numbers as fast as they go."""
    for each in range(number):
        await ctx.send_chunk(each)
    return "done"


@ai.flow
async def forever(ctx: RunContext[int]) -> None:
    """Send a number, and say how it ends."""
    await ctx.send_chunk(os.getpid())
    try:
        await trio.sleep_forever()
    finally:
        say("stopped")


async def main(url: str) -> None:
    """Serve, and say where."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    async with trio.open_nursery() as nursery:
        app = flow_app(ai, stream_store=RedisStreamStore(url, heartbeat=HEARTBEAT))
        [url] = await nursery.start(_serve, app, config)
        say("serving", url=url)


async def _serve(  # noqa: ASYNC114, ASYNC128  # the server says when it has started
    app: object, config: Config, *, task_status: trio.TaskStatus[list[str]]
) -> None:
    await serve(app, config, task_status=task_status)


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
