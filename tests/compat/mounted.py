"""The same flows, mounted in the frameworks that people have: ``python -m tests.compat.mounted litestar``.

It prints its URL, and a line when the flow ``wait`` has been cancelled.
"""

import sys

import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}!"


@ai.flow
async def wait(ctx: RunContext[str]) -> None:
    """Wait for ever, and say when it is over."""
    await ctx.send_chunk("waiting")
    try:
        await trio.sleep_forever()
    finally:
        sys.stdout.write("cancelled\n")
        sys.stdout.flush()


asgi = flow_app(ai)


def plain():
    """Give the application itself."""
    return asgi


def starlette():
    """Mount it in Starlette."""
    from starlette.applications import Starlette
    from starlette.routing import Mount

    return Starlette(routes=[Mount("/flows", app=asgi)])


def fastapi():
    """Mount it in FastAPI."""
    from fastapi import FastAPI

    app = FastAPI()
    app.mount("/flows", asgi)
    return app


def litestar():
    """Mount it in Litestar, which wants a function with its own types, and ends every path with a slash."""
    from litestar import Litestar
    from litestar.handlers import asgi as handler
    from litestar.types import Receive, Scope, Send

    async def forward(scope, receive, send):
        await asgi({**scope, "path": scope["path"].removesuffix("/")}, receive, send)

    forward.__annotations__ = {"scope": Scope, "receive": Receive, "send": Send, "return": None}
    return Litestar([handler("/flows", is_mount=True, copy_scope=True)(forward)])


def quart_trio():
    """Mount it beside a Quart-Trio application."""
    from quart_trio import QuartTrio

    quart = QuartTrio(__name__)

    async def app(scope, receive, send):
        if scope["type"] == "http" and scope["path"].startswith("/flows/"):
            await asgi({**scope, "root_path": "/flows"}, receive, send)
        else:
            await quart(scope, receive, send)

    return app


async def _main(name):
    config = Config()
    config.bind = ["127.0.0.1:0"]
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(serve, globals()[name](), config)
        sys.stdout.write(f"{url if name == 'plain' else f'{url}/flows'}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    trio.run(_main, sys.argv[1])
