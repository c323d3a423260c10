"""Whose deadline it is decides what its end looks like."""

from typing import Never

import trio

from genkit_trio import DeadlineExceeded, Genkit, RunContext

ai = Genkit()


@ai.flow(timeout=0.05)
async def impatient() -> None:
    await trio.sleep_forever()


@ai.flow
async def patient(ctx: RunContext[Never]) -> None:
    print("has a deadline:", ctx.remaining() < 1)
    await trio.sleep_forever()


async def main() -> None:
    try:
        await impatient()
    except DeadlineExceeded as exc:
        print("its own:", exc)

    with trio.move_on_after(0.05) as scope:
        await patient()
    print("the caller's:", scope.cancelled_caught)


trio.run(main)
