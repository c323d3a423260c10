"""Flows mounted in FastAPI under uvicorn, behind a middleware: ``python -m tests.compat.guest_mounted``.

It prints its URL, and a line when the flow ``wait`` has been cancelled.
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI
from starlette.middleware.base import BaseHTTPMiddleware

from genkit_trio.hosts import asyncio_app
from tests.compat.mounted import asgi

flows = asyncio_app(asgi)
app = FastAPI(lifespan=flows.lifespan)
app.mount("/flows", flows)


@app.middleware("http")
async def mark(request, call_next):
    """Put a header on every answer; what comes between has a task group of its own around each request."""
    response = await call_next(request)
    response.headers["x-marked"] = "yes"
    return response


if __name__ == "__main__":
    assert BaseHTTPMiddleware in [middleware.cls for middleware in app.user_middleware]
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/flows\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)).run(sockets=[listener])
