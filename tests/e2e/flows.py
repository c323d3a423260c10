"""An application whose flows say on stdout what happens to them, and when."""

import json
import os
import sys
import time

import trio
from hypercorn.config import Config

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app, serve

ai = Genkit()
asgi = flow_app(ai)

CHUNK = "x" * 100_000


def say(event: str, **more: object) -> None:
    """Write one line; the clock is the same in every process of a machine."""
    print(json.dumps({"event": event, "at": time.monotonic(), **more}), flush=True)  # noqa: T201  # what it is for  # its purpose


class Told:
    """Says when a run begins and when it is cancelled."""

    def __enter__(self) -> None:
        say("started")

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        say("finished" if kind is None else "cancelled")


@ai.flow
async def echo(text: str) -> str:
    """Answer."""
    return text


@ai.flow
async def forever(ctx: RunContext[int]) -> None:
    """Send one chunk, and never end."""
    await ctx.send_chunk(1)
    with Told():
        await trio.sleep_forever()


@ai.flow
async def nested(ctx: RunContext[int]) -> None:
    """Await another that never ends."""
    await ctx.send_chunk(1)
    await forever()


@ai.flow
def poll(ctx: RunContext[int]) -> None:
    """Never end, in a thread."""
    ctx.send_chunk_sync(1)
    with Told():
        while True:
            ctx.check_cancelled()
            time.sleep(0.005)


@ai.flow(run_in="process")
def burn(path: str) -> None:
    """Never end, in a process; its id goes into a file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    while True:
        pass


@ai.flow
async def burning(path: str, ctx: RunContext[int]) -> None:
    """Await the one in a process."""
    await ctx.send_chunk(1)
    with Told():
        await burn(path)


@ai.flow
async def slow(seconds: float) -> str:
    """Take its time."""
    with Told():
        await trio.sleep(seconds)
    return "done"


@ai.flow
async def flood(count: int, ctx: RunContext[str]) -> None:
    """Send chunks of 100 kB."""
    for number in range(count):
        await ctx.send_chunk(CHUNK)
        if number == 0:
            say("flooding")


async def main() -> None:
    """Serve, and say where."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.graceful_timeout = 10
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(_serve, config)
        say("serving", url=url)


async def _serve(  # noqa: ASYNC114, ASYNC128  # the server says when it has started
    config: Config, *, task_status: trio.TaskStatus[list[str]]
) -> None:
    await serve(asgi, config, h1=sys.argv[1] if sys.argv[1:] else None, task_status=task_status)


if __name__ == "__main__":
    trio.run(main)
