"""Runs that are put into a queue, and a worker that executes them: here in one process."""

import trio

from genkit_trio import Genkit, RunContext, current_attempt, open_runtime, work
from genkit_trio.testing import MemoryWorkQueue

ai = Genkit()
queue = MemoryWorkQueue()


@ai.flow
async def render(page: int, ctx: RunContext[str]) -> str:
    attempt = current_attempt()
    assert attempt is not None
    await ctx.send_chunk(f"attempt {attempt.number} of {attempt.attempts}, for {attempt.idempotency_key}")
    return f"page {page} is ready"


async def main() -> None:
    async with open_runtime(ai, queue=queue) as runtime, trio.open_nursery() as nursery:
        run = await runtime.submit(render, 7, timeout=60, idempotency_key="report-7")
        again = await runtime.submit(render, 7, timeout=60, idempotency_key="report-7")
        assert again.stream_id == run.stream_id
        nursery.start_soon(work, ai, queue)
        print(await run.output())
        async with queue.streams.follow(run.stream_id) as stream:
            for frame in await stream.receive():
                print(frame.kind, frame.payload.decode())
        nursery.cancel_scope.cancel()


trio.run(main)
