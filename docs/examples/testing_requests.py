"""A client in memory that leaves in the middle of a stream, and what that does to the run."""

import trio
import trio.testing

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app
from genkit_trio.testing import STREAM_HEADERS, no_leaks, open_request, post, record_spans

ai = Genkit()


@ai.flow
async def countdown(start: int, ctx: RunContext[int]) -> str:
    for second in range(start, 0, -1):
        await ctx.send_chunk(second)
        await trio.sleep(1)
    return "liftoff"


async def main() -> None:
    app = flow_app(ai)
    async with no_leaks():
        answer = await post(app, "/countdown", 3)
        print(answer.status, answer.json)

        with record_spans() as spans:
            async with open_request(app, "/countdown", 1000, headers=STREAM_HEADERS) as request:
                print(await request.next_frame())
                print(await request.next_frame())
                request.disconnect()
        [run] = spans.named("countdown")
        print(run.state, run.cause)


trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
