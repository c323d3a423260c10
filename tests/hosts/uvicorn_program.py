"""The flows of `tests.e2e.flows` under uvicorn: ``python -m tests.hosts.uvicorn_program LOOP HTTP``."""

import socket
import sys

import uvicorn

from genkit_trio.hosts import asyncio_app
from tests.e2e.flows import ai, asgi, say


@ai.flow
async def leave() -> None:
    """End the program."""
    raise SystemExit(3)


def main(loop: str, http: str) -> None:
    """Serve, and say where."""
    listener = socket.create_server(("127.0.0.1", 0))
    say("serving", url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        asyncio_app(asgi),
        loop=loop,
        http=http,
        lifespan="on",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
