"""Functions that yield their chunks: the pump from an async generator into the run's stream (contract C17).

A generator that is suspended at a ``yield`` inside a cancel scope or a nursery must not be left to the consumer's
task: the scope would be open there (PEP 789). Here one loop, in the task of the run, drives the generator and sends
its chunks. What interrupts the send is thrown into the generator at its ``yield``, as if the generator itself had
waited there: so scopes nest as they are written, and ``move_on_after`` around a ``yield`` does what it says.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

import trio

from .._tracing import Cause
from .context import RunContext
from .run import Run

ChunkT = TypeVar("ChunkT")


async def pump(run: Run, chunks: AsyncGenerator[ChunkT, None], ctx: RunContext[ChunkT]) -> None:
    """Send everything that *chunks* yields, then close it, whatever happens."""
    async with aclosing(chunks):
        step = anext(chunks)
        while True:
            try:
                chunk = await step
            except StopAsyncIteration:
                return
            try:
                await ctx.send_chunk(chunk)
            except (Exception, trio.Cancelled) as exc:  # noqa: ASYNC103  # raised on inside the generator  # raised on inside the generator
                if run.scope is not None and run.scope.cause is Cause.CONSUMER_STOPPED:
                    raise  # aclosing() then raises GeneratorExit at the yield
                step = chunks.athrow(exc)
            else:
                step = anext(chunks)
