"""Genkit's client for JavaScript, which loses its connection and comes back for the stream."""

import json
import pathlib

import pytest
import trio

from genkit_trio import Genkit, PublicError, RunContext, open_runtime
from genkit_trio.asgi import MemoryStreamStore, flow_app
from tests.compat.genkit_project import node
from tests.server.serving import serving

CLIENT = pathlib.Path(__file__).with_name("js_client.mjs")

pytestmark = pytest.mark.usefixtures("node_modules")


@pytest.fixture
def left() -> trio.Event:
    return trio.Event()


@pytest.fixture
def ai(left) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def count(count: int, ctx: RunContext[int]) -> str:
        for number in range(count):
            await ctx.send_chunk(number)
        await left.wait()
        await ctx.send_chunk(count)
        return "end"

    @ai.flow
    async def fail(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await left.wait()
        raise PublicError("ABORTED", "not so")

    return ai


@pytest.fixture
async def call(ai):
    """A function that has the client call a flow, and returns what it has to say."""

    async def call(flow: str, **request):
        request["url"] = f"http://127.0.0.1:{server.port}/{flow}"
        command = [node(), str(CLIENT), json.dumps({"stream": True, **request})]
        done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    async with open_runtime(ai), serving(flow_app(ai, stream_store=MemoryStreamStore())) as server:
        with trio.fail_after(30):  # noqa: ASYNC100  # the test waits
            yield call


async def test_it_comes_back_for_the_whole_stream(call, left):
    told = await call("count", input=10, leave=10)
    assert "aborted" in told["error"]
    left.set()
    for _ in range(2):
        again = await call("count", input=10, streamId=told["streamId"])
        assert again == {"chunks": [*range(11)], "output": "end", "streamId": told["streamId"]}


async def test_it_is_told_how_a_run_failed_that_it_had_left(call, left):
    told = await call("fail", leave=1)
    left.set()
    again = await call("fail", streamId=told["streamId"])
    assert again == {"chunks": [1], "error": "ABORTED: not so\nundefined", "streamId": told["streamId"]}


async def test_it_is_told_of_a_stream_that_is_not_there(call):
    told = await call("count", input=1, streamId="unknown")
    assert told["error"] == "NOT_FOUND: Stream not found."
