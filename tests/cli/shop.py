"""An application for the tests of the command: ``tests.cli.shop:ai``."""

import attrs
import trio

from genkit_trio import Genkit, PublicError, RunContext

ai = Genkit()
till = object()


@attrs.frozen
class Order:
    """What somebody wants."""

    item: str
    number: int = 1


@ai.flow
async def price(order: Order) -> float:
    """Tell what an order [costs].

    Nothing is free.
    """
    return order.number * 2.5


@ai.flow
async def greet(name: str = "you") -> str:
    return f"Hello, {name}!"


@ai.flow
async def count(number: int, ctx: RunContext[int]) -> str:
    """Count."""
    for step in range(number):
        await ctx.send_chunk(step)
    return "done"


@ai.flow
async def close() -> None:
    raise PublicError("UNAVAILABLE", "the shop is closed")


@ai.flow
async def burn() -> None:
    raise ValueError("smoke")


@ai.flow
async def wait() -> None:
    _say("waiting")
    try:
        await trio.sleep_forever()
    finally:
        _say("cleaned up")


@ai.flow
async def ignore() -> None:
    _say("waiting")
    with trio.CancelScope(shield=True):
        await trio.sleep_forever()


def _say(word: str) -> None:
    print(word, flush=True)  # noqa: T201  # the test that started this process waits for it
