"""The cases by which implementations of gRPC prove that they understand each other, over HTTP with flows.

https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
"""

from contextlib import asynccontextmanager

import pytest
import trio

from genkit_trio import Genkit, GenkitError, PublicError, RemoteAction, RunContext, Status
from genkit_trio.asgi import flow_app
from tests.server.serving import lifespan, serving

SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
LARGE = 2_718_280


class Told:
    """Notes how a flow ends."""

    def __init__(self):
        self.began = trio.Event()
        self.ended = trio.Event()
        self.cancelled = False

    def __enter__(self):
        self.began.set()

    def __exit__(self, kind, *exc):
        self.cancelled = kind is trio.Cancelled
        self.ended.set()


@asynccontextmanager
async def remote(fn, **types):
    """Serve *fn* as a flow for a block, and give the remote action that calls it."""
    ai = Genkit()
    ai.flow(name="flow")(fn)
    with trio.fail_after(20):
        async with serving(flow_app(ai), limits=None) as server:
            yield RemoteAction(f"http://127.0.0.1:{server.port}/flow", **types)


@pytest.fixture
def told() -> Told:
    return Told()


async def test_cancel_after_begin(told):
    """C5: the run over there ends too."""

    async def flow() -> None:
        with told:
            await trio.sleep_forever()

    async with remote(flow, output=object) as action, trio.open_nursery() as nursery:
        nursery.start_soon(action)
        await told.began.wait()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await told.ended.wait()
    assert told.cancelled


async def test_cancel_after_first_response(told):
    """C13: leaving the stream ends the run over there."""

    async def flow(ctx: RunContext[int]) -> None:
        with told:
            await ctx.send_chunk(1)
            await trio.sleep_forever()

    async with remote(flow, output=object, chunk=int) as action:
        async with action.stream() as stream:
            assert await anext(stream) == 1
        await told.ended.wait()
    assert told.cancelled


@pytest.mark.parametrize("seconds", [0.1, 0.001])
async def test_timeout_on_sleeping_server(told, seconds):
    """C7, C8: here it is the caller's scope that ends, there it is a deadline exceeded."""

    async def flow() -> None:
        with told:
            await trio.sleep_forever()

    async with remote(flow, output=object) as action:
        with pytest.raises(trio.TooSlowError), trio.fail_after(seconds):
            await action()
        if told.began.is_set():
            await told.ended.wait()
            assert told.cancelled


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
async def test_status_code_and_message(status):
    async def flow(ctx: RunContext[int]) -> None:
        raise PublicError(status, "test status message")

    async with remote(flow, output=object, chunk=int) as action:
        with pytest.raises(GenkitError) as unary:
            await action()
        with pytest.raises(GenkitError) as streamed:
            async with action.stream() as stream:
                await stream.output()
    for caught in (unary, streamed):
        assert (caught.value.status, caught.value.message) == (status, "test status message")


async def test_special_status_message():
    async def flow() -> None:
        raise PublicError(Status.UNKNOWN, SPECIAL)

    async with remote(flow, output=object) as action:
        with pytest.raises(GenkitError) as caught:
            await action()
    assert (caught.value.status, caught.value.message) == (Status.UNKNOWN, SPECIAL)


async def test_unimplemented_method():
    """A flow that is not there is not found, as every Genkit server says it."""

    async def flow() -> None: ...

    async with remote(flow, output=object) as action:
        other = RemoteAction(f"{action.url}s", output=object)
        with pytest.raises(GenkitError, match="flows") as caught:
            await other()
    assert caught.value.status is Status.NOT_FOUND


async def test_unimplemented_service():
    """A server that has another idea of POST."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        else:
            await receive()
            await send({"type": "http.response.start", "status": 405, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async with serving(app, limits=None) as server:
        with pytest.raises(GenkitError) as caught:
            await RemoteAction(f"http://127.0.0.1:{server.port}/flow", output=object)()
    assert caught.value.status is Status.UNIMPLEMENTED


async def test_empty_unary():
    async def flow() -> None: ...

    async with remote(flow, output=object) as action:
        assert await action() is None


async def test_empty_stream():
    async def flow(ctx: RunContext[int]) -> str:
        return "end"

    async with remote(flow, output=str, chunk=int) as action, action.stream() as stream:
        assert [chunk async for chunk in stream] == []
        assert await stream.output() == "end"


async def test_large_unary():
    async def flow(text: str) -> str:
        return text[::-1]

    async with remote(flow, input=str, output=str) as action:
        text = "ab" * LARGE
        assert await action(text) == text[::-1]


async def test_server_streaming():
    """C12: each chunk once, in order, in whatever pieces they come."""
    sizes = [31_415, 9, 2_653, 58_979]

    async def flow(ctx: RunContext[str]) -> int:
        for size in sizes * 20:
            await ctx.send_chunk("x" * size)
        return len(sizes)

    async with remote(flow, output=int, chunk=str) as action, action.stream() as stream:
        assert [len(chunk) async for chunk in stream] == sizes * 20
        assert await stream.output() == len(sizes)


async def test_many_at_once():
    """A hundred calls share connections, and each gets its own answer."""
    answers = {}

    async def flow(number: int, ctx: RunContext[int]) -> int:
        await ctx.send_chunk(number)
        return 2 * number

    async with remote(flow, input=int, output=int, chunk=int) as action:

        async def one(number):
            async with action.stream(number) as stream:
                answers[number] = ([chunk async for chunk in stream], await stream.output())

        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(one, number)
    assert answers == {number: ([number], 2 * number) for number in range(100)}
