"""Calls from blocking code, as type checkers see them."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Never, assert_type

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app
from genkit_trio.hosts import GuestApp, Portal, ThreadStream, asyncio_app, open_portal

ai = Genkit()


@ai.flow
async def double(number: int) -> int:
    return number * 2


@ai.flow
async def greet(name: str = "you") -> str:
    return f"Hello, {name}!"


@ai.flow
async def nothing() -> None: ...


@ai.flow
async def count(stop: int, ctx: RunContext[bytes]) -> str:
    await ctx.send_chunk(b"")
    return str(stop)


@ai.flow
async def numbers(stop: int) -> AsyncIterator[float]:
    yield stop


def called() -> None:
    with open_portal(ai, drain_timeout=1) as portal:
        assert_type(portal, Portal)
        assert_type(portal.call(double, 1), int)
        assert_type(portal.call(double, 1, timeout=3.5, context={"auth": None}, init=object()), int)
        assert_type(portal.call(greet), str)
        portal.call(nothing)
        portal.call(double, "1")  # type: ignore[misc]  # because it is an int  # pyright: ignore[reportArgumentType]  # because it is an int
        portal.call(double(1))  # type: ignore[arg-type]  # because it is the action  # pyright: ignore[reportArgumentType]  # because it is the action


def streamed(portal: Portal) -> None:
    with portal.stream(count, 3) as stream:
        assert_type(stream, ThreadStream[str, bytes])
        for chunk in stream:
            assert_type(chunk, bytes)
        assert_type(stream.output(), str)
    with portal.stream(numbers, 3) as floats:
        assert_type(next(floats), float)
        assert_type(floats.output(), None)
    with portal.stream(double, 3) as silent:
        assert_type(silent, ThreadStream[int, Never])
    for _ in portal.stream(count, 3):  # type: ignore[attr-defined]  # because it needs a block  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # because it needs a block
        pass


def ran(portal: Portal) -> None:
    async def add(left: int, right: int) -> int:
        return left + right

    assert_type(portal.run(add, 1, 2), int)
    assert_type(portal.run(partial(add, 1, right=2)), int)
    portal.run(add, 1)  # type: ignore[arg-type]  # because one is missing  # pyright: ignore[reportArgumentType]  # because one is missing


def served() -> None:
    assert_type(asyncio_app(flow_app(ai)), GuestApp)
