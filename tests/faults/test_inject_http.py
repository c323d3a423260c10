"""Whatever happens to a request at whichever step: one head at most, one end, nothing after it, nothing left."""

import pytest

from genkit_trio import Cause
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, explore
from tests.faults import asking
from tests.faults.chain import other_server
from tests.faults.exchanges import BLOWS, scene, statuses_of
from tests.faults.scenes import PAIRS, SEEDS

pytestmark = pytest.mark.usefixtures("unlogged")

APP = flow_app(asking.ai)


def unary(path, data, expected, *, own=frozenset(), **options):
    """Return the scenario of a client that waits for the output.

    Args:
      path: which flow.
      data: its input.
      expected: the output, or all that it may be.
      own: statuses with which the flow itself may fail after an event.
      options: those of `scene`.
    """
    outputs = expected if isinstance(expected, range) else [expected]

    def check(request, events):
        if request.ended and request.status == 200:
            assert request.json in [{"result": output} for output in outputs]
        elif request.ended:
            assert set(request.json) == {"status", "message"}
            assert request.json["status"] in statuses_of(events) | (own if events else frozenset())

    return scene(lambda *_: APP, lambda: AppRequest(f"/{path}", data, headers=JSON_HEADERS), check, **options)


def streamed(path, chunks, expected, **options):
    """Return the scenario of a client that follows the chunks."""

    def check(request, events):
        if request.ended and request.status == 200:
            check_frames(request.frames, chunks, expected, events)
        elif request.ended:
            assert request.json["status"] in statuses_of(events)

    return scene(lambda *_: APP, lambda: AppRequest(f"/{path}", 2, headers=STREAM_HEADERS), check, **options)


def check_frames(frames, chunks, expected, events):
    """Hold a stream that has ended to its chunks, and one end."""
    *messages, last = frames
    assert [frame["message"] for frame in messages] == chunks[: len(messages)]
    if "result" in last:
        assert len(messages) == len(chunks)
        assert last == {"result": expected}
    else:
        assert last["error"]["status"] in statuses_of(events)


TWICE = [0, 0, 1, 1]
ENDS_WITH_RUNTIME = {Cause.DRAIN, Cause.PARENT_CANCELLED}
"""Why runs that do not belong to the request may be cancelled: the runtime ends with the scenario."""
LEAVES_OTHER = {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED}
"""Why runs of the other server are: their client is the flow."""
SCENES = {
    "plain": unary("leaf", 2, 2),
    "nested": unary("nested", 2, [0, 1]),
    "stream": unary("stream", 2, "done"),
    "run_all": unary("all_of", 2, [0, 1]),
    "run_any": unary("any_of", 2, range(2), always={Cause.LOST_RACE}),
    "retry": unary("flaky", None, "at last", own={"UNAVAILABLE"}),
    "queue of a limiter": unary("in_line", 2, [0, 1]),
    "spawned run": unary("leaving", 2, "left", always=ENDS_WITH_RUNTIME),
    "generate": unary("ask", 0, "done"),
    "remote action": unary("call_other", 2, "done", always=LEAVES_OTHER, beside=other_server),
    "stream streamed": streamed("stream", TWICE, "done"),
    "nested stream streamed": streamed("relay", TWICE, "done"),
    "generator streamed": streamed("yielding", [0, 1], None),
    "detached": streamed("detached", TWICE, "done", always=ENDS_WITH_RUNTIME),
    "generate streamed": streamed("ask_stream", ["do", "ne"], "done"),
    "remote action streamed": streamed("follow_other", TWICE, "done", always=LEAVES_OTHER, beside=other_server),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENES.values(), ids=SCENES)
def test_a_blow_at_any_step_leaves_one_end_and_nothing_else(scenario, seed):
    """C1, C21, C22, C23, C26, C27: the client that is there is told the result or the cause's status."""
    explored = explore(scenario, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS)
