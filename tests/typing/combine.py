"""What ``run_all`` and ``run_any`` give: one type for each place, or one for all."""

from functools import partial
from typing import assert_type

from genkit_trio import Genkit, run_all, run_any

ai = Genkit()


@ai.flow
async def number(x: int) -> int:
    return x


@ai.flow
async def text(x: int) -> str:
    return ""


@ai.flow
async def data(x: int) -> bytes:
    return b""


@ai.flow
async def tick() -> float:
    return 1.0


a, b, c = partial(number, 1), partial(text, 1), partial(data, 1)


async def everything() -> None:
    """Two to five of different types, or any number of one."""
    assert_type(await run_all(a, b), tuple[int, str])
    assert_type(await run_all(a, b, c, limit=2), tuple[int, str, bytes])
    assert_type(await run_all(a, b, c, tick), tuple[int, str, bytes, float])
    assert_type(await run_all(a, b, c, tick, a), tuple[int, str, bytes, float, int])
    assert_type(await run_all(a), tuple[int, ...])
    assert_type(await run_all(*[a] * 9), tuple[int, ...])
    assert_type(await run_all(a, a, a, a, a, a), tuple[int, ...])


async def anything() -> None:
    """The type of whichever wins."""
    assert_type(await run_any(a), int)
    assert_type(await run_any(a, b), int | str)
    assert_type(await run_any(a, b, c, limit=2), int | str | bytes)
    assert_type(await run_any(*[a] * 9), int)


async def refused() -> None:
    """A coroutine is no thunk."""
    await run_all(number(1), b)  # type: ignore[call-overload]  # because it is called already  # pyright: ignore[reportCallIssue, reportArgumentType]  # because it is called already
