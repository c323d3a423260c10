"""The same flows over HTTP, in a program that also is the client."""

from functools import partial

import httpx2
import trio
from hypercorn.config import Config

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio.asgi import flow_app, serve

ai = Genkit()


@ai.flow(timeout=30)
async def countdown(start: int, ctx: RunContext[int]) -> str:
    """Count down to nothing."""
    for second in range(start, 0, -1):
        await ctx.send_chunk(second)
    return "liftoff"


async def talk_to(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url) as client:
        unary = await client.post("/countdown", json={"data": 2})
        print(unary.status_code, unary.text)
        streaming = await client.post("/countdown", json={"data": 2}, headers={"accept": "text/event-stream"})
        print(streaming.text.rstrip())
        wrong = await client.post("/countdown", json={"data": "two"})
        print(wrong.status_code, wrong.text)


async def main() -> None:
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None
    stop = trio.Event()
    async with open_runtime(ai), trio.open_nursery() as nursery:
        server = partial(serve, flow_app(ai), config, shutdown_trigger=stop.wait)
        [url] = await nursery.start(server)
        await talk_to(url)
        stop.set()


trio.run(main)
