"""The flows of ``serve`` in genkit_trio: ``python -m benchmarks.serve_app SERVER FILES PORT NOTES``.

SERVER is ``fast``, ours with its own HTTP/1.1, ``ours``, ours with Hypercorn's, ``hypercorn`` as it is, or ``guest``,
where trio is a guest of uvicorn. FILES is a folder with ``chain.pem`` and ``key.pem``, or ``-`` without TLS. NOTES is
the descriptor that cancelled runs write the time to. The same flows are in `benchmarks.peers.genkit_servers` and in
``peers/express_server.cjs``.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false

import os
import sys
from functools import partial
from pathlib import Path
from time import monotonic_ns
from typing import Any, Final, cast

import attrs
import hypercorn.trio
import trio
from hypercorn.config import Config

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app, serve
from genkit_trio.hosts import asyncio_app

ai: Final = Genkit()


@attrs.frozen
class Order:
    """An input and output of four fields."""

    id: int
    customer: str
    tags: list[str]
    total: float


@attrs.frozen
class Pace:
    """How many chunks to send, and the seconds between them."""

    count: int
    pause: float


@ai.flow
async def book(order: Order) -> Order:
    """Give back *order*."""
    return order


@ai.flow
async def burst(count: int, ctx: RunContext[int]) -> str:
    """Send chunks as fast as they are taken."""
    for number in range(count):
        await ctx.send_chunk(number)
    return "end"


@ai.flow
async def yielding(count: int, ctx: RunContext[int]) -> str:
    """Send chunks that come one per scheduler pass."""
    for number in range(count):
        await ctx.send_chunk(number)
        await trio.lowlevel.checkpoint()
    return "end"


@ai.flow
async def paced(pace: Pace, ctx: RunContext[int]) -> str:
    """Send a chunk now and then."""
    for number in range(pace.count):
        await ctx.send_chunk(number)
        await trio.sleep(pace.pause)
    return "end"


@ai.flow
async def idle(number: int, ctx: RunContext[int]) -> None:
    """Send a chunk, and wait until cancelled."""
    await ctx.send_chunk(number)
    await trio.sleep_forever()


@ai.flow
async def hold(number: int, ctx: RunContext[int]) -> None:
    """Do what `idle` does, and note when it was cancelled."""
    try:
        await ctx.send_chunk(number)
        await trio.sleep_forever()
    finally:
        os.write(int(sys.argv[4]), b"%d\n" % monotonic_ns())


async def main(server: str, files: str, port: int) -> None:
    """Serve the flows until terminated."""
    config = Config()
    if files != "-":
        config.certfile, config.keyfile = str(Path(files) / "chain.pem"), str(Path(files) / "key.pem")
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 0.5
    config.errorlog = None
    app = flow_app(ai)
    if server != "hypercorn":
        await serve(app, config, h1="fast" if server == "fast" else "hypercorn")
    else:
        await hypercorn.trio.serve(cast("Any", app), config)  # Any: Hypercorn spells out every message as a class


def serve_as_guest(port: int) -> None:
    """Serve the flows under uvicorn until terminated."""
    import uvicorn

    app = asyncio_app(flow_app(ai))
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False)


if __name__ == "__main__":
    if sys.argv[1] == "guest":
        serve_as_guest(int(sys.argv[3]))
    else:
        trio.run(partial(main, sys.argv[1], sys.argv[2], int(sys.argv[3])))
