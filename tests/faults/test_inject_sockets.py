"""Whatever happens to a request on a real connection, at random moments: one answer at most, and nothing is left."""

import pytest

from genkit_trio import Cause
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, explore_moments
from tests.faults.exchanges import cancel_roots, pass_deadlines, statuses_of
from tests.faults.scenes import PACE, causes_of, watched
from tests.faults.sockets import BLOWS, SocketRequest, arm, check_answered, served
from tests.faults.sockets import PACE as REAL_PACE
from tests.faults.test_inject_http import ENDS_WITH_RUNTIME, TWICE, check_frames
from tests.faults.works import ai

pytestmark = pytest.mark.usefixtures("h1", "unlogged")

APP = flow_app(ai)
MOMENTS = [pytest.param(40, id="some"), pytest.param(1000, marks=pytest.mark.slow, id="1,000 moments")]


def scene(new_request, check, *, app=APP, always=()):
    """Return the scenario of one request to a server.

    Args:
      new_request: makes the request.
      check: holds the answer to what may be told; given the request and what has happened.
      app: the application, which opens its runtime itself; or what opens it.
      always: causes for which runs may be cancelled without any event.
    """

    async def scenario(trial):
        with watched(trial) as spans:
            PACE.set(REAL_PACE)
            request = new_request()
            async with served(app) as server:
                arm(trial, request, server)
                trial.on("cancel API", cancel_roots)
                trial.on("deadline", pass_deadlines)
                await request.play(server.port)
        check_answered(request, trial.events)
        if request.ended:
            check(request, trial.events)
        # A server that is cancelled cancels its runtime by the same hand.
        events = [*trial.events, *["runtime is cancelled"] * ("server is cancelled" in trial.events)]
        assert spans.causes() <= causes_of(events, always), (spans.causes(), events)

    return scenario


def unary(path, expected, *, always=()):
    """Return the scenario of a client that waits for the output, which is *expected*, or one of a range."""
    outputs = expected if isinstance(expected, range) else [expected]

    def check(request, events):
        if request.status == 200:
            assert request.json in [{"result": output} for output in outputs]
        else:
            assert set(request.json) == {"status", "message"}
            assert request.json["status"] in statuses_of(events)

    return scene(lambda: SocketRequest(f"/{path}", {"data": 2}, JSON_HEADERS), check, always=always)


def streamed(path, expected, *, always=()):
    """Return the scenario of a client that follows the chunks."""

    def check(request, events):
        if request.status == 200:
            check_frames(request.frames, TWICE, expected, events)
        else:
            assert request.json["status"] in statuses_of(events)

    return scene(lambda: SocketRequest(f"/{path}", {"data": 2}, STREAM_HEADERS), check, always=always)


SCENES = {
    "plain": unary("leaf", 2),
    "nested": unary("nested", [0, 1]),
    "run_all": unary("all_of", [0, 1]),
    "run_any": unary("any_of", range(2), always={Cause.LOST_RACE}),
    "queue of a limiter": unary("in_line", [0, 1]),
    "stream": streamed("stream", "done"),
    "nested stream": streamed("relay", "done"),
    "detached": streamed("detached", "done", always=ENDS_WITH_RUNTIME),
}


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize("scenario", SCENES.values(), ids=SCENES)
def test_a_blow_to_a_flow_at_any_moment_leaves_one_end_and_nothing_else(scenario, moments):
    """C1, C21, C22, C23, C26, C27: whoever is there is told the result or the cause's status."""
    explored = explore_moments(scenario, BLOWS, moments=moments)
    assert set(explored.happened) == set(BLOWS)
