"""A flow of another server, called as if it were here. The server is in the same program, to have one."""

from functools import partial

import trio
from hypercorn.config import Config

from genkit_trio import Genkit, GenkitError, PublicError, RemoteAction, Retry, RunContext
from genkit_trio.asgi import flow_app, serve

there = Genkit()


@there.flow
async def spell(word: str, ctx: RunContext[str]) -> int:
    if not word:
        raise PublicError("INVALID_ARGUMENT", "there is nothing to spell")
    print("seconds left:", ctx.remaining() < 5)
    for letter in word:
        await ctx.send_chunk(letter)
        await trio.sleep(0.01)
    return len(word)


async def call(url: str) -> None:
    spell = RemoteAction(f"{url}/spell", input=str, output=int, chunk=str, retry=Retry(attempts=3))
    with trio.fail_after(5):
        print("length:", await spell("trio"))

    async with spell.stream("structured") as stream:
        async for letter in stream:
            print(letter, end=" ")
            if letter == "r":
                break  # leaving the block closes the connection, which cancels the run over there
    print()

    try:
        await spell("")
    except GenkitError as exc:
        print(f"{exc.status.name}: {exc}")


async def main() -> None:
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = None
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(partial(serve, flow_app(there), config))
        with trio.fail_after(30):
            await call(url)
        nursery.cancel_scope.cancel()


trio.run(main)
