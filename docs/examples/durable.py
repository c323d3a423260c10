"""A client that loses its connection, and comes back for the rest of the stream."""

import trio

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio.asgi import MemoryStreamStore, flow_app
from genkit_trio.testing import STREAM_HEADERS, AppRequest, post

ai = Genkit()
app = flow_app(ai, stream_store=MemoryStreamStore())


@ai.flow
async def count(end: int, ctx: RunContext[int]) -> str:
    for number in range(end):
        await ctx.send_chunk(number)
        await trio.sleep(0.01)
    return "done"


async def main() -> None:
    async with open_runtime(ai):
        request = AppRequest("/count", 3, headers=STREAM_HEADERS)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, app)
            print(await request.next_frame())
            request.disconnect()
        stream = {**STREAM_HEADERS, "x-genkit-stream-id": request.headers["x-genkit-stream-id"], "last-event-id": "1"}
        again = await post(app, "/count", headers=stream)
        print(*again.frames, sep="\n")


trio.run(main)
