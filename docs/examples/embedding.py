"""A server among the other services of a trio program."""

from functools import partial

import httpx2
import trio
from hypercorn.config import Config

from genkit_trio import Genkit, open_runtime
from genkit_trio.asgi import flow_app, serve

ai = Genkit()


@ai.flow
async def double(number: int) -> int:
    return number * 2


async def my_own_service(url: str, stop: trio.Event) -> None:
    async with httpx2.AsyncClient() as client:
        answer = await client.post(f"{url}/double", json={"data": 21})
    print(answer.text)
    stop.set()


async def main() -> None:
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None
    config.graceful_timeout = 25
    stop = trio.Event()
    async with open_runtime(ai), trio.open_nursery() as nursery:
        [url] = await nursery.start(partial(serve, flow_app(ai), config, shutdown_trigger=stop.wait))
        nursery.start_soon(my_own_service, url, stop)
    print("everything has ended")


trio.run(main)
