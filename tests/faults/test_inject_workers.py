"""Whatever happens to a run in a thread or a process, at random moments: nothing is left of it but its worker."""

import multiprocessing

import pytest
import trio

from genkit_trio import Cause, Genkit
from genkit_trio.asgi import flow_app
from genkit_trio.testing import STREAM_HEADERS, AppRequest, explore_moments
from tests.faults import worker_functions
from tests.faults.exchanges import scene, statuses_of
from tests.faults.scenes import TRIAL, Boom, in_process
from tests.faults.test_inject_http import check_frames
from tests.faults.works import followed, following

pytestmark = pytest.mark.usefixtures("unlogged")

ai = Genkit()
polling = ai.flow(worker_functions.polling)
stubborn = ai.flow(worker_functions.stubborn)
crunch = ai.flow(run_in="process")(worker_functions.crunch)
BLOWS = ("cancel", "deadline")
MOMENTS = [pytest.param(20, id="some"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]
"""A new process takes half a second."""
FEW = [pytest.param(8, id="few"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]


async def run_polling():
    name_raising()
    return await following(polling, 3)()


def name_raising():
    """Name the event for the function in the thread, which looks whether it has happened."""
    TRIAL.get().on("child raises", lambda: None)


async def run_stubborn():
    return await stubborn(3)


def crunching(folder):
    """Return the work of a caller of a worker process, which raises when there is a file in *folder*."""
    file = folder / "raise"

    async def run_crunch():
        file.unlink(missing_ok=True)
        trial = TRIAL.get()
        trial.on("worker is killed", kill)
        trial.on("child raises", file.touch)
        return await crunch(str(file))

    return run_crunch


def kill():
    """Kill all workers, also those that idle."""
    for process in multiprocessing.active_children():
        process.kill()


THREADS = {
    "polls": (
        in_process(run_polling, followed(0, 1, 2, output="done")),
        (*BLOWS, "consumer leaves", "child raises"),
    ),
    "is stubborn": (in_process(run_stubborn, "done"), BLOWS),
}


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize(("scenario", "blows"), THREADS.values(), ids=THREADS)
def test_a_blow_to_a_thread_at_any_moment_leaves_a_value_or_the_cause(scenario, blows, moments):
    """C19: the thread has ended, and its place is free."""
    assert explore_moments(scenario, blows, moments=moments).happened


@pytest.mark.extra
@pytest.mark.parametrize("moments", FEW)
def test_a_blow_to_a_process_at_any_moment_leaves_a_value_or_the_cause(moments, tmp_path):
    """C19: a worker that was killed is replaced by the next call."""
    trio_parallel = pytest.importorskip("trio_parallel")
    scenario = in_process(crunching(tmp_path), "done", errors=(Boom, trio_parallel.BrokenWorkerError))
    assert explore_moments(scenario, (*BLOWS, "worker is killed", "child raises"), moments=moments).happened
    # Idle workers that were killed are missed here, and not when Python exits.
    assert trio.run(crunch, str(tmp_path / "nothing")) == "done"


def check_stream(request, events):
    if request.ended and request.status == 200:
        check_frames(request.frames, [0, 1, 2], "done", events)


def check_whole(request, events):
    if request.ended and request.status == 200:
        assert request.json == {"result": "done"}
    elif request.ended:
        assert request.json["status"] in statuses_of(events), (request.json, events)


APP = flow_app(ai)
ALWAYS = {Cause.DRAIN, Cause.PARENT_CANCELLED}
ASKED = ("client disconnects", "client half-closes", "server is cancelled", "cancel API", "deadline", "drain")


def new_stream():
    name_raising()
    return AppRequest("/polling", 3, headers=STREAM_HEADERS)


SERVED = scene(lambda *_: APP, new_stream, check_stream, always=ALWAYS)


@pytest.mark.parametrize("moments", MOMENTS)
def test_a_blow_to_a_served_thread_at_any_moment_leaves_one_end(moments):
    """C19, C22: the client is told at once, and the thread is waited for."""
    assert explore_moments(SERVED, (*ASKED, "child raises"), moments=moments).happened


@pytest.mark.extra
@pytest.mark.parametrize("moments", FEW)
def test_a_blow_to_a_served_process_at_any_moment_leaves_one_answer(moments, tmp_path):
    """C19, C21, C23: whatever ends the run kills its worker."""
    pytest.importorskip("trio_parallel")
    file = tmp_path / "raise"

    def new_request():
        file.unlink(missing_ok=True)
        trial = TRIAL.get()
        trial.on("worker is killed", kill)
        trial.on("child raises", file.touch)
        return AppRequest("/crunch", str(file))

    scenario = scene(lambda *_: APP, new_request, check_whole, always=ALWAYS)
    assert explore_moments(scenario, (*ASKED, "worker is killed", "child raises"), moments=moments).happened
    assert trio.run(crunch, str(tmp_path / "nothing")) == "done"
