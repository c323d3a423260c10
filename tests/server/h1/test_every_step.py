"""Whatever happens to a connection, at whichever step: what is answered is whole, what has begun has ended.

T15 of the design: each scheduler step in turn is the one at which the client goes or the server ends.
"""

import json

import pytest
import trio

from genkit_trio import Genkit, RunContext
from genkit_trio.asgi import flow_app
from genkit_trio.testing import explore
from tests.server.h1.client import START, part
from tests.server.h1.world import World
from tests.server.serving import echo, respond

pytestmark = pytest.mark.extra

SEEDS = [pytest.param(1, id="seed"), pytest.param(20, marks=pytest.mark.slow, id="20 seeds")]
HEAD = b"POST /%s HTTP/1.1\r\nhost: test\r\n%bcontent-length: %d\r\n\r\n"
JSON = b"content-type: application/json\r\n"
EVENTS = b"accept: text/event-stream\r\n"
WAYS = pytest.mark.parametrize("way", ["descriptor", "arrivals", "stream"])
BLOWS = ["the server is cancelled", "the client closes", "the client half-closes", "both"]


async def _in_parts(scope, receive, send):
    """Echo, but begin to answer before the whole body is there, and take time."""
    await send(START)
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
        await send(part(message["body"]))
        await trio.sleep(0.05)
    await send(part(b"!", more=False))


async def _by_turns(scope, receive, send):
    await {"/parts": _in_parts, "/early": _early}.get(scope["path"], echo)(scope, receive, send)


async def _early(scope, receive, send):
    await trio.lowlevel.checkpoint()
    await respond(send, b"early")


RAW = {
    "echo": ([HEAD % (b"echo", b"", 4), b"ab", b"cd"], [b"abcd"]),
    "parts": ([HEAD % (b"parts", b"", 4) + b"ab", b"cd"], [b"abcd!"]),
    "pipelined": ([HEAD % (b"parts", b"", 2) + b"ab" + HEAD % (b"echo", b"", 2) + b"cd"], [b"ab!", b"cd"]),
    "early": ([HEAD % (b"early", b"", 4) + b"ab", b"cd"], [b"early"]),
    "refused": ([HEAD % (b"echo", b"", 2) + b"ab\x00\r\n\r\n"], [b"ab"]),
}


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("blow", BLOWS)
@WAYS
@pytest.mark.parametrize(("pieces", "bodies"), RAW.values(), ids=RAW)
def test_a_blow_at_any_step_leaves_whole_answers_and_nothing_else(pieces, bodies, way, blow, seeds):
    """C1: what was started has ended; and no wake-up is lost, for then a run would never end."""

    async def scenario(trial):
        world = World(_by_turns, pieces, way=way)
        await world.run(lambda: trial.on(blow, world.blows()[blow]))
        assert world.begun == world.ended
        _check_answers(world.answers(), bodies)
        if not trial.events:
            assert [body for status, body in world.answers() if status == 200] == bodies

    explore(scenario, [blow], seeds=range(seeds))


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("blow", BLOWS)
@pytest.mark.parametrize("requests", [1, 2])
@pytest.mark.parametrize("headers", [JSON, JSON + EVENTS], ids=["unary", "streaming"])
@pytest.mark.parametrize("way", ["descriptor", "arrivals"])
def test_a_blow_at_any_step_to_a_flow_leaves_one_end_and_nothing_else(way, headers, requests, blow, seeds):
    """C21, C22: over the connection, with its way of answering directly, and in the scope that it lends."""
    counts = [0, 0]
    app = flow_app(_flows(counts))
    body = b'{"data": 3}'
    pieces = [HEAD % (b"parent", headers, len(body)) + body] * requests

    async def scenario(trial):
        counts[:] = [0, 0]
        world = World(app, pieces, way=way)
        await world.run(lambda: trial.on(blow, world.blows()[blow]))
        assert world.begun == world.ended
        assert counts[0] == counts[1]
        for status, answer in world.answers():
            _check_answer(answer, is_stream=headers != JSON and status == 200)
        if not trial.events:
            assert [b'{"result":"done"}' in whole for _, whole in world.answers()] == [True] * requests

    explore(scenario, [blow], seeds=range(seeds))


def _check_answers(answers: list[tuple[int, bytes]], bodies: list[bytes]) -> None:
    """The first requests are answered, and then there may be one refusal."""
    statuses = [status for status, _ in answers]
    served = statuses.count(200)
    assert statuses[:served] == [200] * served
    assert statuses[served:] in ([], [400], [408], [500])
    assert [body for _, body in answers[:served]] == bodies[:served]


def _check_answer(answer: bytes, *, is_stream: bool) -> None:
    if not is_stream:
        assert list(json.loads(answer)) in (["result"], ["status", "message"])
        return
    *messages, last = [json.loads(frame.removeprefix(b"data: ")) for frame in answer.split(b"\n\n") if frame]
    assert messages == [{"message": number} for number in range(len(messages))]
    assert list(last) in (["result"], ["error"])


def _flows(counts):
    ai = Genkit()

    @ai.flow
    async def child(number: int) -> int:
        counts[0] += 1
        try:
            await trio.sleep(1)
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()
            counts[1] += 1
        return number

    @ai.flow
    async def parent(count: int, ctx: RunContext[int]) -> str:
        for number in range(count):
            await ctx.send_chunk(await child(number))
        return "done"

    return ai
