"""Flows for a server that runs on asyncio: uvicorn --timeout-graceful-shutdown 25 under_uvicorn:app."""

from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
from genkit_trio.hosts import asyncio_app

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    return f"Hello, {name}!"


app = asyncio_app(flow_app(ai))
