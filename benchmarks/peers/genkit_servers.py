"""The flows of ``serve`` in genkit, on uvicorn; `benchmarks.serve_app` has the same ones in genkit_trio.

``python -m benchmarks.peers.genkit_servers SERVER PORT NOTES`` with SERVER one of ``reflection`` and ``fastapi``.
"""

import asyncio
import os
import sys
from time import monotonic_ns
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from genkit import ActionRunContext, Genkit
from genkit._core._reflection import create_reflection_asgi_app
from genkit_fastapi import serve_flow
from pydantic import BaseModel

ai: Final = Genkit()


class Order(BaseModel):
    """An input and output of four fields."""

    id: int
    customer: str
    tags: list[str]
    total: float


class Pace(BaseModel):
    """How many chunks to send, and the seconds between them."""

    count: int
    pause: float


@ai.flow()
async def book(order: Order) -> Order:
    """Give back *order*."""
    return order


@ai.flow()
async def burst(count: int, ctx: ActionRunContext) -> str:
    """Send chunks without ever yielding."""
    for number in range(count):
        ctx.send_chunk(number)
    return "end"


@ai.flow()
async def yielding(count: int, ctx: ActionRunContext) -> str:
    """Send chunks that come one per scheduler pass."""
    for number in range(count):
        ctx.send_chunk(number)
        await asyncio.sleep(0)
    return "end"


@ai.flow()
async def paced(pace: Pace, ctx: ActionRunContext) -> str:
    """Send a chunk now and then."""
    for number in range(pace.count):
        ctx.send_chunk(number)
        await asyncio.sleep(pace.pause)
    return "end"


@ai.flow()
async def idle(number: int, ctx: ActionRunContext) -> str:
    """Send a chunk, and wait until cancelled."""
    ctx.send_chunk(number)
    await asyncio.Event().wait()
    return "end"


@ai.flow()
async def hold(number: int, ctx: ActionRunContext) -> str:
    """Do what `idle` does, and note when it was cancelled."""
    try:
        ctx.send_chunk(number)
        await asyncio.Event().wait()
    finally:
        os.write(int(sys.argv[3]), b"%d\n" % monotonic_ns())
    return "end"


def app_of(server: str) -> Any:
    """Return the ASGI application of a peer."""
    if server == "reflection":
        return create_reflection_asgi_app(registry=ai.registry)
    app = FastAPI()
    for flow in (book, burst, yielding, paced, idle, hold):
        app.include_router(serve_flow(flow))
    return app


if __name__ == "__main__":
    uvicorn.run(
        app_of(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
