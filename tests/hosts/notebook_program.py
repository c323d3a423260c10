"""A notebook's kernel, as far as it matters here: a loop of asyncio that runs cells, which Ctrl-C interrupts.

The cells share one namespace, and the portal stays open from one to the other.
"""

import asyncio
import signal

from tests.e2e.flows import say

CELLS = [
    """
from contextlib import ExitStack
import trio
from genkit_trio import Genkit, RunContext
from genkit_trio.hosts import open_portal
from tests.e2e.flows import Told, say

ai = Genkit()

@ai.flow
async def count(stop: int, ctx: RunContext[int]) -> str:
    with Told():
        for number in range(stop):
            await ctx.send_chunk(number)
            await trio.sleep(0.01)
    return "counted"
""",
    """
notebook = ExitStack()
portal = notebook.enter_context(open_portal(ai))
""",
    """say("output", text=portal.call(count, 3))""",
    """
with portal.stream(count, 1_000_000) as stream:
    for number in stream:
        if number == 3:
            say("streaming")
""",
    """
with portal.stream(count, 3) as stream:
    say("chunks", numbers=list(stream))
""",
    """portal.call(count, -1, timeout="soon")""",
    """notebook.close()""",
]


async def kernel() -> None:
    """Run the cells; what one raises ends that cell alone."""
    namespace: dict[str, object] = {}
    for cell in CELLS:
        await asyncio.sleep(0)
        try:
            exec(compile(cell, "cell", "exec"), namespace)
        except BaseException as exc:  # noqa: ASYNC103  # as kernels do
            say("raised", kind=type(exc).__name__)
    say("end")


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    # As kernels do: asyncio.run() would cancel the kernel instead.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop.run_until_complete(kernel())
    loop.close()
