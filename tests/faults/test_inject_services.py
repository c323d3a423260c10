"""Whatever cancels a runtime at whichever step: a service that somebody was given outlives the run that uses it."""

import pytest
import trio

from genkit_trio import Genkit, GenkitError, open_runtime
from genkit_trio.testing import explore
from tests.faults.scenes import PAIRS, SEEDS

pytestmark = pytest.mark.usefixtures("unlogged")

ai = Genkit()
BLOWS = ("runtime is cancelled", "caller is cancelled")


class Connection:
    """A service that says whether it is there."""

    is_open = False

    async def __call__(self, runtime, *, task_status):  # noqa: ASYNC114  # started by the runtime
        try:
            await trio.lowlevel.checkpoint()
            self.is_open = True
            task_status.started()
            await trio.sleep_forever()
        finally:
            self.is_open = False


async def scenario(trial):
    connection = Connection()
    async with trio.open_nursery() as nursery:
        runtime = await nursery.start(keep_open, trial)
        with trial.cancelled_by("caller is cancelled"):
            await use(trial, runtime, connection)
    assert not connection.is_open


async def use(trial, runtime, connection):
    """Be somebody who is given the service, and starts a run that uses it."""
    try:
        await runtime.use(connection)
        await runtime.start(work_with, connection)
    except (GenkitError, RuntimeError) as exc:
        # The runtime ends: the service is not given, or the run was cancelled before it had started.
        assert trial.events
        assert not isinstance(exc, GenkitError) or exc.status.name == "UNAVAILABLE"


async def keep_open(trial, *, task_status):  # noqa: ASYNC114  # started by the scenario
    with trio.CancelScope() as scope:
        async with open_runtime(ai, drain_timeout=1) as runtime:
            task_status.started(runtime)
            trial.on("runtime is cancelled", scope.cancel)
            await trio.sleep(2)


async def work_with(connection, *, task_status):  # noqa: ASYNC114  # started by the scenario
    assert connection.is_open
    await trio.lowlevel.checkpoint()
    assert connection.is_open
    task_status.started()
    try:
        await trio.sleep(1)
    finally:
        assert connection.is_open


@pytest.mark.parametrize("seed", SEEDS)
def test_a_service_outlives_whoever_was_given_it(seed):
    """C1, C27: also when the runtime is cancelled in the moment in which the service has started."""
    explored = explore(scenario, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS)
