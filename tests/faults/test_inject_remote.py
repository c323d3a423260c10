"""Whatever happens to a call of another process at whichever step: both sides end, and the caller is told why."""

import httpx2
import pytest

from genkit_trio import Cause, GenkitError, RemoteAction, RemoteOptions
from genkit_trio.testing import explore
from tests.faults.chain import TRANSPORT, other_server
from tests.faults.exchanges import statuses_of
from tests.faults.scenes import PAIRS, SEEDS, TRIAL, in_process
from tests.faults.works import followed

pytestmark = pytest.mark.usefixtures("unlogged")

BLOWS = ("cancel", "deadline", "child raises", "connection is lost", "other server is cancelled")
LEFT = (*BLOWS, "consumer leaves")


def calling(call):
    """Return the work of *call*, given a remote action."""

    async def work():
        trial = TRIAL.get()
        async with httpx2.AsyncClient(transport=TRANSPORT.get()) as client:
            options = RemoteOptions(client=client)
            try:
                return await call(RemoteAction("http://there/stream", input=int, output=str, chunk=int, remote=options))
            except GenkitError as exc:
                assert exc.status.name in statuses_of(trial.events)
                raise

    return work


def scene(call, expected):
    """Return the scenario of *call*."""
    always = {Cause.CLIENT_DISCONNECT, Cause.PARENT_CANCELLED}
    return in_process(calling(call), expected, always=always, errors=(GenkitError,), beside=other_server)


async def unary(remote):
    return await remote(2)


async def streamed(remote):
    trial = TRIAL.get()
    seen = []
    async with remote.stream(2) as chunks:
        with trial.cancelled_by("consumer leaves"):
            async for chunk in chunks:
                seen.append(chunk)
            return seen, await chunks.output()
    return seen, None


SCENES = {
    "unary": (scene(unary, "done"), BLOWS),
    "streamed": (scene(streamed, followed(0, 0, 1, 1, output="done")), LEFT),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scenario", "blows"), SCENES.values(), ids=SCENES)
def test_a_blow_at_any_step_ends_both_sides(scenario, blows, seed):
    """C3, C5, C21: cancelling the call closes the connection, which cancels the run on the other side."""
    explored = explore(scenario, blows, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(blows)
