"""Whatever happens to a run in a thread or a process, at random moments: nothing is left of it but its worker."""

import multiprocessing

import pytest
import trio

from genkit_trio import Cause, Genkit
from genkit_trio.asgi import flow_app
from genkit_trio.testing import STREAM_HEADERS, AppRequest, explore_moments
from tests.faults import worker_functions
from tests.faults.exchanges import scene
from tests.faults.scenes import TRIAL, in_process
from tests.faults.test_inject_http import check_frames
from tests.faults.works import followed, following

ai = Genkit()
polling = ai.flow(worker_functions.polling)
stubborn = ai.flow(worker_functions.stubborn)
crunch = ai.flow(run_in="process")(worker_functions.crunch)
BLOWS = ("cancel", "deadline")
MOMENTS = [pytest.param(20, id="some"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]
"""A new process takes half a second."""
FEW = [pytest.param(3, id="few"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]


async def run_stubborn():
    return await stubborn(3)


async def run_crunch():
    TRIAL.get().on("process is killed", kill)
    return await crunch(5)


def kill():
    for process in multiprocessing.active_children():
        process.kill()


THREADS = {
    "polls": (in_process(following(polling, 3), followed(0, 1, 2, output="done")), (*BLOWS, "consumer leaves")),
    "is stubborn": (in_process(run_stubborn, "done"), BLOWS),
}


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize(("scenario", "blows"), THREADS.values(), ids=THREADS)
def test_a_blow_to_a_thread_at_any_moment_leaves_a_value_or_the_cause(scenario, blows, moments):
    """C19: the thread has ended, and its place is free."""
    assert explore_moments(scenario, blows, moments=moments).happened


@pytest.mark.extra
@pytest.mark.parametrize("moments", FEW)
def test_a_blow_to_a_process_at_any_moment_leaves_a_value_or_the_cause(moments):
    """C19: a worker that was killed is replaced by the next call."""
    trio_parallel = pytest.importorskip("trio_parallel")
    scenario = in_process(run_crunch, "done", errors=(trio_parallel.BrokenWorkerError,))
    assert explore_moments(scenario, (*BLOWS, "process is killed"), moments=moments).happened
    # Idle workers that were killed are missed here, and not when Python exits.
    assert trio.run(crunch, 1) == "done"


def check(request, events):
    if request.ended and request.status == 200:
        check_frames(request.frames, [0, 1, 2], "done", events)


APP = flow_app(ai)
SERVED = scene(
    lambda *_: APP,
    lambda: AppRequest("/polling", 3, headers=STREAM_HEADERS),
    check,
    always={Cause.DRAIN, Cause.PARENT_CANCELLED},
)


@pytest.mark.parametrize("moments", MOMENTS)
def test_a_blow_to_a_served_thread_at_any_moment_leaves_one_end(moments):
    """C19, C22: the client is told at once, and the thread is waited for."""
    blows = ("client disconnects", "client half-closes", "server is cancelled", "cancel API", "deadline", "drain")
    assert explore_moments(SERVED, blows, moments=moments).happened
