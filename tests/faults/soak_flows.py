"""The application of the soak: one flow for each thing that the library can do, and what each may answer."""

import random
import time
from contextvars import ContextVar
from functools import partial

import attrs
import trio

from genkit_trio import (
    Genkit,
    Part,
    PublicError,
    RemoteAction,
    Retry,
    RunContext,
    run_all,
    run_any,
)
from genkit_trio.testing import ScriptedAnswer, scripted_model

PAUSE = 0.002
LARGE = "x" * 10_000

ai = Genkit()
chance = random.Random()
runtime_var = ContextVar("runtime")
other_url = ContextVar("other_url")
"""Where this application is served, for flows that call it."""


@attrs.define
class Counts:
    """How often the flows have begun and ended their work."""

    begun: int = 0
    ended: int = 0


counts = Counts()


async def work():
    """Take a moment, and be counted in and out."""
    counts.begun += 1
    try:
        await trio.sleep(PAUSE * chance.random())
    finally:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        counts.ended += 1


@ai.flow(max_concurrency=16, max_queue=1000)
async def leaf(number: int) -> int:
    await work()
    return number


@ai.flow
async def nested(number: int) -> list[int]:
    return [await leaf(each) for each in range(number)]


@ai.flow(chunk_buffer=2)
async def count(number: int, ctx: RunContext[int]) -> int:
    for each in range(number):
        await ctx.send_chunk(await leaf(each))
    return number


@ai.flow(chunk_buffer=0)
async def relay(number: int, ctx: RunContext[int]) -> int:
    async with count.stream(number) as chunks:
        async for chunk in chunks:
            await ctx.send_chunk(chunk)
        return await chunks.output()


@ai.flow
async def flood(number: int, ctx: RunContext[str]) -> int:
    """Send more than fits into any buffer."""
    for _ in range(50 * number):
        await ctx.send_chunk(LARGE)
    return number


@ai.flow
async def fan(number: int) -> int:
    return sum(await run_all(*(partial(leaf, 1) for _ in range(number))))


@ai.flow
async def race(number: int) -> int:
    return await run_any(*(partial(leaf, number) for _ in range(3)))


@ai.flow(timeout=PAUSE)
async def late(number: int) -> int:
    await work()
    await work()
    return number


@ai.flow
async def fails(number: int, ctx: RunContext[int]) -> int:
    await ctx.send_chunk(await leaf(0))
    if chance.random() < 0.5:
        raise ValueError("as it happens")
    raise PublicError("NOT_FOUND", "there is none")


@ai.flow(retry=Retry(attempts=5, backoff=PAUSE))
async def flaky(number: int) -> int:
    await work()
    if chance.random() < 0.3:
        raise PublicError("UNAVAILABLE", "not now")
    return number


@ai.flow
def block(number: int, ctx: RunContext[int]) -> int:
    for each in range(number):
        time.sleep(PAUSE / 2)
        ctx.check_cancelled()
        ctx.send_chunk_sync(each)
    return number


@ai.flow(run_in="process")
def crunch(number: int) -> int:
    time.sleep(PAUSE)
    return number


@ai.flow
async def leave(number: int) -> int:
    """Leave work to the runtime."""
    spawned = runtime_var.get().spawn(nested, number, timeout=10)
    if chance.random() < 0.3:
        spawned.cancel()
    return number


@ai.flow(on_disconnect="detach", timeout=10)
async def detached(number: int, ctx: RunContext[int]) -> int:
    for each in range(number):
        await ctx.send_chunk(await leaf(each))
    return number


@ai.flow
async def call(number: int, ctx: RunContext[int]) -> int:
    """Ask the same application by way of its server."""
    there = RemoteAction(f"{other_url.get()}/count", input=int, output=int, chunk=int)
    async with there.stream(number) as chunks:
        async for chunk in chunks:
            await ctx.send_chunk(chunk)
        return await chunks.output()


@ai.tool
async def look_up(number: int) -> int:
    """Look something up."""
    return await leaf(number)


@ai.flow
async def ask(number: int) -> str:
    """Generate in two turns, with tools beside each other in the first."""
    calls = [Part.from_tool_request("look_up", each, ref=str(each)) for each in range(number + 1)]
    model = scripted_model(ScriptedAnswer(calls, delay=PAUSE), ScriptedAnswer(chunks=["do", "ne"], delay=PAUSE))
    response = await ai.generate(model=model, prompt="hi", tools=[look_up])
    if response.error is not None:
        raise response.error
    return response.text


@attrs.frozen
class Promise:
    """What a flow may answer.

    Args:
      output: makes the output of the input.
      streams: whether it sends the numbers below the input.
      statuses: with which it may fail though nothing has happened to it.
    """

    output: object = None
    streams: bool = False
    statuses: frozenset = frozenset()

    def output_of(self, number):
        """Return the output for *number*."""
        return number if self.output is None else self.output(number)


BUSY = frozenset({"RESOURCE_EXHAUSTED"})
PROMISES = {
    "leaf": Promise(statuses=BUSY),
    "nested": Promise(lambda number: [*range(number)], statuses=BUSY),
    "count": Promise(streams=True, statuses=BUSY),
    "relay": Promise(streams=True, statuses=BUSY),
    "flood": Promise(),
    "fan": Promise(statuses=BUSY),
    "race": Promise(statuses=BUSY),
    "late": Promise(statuses=frozenset({"DEADLINE_EXCEEDED"})),
    "fails": Promise(statuses=BUSY | {"INTERNAL", "NOT_FOUND"}),
    "flaky": Promise(statuses=frozenset({"UNAVAILABLE"})),
    "block": Promise(streams=True),
    "crunch": Promise(statuses=frozenset({"INTERNAL"})),  # its process is killed now and then
    "leave": Promise(),
    "detached": Promise(streams=True, statuses=BUSY),
    "call": Promise(streams=True, statuses=BUSY | {"UNAVAILABLE"}),
    "ask": Promise(lambda _: "done", statuses=BUSY | {"INTERNAL"}),
}
"""By the names of the flows."""
