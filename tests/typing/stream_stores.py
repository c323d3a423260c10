"""Stream stores, as the type checkers see them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import assert_type

from genkit_trio import Genkit
from genkit_trio.abc import StreamFollower, StreamFrame, StreamStore, StreamWriter
from genkit_trio.asgi import MemoryStreamStore, flow_app
from genkit_trio.plugins.redis import RedisStreamStore

ai = Genkit()
stores: list[StreamStore] = [MemoryStreamStore(ttl=60), RedisStreamStore("redis://localhost", heartbeat=5)]

for store in stores:
    flow_app(ai, stream_store=store)

flow_app(ai, stream_store=ai)  # type: ignore[arg-type]  # because an application stores nothing  # pyright: ignore[reportArgumentType]  # because of the same

MemoryStreamStore(60)  # type: ignore[call-arg]  # because its bounds have names  # pyright: ignore[reportCallIssue]  # because of the same


async def copy(store: StreamStore, given: str, taken: str, stop: Callable[[], None]) -> None:
    assert_type(store.follow(given, after=3), AbstractAsyncContextManager[StreamFollower])
    assert_type(store.open(taken, on_cancel=stop), AbstractAsyncContextManager[StreamWriter])
    async with store.follow(given) as follower, store.open(taken, on_cancel=stop) as writer:
        while True:
            frames = await follower.receive()
            assert_type(frames, Sequence[StreamFrame])
            await writer.append([frame.payload for frame in frames if not frame.is_end])
            if frames[-1].is_end:
                await writer.end(frames[-1])
                return
