"""Whatever happens to a submitted run and its worker at whichever step: the run comes to its end, here or elsewhere."""

from functools import partial

import pytest
import trio

from genkit_trio import Cause, GenkitError, open_runtime, work
from genkit_trio._core import open_nursery
from genkit_trio.testing import MemoryWorkQueue, explore
from tests.faults.exchanges import pass_deadlines, statuses_of
from tests.faults.scenes import PAIRS, SEEDS, causes_of, watched
from tests.faults.works import ai, nested

pytestmark = pytest.mark.usefixtures("unlogged")

BLOWS = ("cancel", "cancel API", "deadline", "drain", "child raises")


async def scenario(trial):
    queue = MemoryWorkQueue()
    value = error = None
    with watched(trial) as spans:
        with trial.cancelled_by("cancel"):
            await submit_and_work(trial, queue)
        try:
            value = await take_up(queue)
        except GenkitError as exc:
            error = exc
    if error is None:
        assert value == [0, 1]
    else:
        assert error.status.name in statuses_of(trial.events) - {"UNAVAILABLE"}
    # The second worker is told to end as soon as the output is there.
    assert spans.causes() <= causes_of(trial.events, {Cause.DRAIN} if {"cancel", "drain"} & {*trial.events} else ())
    assert await queue.parked() == ()
    with trio.move_on_after(100) as nothing:
        await queue.take()
    assert nothing.cancelled_caught


async def submit_and_work(trial, queue):
    """Be the process that submits, and works until it has to end."""
    asked = trio.Event()
    async with open_runtime(ai, drain_timeout=0.5, queue=queue) as runtime, open_nursery() as nursery:
        trial.on("deadline", pass_deadlines)
        trial.on("cancel API", asked.set)
        nursery.start_soon(partial(work, ai, queue, concurrency=1))
        with trial.cancelled_by("drain"):
            submitted = await submit(runtime)
            nursery.start_soon(cancel_after, asked, submitted)
            try:
                await submitted.output()
            except GenkitError as exc:
                assert exc.status.name in statuses_of(trial.events)
        nursery.cancel_scope.cancel()


async def cancel_after(asked, submitted):
    """Be somebody who cancels the run when asked to."""
    await asked.wait()
    await submitted.cancel()


async def take_up(queue):
    """Be the next process: submit the same again, in case the first did not come to it, and work."""
    async with open_runtime(ai, queue=queue) as runtime, open_nursery() as nursery:
        nursery.start_soon(work, ai, queue)
        try:
            return await (await submit(runtime)).output()
        finally:
            nursery.cancel_scope.cancel()


def submit(runtime):
    return runtime.submit(nested, 2, timeout=100, idempotency_key="the run")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blow_at_any_step_leaves_a_run_that_has_an_end(seed):
    """C1, C6, C27: what a worker could not finish is taken up by the next, and nothing is left in the queue."""
    explored = explore(scenario, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS)
