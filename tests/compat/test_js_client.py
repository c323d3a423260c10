"""Genkit's client for JavaScript against a server of this library."""

import json
import pathlib

import pytest
import trio

from genkit_trio import Genkit, PublicError, RunContext
from genkit_trio.asgi import api_key, flow_app
from tests.compat.genkit_project import node
from tests.server.serving import serving

CLIENT = pathlib.Path(__file__).with_name("js_client.mjs")

pytestmark = pytest.mark.usefixtures("node_modules")


@pytest.fixture
def cancelled() -> trio.Event:
    return trio.Event()


@pytest.fixture
def ai(cancelled) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Ahoj, {name}!"

    @ai.flow
    async def count(count: int, ctx: RunContext[int | None]) -> str:
        for number in range(count):
            await ctx.send_chunk(number or None)
        return "end"

    @ai.flow
    async def fail(count: int, ctx: RunContext[int]) -> None:
        for number in range(count):
            await ctx.send_chunk(number)
        raise PublicError("FAILED_PRECONDITION", "čeká se", details=["on", "you"])

    @ai.flow
    async def nothing() -> None: ...

    @ai.flow
    async def wait(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        try:
            await trio.sleep_forever()
        finally:
            cancelled.set()

    return ai


async def called(ai: Genkit, flow: str, *providers, **request):
    """Have the client call a flow, and return what it has to say."""
    with trio.fail_after(30):
        async with serving(flow_app(ai, context=providers), limits=None) as server:
            request["url"] = f"http://127.0.0.1:{server.port}/{flow}"
            command = [node(), str(CLIENT), json.dumps(request)]
            done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    told.pop("streamId", None)
    return told


async def test_it_runs_a_flow(ai):
    assert await called(ai, "greet", input="Ado") == {"chunks": [], "output": "Ahoj, Ado!"}


async def test_it_runs_a_flow_that_takes_and_returns_nothing(ai):
    assert await called(ai, "nothing") == {"chunks": [], "output": None}


async def test_it_streams_a_flow(ai):
    """C22, C24."""
    told = await called(ai, "count", input=1000, stream=True)
    assert told == {"chunks": [None, *range(1, 1000)], "output": "end"}


@pytest.mark.parametrize("stream", [True, False])
async def test_it_is_told_of_an_error_before_the_first_chunk(ai, stream):
    """C23."""
    told = await called(ai, "fail", input=0, stream=stream)
    body = '{"status":"FAILED_PRECONDITION","message":"\\u010dek\\u00e1 se","details":["on","you"]}'
    assert told == {"chunks": [], "error": f"Server returned: 400: {body}"}


async def test_it_is_told_of_an_error_after_chunks(ai):
    """C22."""
    told = await called(ai, "fail", input=2, stream=True)
    assert told["error"] == "FAILED_PRECONDITION: čeká se\non,you"
    # It forgets the chunks that its caller has not taken by then.
    assert told["chunks"] == [0, 1][: len(told["chunks"])]


@pytest.mark.parametrize("request_", [{"stream": True, "leave": 1}, {"leave": 0}], ids=["stream", "unary"])
async def test_aborting_it_cancels_the_run(ai, cancelled, request_):
    """C21."""
    told = await called(ai, "wait", **request_)
    assert "aborted" in told["error"]
    with trio.fail_after(1):
        await cancelled.wait()


async def test_its_key_lets_it_in(ai):
    assert (await called(ai, "greet", api_key("k"), input="A", headers={"authorization": "k"}))["output"] == "Ahoj, A!"
    assert (await called(ai, "greet", api_key("k"), input="A"))["error"].startswith("Server returned: 401: ")
