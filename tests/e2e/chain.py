"""One process of a chain: its flows call those of the next process, whose URL is the argument, if there is one.

``python -m tests.e2e.chain [NEXT [WORK]]``: before it calls the next, ``echo`` works for so many seconds.
"""

import logging
import sys

import trio
from hypercorn.config import Config

from genkit_trio import Genkit, RemoteAction, RemoteOptions, RunContext
from genkit_trio.asgi import api_key, flow_app, serve
from tests.e2e.flows import Told, say

ai = Genkit()
NEXT = sys.argv[1] if sys.argv[1:] else None
WORK = float(sys.argv[2]) if sys.argv[2:] else 0
KEY = RemoteOptions(headers={"authorization": "key of the chain"}, context_header="x-context")

next_wait = RemoteAction(f"{NEXT or 'http://nowhere'}/wait", output=object, chunk=int, remote=KEY)
next_echo = RemoteAction(f"{NEXT or 'http://nowhere'}/echo", input=str, output=str, remote=KEY)


@ai.flow
async def echo(text: str, ctx: RunContext[str]) -> str:
    """Answer as the last of the chain does."""
    say("run", remaining=ctx.remaining(), trace=ctx.trace_id)
    await trio.sleep(WORK)
    return text if NEXT is None else await next_echo(text)


@ai.flow
async def wait(ctx: RunContext[int]) -> None:
    """Send one chunk, and never end."""
    say("run", remaining=ctx.remaining(), trace=ctx.trace_id)
    with Told():
        if NEXT is None:
            await ctx.send_chunk(1)
            await trio.sleep_forever()
        async with next_wait.stream() as stream:
            async for chunk in stream:
                await ctx.send_chunk(chunk)


class _Answered(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _, path, status, *_ = record.args
        say("answered", path=path, status=status)


async def main() -> None:
    """Serve, and say where, and how each request was answered."""
    access = logging.getLogger("genkit_trio.access")
    access.setLevel(logging.INFO)
    access.addHandler(_Answered())
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.graceful_timeout = 5
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(serve, flow_app(ai, context=[api_key("key of the chain")]), config)
        say("serving", url=url)


if __name__ == "__main__":
    trio.run(main)
