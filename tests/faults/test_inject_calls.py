"""Whatever happens to a call of another server on real connections, at random moments: both sides end."""

from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest

from genkit_trio import Cause, Genkit, GenkitError, RemoteAction, open_runtime
from genkit_trio.asgi import flow_app
from genkit_trio.testing import explore_moments
from tests.faults.exchanges import statuses_of
from tests.faults.scenes import PACE, TRIAL, in_process
from tests.faults.sockets import PACE as REAL_PACE
from tests.faults.sockets import served
from tests.faults.works import ai, followed, following

pytestmark = pytest.mark.usefixtures("unlogged")

APP = flow_app(ai)
URL = ContextVar("url")
MOMENTS = [pytest.param(40, id="some"), pytest.param(1000, marks=pytest.mark.slow, id="1,000 moments")]
FEW = [pytest.param(20, id="few"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]


@asynccontextmanager
async def other_server():
    """Have a server beside the caller, and connections that are kept."""
    PACE.set(REAL_PACE)
    trial = TRIAL.get()
    async with served(APP) as server, open_runtime(Genkit(), drain_timeout=0):
        URL.set(f"http://127.0.0.1:{server.port}")
        trial.on("other server is cancelled", server.scope.cancel)
        trial.on("drain", server.stop.set)
        yield


def remote(name):
    return RemoteAction(f"{URL.get()}/{name}", input=int, output=str, chunk=int)


def calling(call):
    """Return the work of *call*, which is told why it fails."""

    async def work():
        try:
            return await call()
        except GenkitError as exc:
            assert exc.status.name in statuses_of(TRIAL.get().events), exc
            raise

    return work


async def unary():
    return await remote("stream")(2)


async def streamed():
    return await following(remote("relay"), 2)()


BLOWS = ("cancel", "deadline", "child raises", "other server is cancelled", "drain")
CALLS = {
    "unary": (unary, "done", BLOWS),
    "streamed": (streamed, followed(0, 0, 1, 1, output="done"), (*BLOWS, "consumer leaves")),
}
ALWAYS = {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED}


@pytest.mark.usefixtures("h1")
@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize(("call", "expected", "blows"), CALLS.values(), ids=CALLS)
def test_a_blow_at_any_moment_ends_both_sides(call, expected, blows, moments):
    """C3, C5, C21: cancelling the call closes the connection, which cancels the run on the other side."""
    scenario = in_process(calling(call), expected, always=ALWAYS, errors=(GenkitError,), beside=other_server)
    explored = explore_moments(scenario, blows, moments=moments)
    assert set(explored.happened) == set(blows)


@pytest.fixture(scope="module")
def forking():
    from tests.faults.victims import victims

    with victims() as forking:
        yield forking


@pytest.mark.extra
@pytest.mark.parametrize("moments", FEW)
@pytest.mark.parametrize(("call", "expected"), [CALLS["unary"][:2], CALLS["streamed"][:2]], ids=CALLS)
def test_a_server_whose_process_is_killed_is_unavailable(call, expected, moments, forking):
    """C3, C5: the caller is told, and keeps nothing of the connection."""

    @asynccontextmanager
    async def victim():
        with forking.serving(pace=REAL_PACE) as process:
            TRIAL.get().on("process is killed", process.kill)
            URL.set(f"http://127.0.0.1:{process.port}")
            async with open_runtime(Genkit(), drain_timeout=0):
                yield

    blows = ("process is killed", "cancel", "deadline")
    scenario = in_process(calling(call), expected, errors=(GenkitError,), beside=victim)
    explored = explore_moments(scenario, blows, moments=moments)
    assert set(explored.happened) == set(blows)
