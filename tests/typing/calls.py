"""What calls, streams and runs of actions give, and what they refuse."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Never, assert_type

import trio

from genkit_trio import ActionResponse, ActionStream, Genkit, RunContext, run_step

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    return f"Hello, {name}!"


@ai.flow
async def countdown(start: int, ctx: RunContext[int]) -> str:
    for second in range(start, 0, -1):
        await ctx.send_chunk(second)
        await ctx.send_chunk("2")  # type: ignore[arg-type]  # because its chunks are numbers  # pyright: ignore[reportArgumentType]  # because its chunks are numbers
    return "liftoff"


@ai.flow
async def tick() -> int:
    return 1


@ai.flow
async def lines(path: str = "") -> AsyncIterator[bytes]:
    yield b""


async def calls() -> None:
    """Call as a function is called."""
    assert_type(await greet("Ada"), str)
    assert_type(await greet("Ada", context={"auth": None}, init=3), str)
    assert_type(await tick(), int)
    assert_type(await tick(None), int)
    assert_type(await lines(), None)
    assert_type(await lines("x"), None)
    await greet(3)  # type: ignore[arg-type]  # because names are text  # pyright: ignore[reportArgumentType]  # because names are text
    await greet()  # type: ignore[call-arg]  # because it needs an input  # pyright: ignore[reportCallIssue]  # because it needs an input
    await greet(name="Ada")  # type: ignore[call-arg]  # because the input is positional  # pyright: ignore[reportCallIssue]  # because the input is positional
    await tick(3)  # type: ignore[call-overload]  # because it takes no input  # pyright: ignore[reportArgumentType]  # because it takes no input


async def responses() -> None:
    """Run, and learn the ids too."""
    response = await greet.run("Ada")
    assert_type(response, ActionResponse[str])
    assert_type(response.output, str)
    assert_type((await tick.run()).output, int)
    assert_type((await lines.run()).output, None)


async def streams() -> None:
    """Stream in a block, and only there."""
    async with countdown.stream(3) as stream:
        assert_type(stream, ActionStream[str, int])
        async for second in stream:
            assert_type(second, int)
        assert_type(await stream.output(), str)
    async with lines.stream() as read:
        assert_type(read, ActionStream[None, bytes])
    async with greet.stream("Ada") as silent:
        assert_type(silent, ActionStream[str, Never])
    async for _ in countdown.stream(3):  # type: ignore[attr-defined]  # because it has no block  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # because it has no block
        pass


async def steps() -> None:
    """Name a part of a run."""
    assert_type(await run_step("greet", greet, "Ada"), str)
    assert_type(await ai.run("tick", tick), int)


def mains() -> None:
    """Use an action as trio uses any async function."""
    assert_type(trio.run(greet, "Ada"), str)
    assert_type(trio.run(tick), int)
    assert_type(trio.run(partial(greet, "Ada", context={})), str)


async def tasks() -> None:
    """Start an action in a nursery."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(greet, "Ada")
        nursery.start_soon(tick)
