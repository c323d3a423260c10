"""Whatever happens to a request at whichever step: one head at most, one end, nothing after it, nothing left."""

import pytest

from genkit_trio import Cause
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, explore
from tests.faults.exchanges import BLOWS, scene, statuses_of
from tests.faults.scenes import PAIRS, SEEDS
from tests.faults.works import ai

APP = flow_app(ai)


def unary(path, data, expected):
    """Return the scenario of a client that waits for the output."""

    def check(request, events):
        if request.ended and request.status == 200:
            assert request.json == {"result": expected}
        elif request.ended:
            assert set(request.json) == {"status", "message"}
            assert request.json["status"] in statuses_of(events)

    return scene(lambda *_: APP, lambda: AppRequest(f"/{path}", data, headers=JSON_HEADERS), check)


def streamed(path, chunks, expected, *, always=()):
    """Return the scenario of a client that follows the chunks."""

    def check(request, events):
        if request.ended and request.status == 200:
            check_frames(request.frames, chunks, expected, events)
        elif request.ended:
            assert request.json["status"] in statuses_of(events)

    return scene(lambda *_: APP, lambda: AppRequest(f"/{path}", 2, headers=STREAM_HEADERS), check, always=always)


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
SCENES = {
    "nested": unary("nested", 2, [0, 1]),
    "stream": unary("stream", 2, "done"),
    "run_all": unary("all_of", 2, [0, 1]),
    "stream streamed": streamed("stream", TWICE, "done"),
    "nested stream streamed": streamed("relay", TWICE, "done"),
    "generator streamed": streamed("yielding", [0, 1], None),
    "detached": streamed("detached", TWICE, "done", always={Cause.DRAIN, Cause.PARENT_CANCELLED}),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENES.values(), ids=SCENES)
def test_a_blow_at_any_step_leaves_one_end_and_nothing_else(scenario, seed):
    """C1, C21, C22, C23, C26, C27: the client that is there is told the result or the cause's status."""
    explored = explore(scenario, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS)
