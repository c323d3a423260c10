"""Flows mounted in FastAPI under uvicorn: ``python -m tests.compat.guest_mounted plain``; ``marked`` has middleware.

It prints its URL, and a line when the flow ``wait`` has been cancelled.
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI

from genkit_trio.hosts import asyncio_app
from tests.compat.mounted import asgi

flows = asyncio_app(asgi)
app = FastAPI(lifespan=flows.lifespan)
app.mount("/flows", flows)


async def mark(request, call_next):
    """Put a header on every answer; Starlette does it from a task group of its own around each request."""
    response = await call_next(request)
    response.headers["x-marked"] = "yes"
    return response


if __name__ == "__main__":
    if sys.argv[1] == "marked":
        app.middleware("http")(mark)
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/flows\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)).run(sockets=[listener])
