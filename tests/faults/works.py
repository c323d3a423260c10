"""What the scenarios of the core do: one small piece of work for everything that the core can do."""

from contextvars import ContextVar
from functools import partial

import trio

from genkit_trio import Genkit, GenkitError, Retry, RunContext, Status, run_all, run_any
from tests.faults.scenes import TRIAL, work

ai = Genkit()

RUNTIME = ContextVar("runtime")
"""The runtime of the scenario, for flows that leave work to it."""
RETRY = Retry(attempts=3, backoff=0.5, jitter=False)


@ai.flow
async def leaf(number: int) -> int:
    await work()
    return number


@ai.flow
async def nested(count: int) -> list[int]:
    return [await leaf(number) for number in range(count)]


@ai.flow(timeout=1.5)
async def timed() -> int:
    try:
        await leaf(1)
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.25)
    return 1


async def stream_to(count, ctx):
    for number in range(count):
        await ctx.send_chunk(await leaf(number))
        await ctx.send_chunk(number)
    return "done"


@ai.flow(chunk_buffer=1)
async def stream(count: int, ctx: RunContext[int]) -> str:
    return await stream_to(count, ctx)


@ai.flow(chunk_buffer=0)
async def relay(count: int, ctx: RunContext[int]) -> str:
    async with stream.stream(count) as chunks:
        async for chunk in chunks:
            await ctx.send_chunk(chunk)
        return await chunks.output()


@ai.flow
async def yielding(count: int):
    for number in range(count):
        yield await leaf(number)


@ai.flow(retry=RETRY)
async def flaky() -> str:
    trial = TRIAL.get()
    await work(name="attempt")
    if trial.begun("attempt") < 3:
        raise GenkitError(Status.UNAVAILABLE, "not yet")
    return "at last"


@ai.flow(max_concurrency=1)
async def limited(number: int) -> int:
    await work()
    return number


@ai.flow
async def all_of(count: int) -> tuple[int, ...]:
    return await run_all(*(partial(leaf, number) for number in range(count)))


@ai.flow
async def any_of(count: int) -> int:
    return await run_any(*(partial(leaf, number) for number in range(count)))


@ai.flow
async def in_line(count: int) -> tuple[int, ...]:
    return await run_all(*(partial(limited, number) for number in range(count)))


@ai.flow
async def leaving(count: int) -> str:
    """Leave the work to the runtime."""
    RUNTIME.get().spawn(nested, count, timeout=100)
    await work()
    return "left"


@ai.flow(chunk_buffer=1, on_disconnect="detach", timeout=100)
async def detached(count: int, ctx: RunContext[int]) -> str:
    return await stream_to(count, ctx)


async def run_plain():
    return await leaf(1)


async def run_nested():
    return await nested(2)


async def run_timed():
    return await timed()


async def run_flaky():
    return await flaky()


async def run_all_of():
    return await all_of(3)


async def run_all_in_turn():
    return await run_all(*(partial(leaf, number) for number in range(3)), limit=2)


async def run_any_of():
    return await any_of(3)


async def run_queue():
    values = await run_all(*(partial(limited, number) for number in range(3)))
    await check_limiter()
    return values


async def check_limiter():
    """Take the place once more."""
    with trio.CancelScope(shield=True), trio.fail_after(10):
        await limited(1)


def following(flow, count):
    """Return the work of a consumer of *flow*, who may leave, and then knows what came until then."""

    async def follow():
        trial = TRIAL.get()
        seen = []
        async with flow.stream(count) as chunks:
            with trial.cancelled_by("consumer leaves"):
                async for chunk in chunks:
                    seen.append(chunk)
                    await trio.lowlevel.checkpoint()
                return seen, await chunks.output()
        return seen, None

    return follow


def followed(*chunks, output):
    """Return the check of what such a consumer has seen: the beginning of *chunks*, or all and then the output."""

    def check(value, events):
        seen, last = value
        if last is None and "consumer leaves" in events:
            return list(chunks[: len(seen)]) == seen
        return (seen, last) == (list(chunks), output)

    return check


async def run_discarding():
    async with stream.stream(2) as chunks:
        return await chunks.output()
