"""Flows that call another process: the other one is in memory, beside the first."""

from contextlib import asynccontextmanager
from contextvars import ContextVar

import httpx2
import trio

from genkit_trio import RemoteAction, RemoteOptions, RunContext
from genkit_trio.asgi import flow_app
from tests.faults.scenes import TRIAL
from tests.faults.transport import AppTransport
from tests.faults.works import ai

APP = flow_app(ai)
TRANSPORT = ContextVar("transport")
"""What leads to the other server."""


@asynccontextmanager
async def other_server():
    """Have a server in memory beside the caller."""
    async with trio.open_nursery() as nursery:
        transport = AppTransport(APP, nursery)
        TRANSPORT.set(transport)
        trial = TRIAL.get()
        trial.on("connection is lost", transport.lose)
        trial.on("other server is cancelled", transport.stop)
        yield


@ai.flow
async def call_other(count: int) -> str:
    """Ask the other server for the whole."""
    async with _client() as client:
        return await _other(client)(count)


@ai.flow
async def follow_other(count: int, ctx: RunContext[int]) -> str:
    """Pass on what the other server sends."""
    async with _client() as client, _other(client).stream(count) as chunks:
        async for chunk in chunks:
            await ctx.send_chunk(chunk)
        return await chunks.output()


def _client():
    return httpx2.AsyncClient(transport=TRANSPORT.get())


def _other(client):
    options = RemoteOptions(client=client)
    return RemoteAction("http://there/stream", input=int, output=str, chunk=int, remote=options)
