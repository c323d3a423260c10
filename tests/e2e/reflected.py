"""An application for the tests of the reflection API: what can happen to a run, one flow each."""

import time
from pathlib import Path

import trio

from genkit_trio import Genkit, RunContext, run_all


class Stopped:
    """What has begun, and when what ended, by name."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        self.ended: dict[str, float] = {}


def application(stopped: Stopped, release: list[bool]) -> Genkit:
    """Return the application; *release* ends the flow that blocks."""
    ai = Genkit()
    _add_flows_that_end(ai)
    _add_flows_that_are_stopped(ai, stopped)

    @ai.flow
    def block() -> str:
        while not release:
            time.sleep(0.005)
        return "released"

    return ai


def beat(file: str) -> None:
    """Write the time into *file*, again and again: whoever reads it sees whether this is alive."""
    while True:
        half = Path(f"{file}.tmp")
        half.write_text(str(time.time()), encoding="utf-8")
        half.replace(file)
        time.sleep(0.005)


def _add_flows_that_end(ai: Genkit) -> None:
    @ai.flow
    async def greet(name: str) -> str:
        """Greet someone by name."""
        return f"Hello, {name}! é"

    @ai.flow
    async def count(to: int, ctx: RunContext[dict[str, int]]) -> str:
        for n in range(to):
            await ctx.send_chunk({"n": n})
        return "done"

    @ai.flow
    async def fail_late(x: str, ctx: RunContext[str]) -> str:
        await ctx.send_chunk(x)
        raise ValueError("kaboom")

    @ai.flow
    async def caller(ctx: RunContext) -> list[object]:
        return [dict(ctx.context), ctx.init]

    @ai.flow(timeout=0.05)
    async def slow() -> None:
        await trio.sleep_forever()


def _add_flows_that_are_stopped(ai: Genkit, stopped: Stopped) -> None:
    @ai.flow
    async def inner(x: str) -> None:
        stopped.begun.add("nested")
        try:
            await trio.sleep_forever()
        finally:
            stopped.ended["nested"] = time.perf_counter()

    @ai.flow
    async def wait(x: str, ctx: RunContext[str]) -> None:
        await inner(x)

    @ai.flow
    def poll(ctx: RunContext) -> None:
        stopped.begun.add("thread")
        try:
            while True:
                ctx.check_cancelled()
                time.sleep(0.005)
        finally:
            stopped.ended["thread"] = time.perf_counter()

    crunch = ai.flow(run_in="process")(beat)

    @ai.flow
    async def tree(file: str, ctx: RunContext[str]) -> None:
        async def process() -> None:
            await crunch(file)

        async def nested() -> None:
            await inner("x")

        async def thread() -> None:
            await poll()

        await ctx.send_chunk("begun")
        await run_all(process, nested, thread)
