"""Whatever happens to a spawned run at whichever step: it ends with its runtime, and its handle tells how."""

from contextlib import suppress

import pytest

from genkit_trio import Cause, GenkitError, open_runtime
from genkit_trio.testing import explore
from tests.faults.exchanges import pass_deadlines, statuses_of
from tests.faults.scenes import PAIRS, SEEDS, Boom, causes_of, watched
from tests.faults.works import ai, nested

pytestmark = pytest.mark.usefixtures("unlogged")

BLOWS = ("cancel", "cancel API", "deadline", "drain", "child raises")


async def scenario(trial):
    value = error = spawned = None
    with watched(trial) as spans:
        with trial.cancelled_by("cancel") as cancelled:
            async with open_runtime(ai, drain_timeout=0.5) as runtime:
                spawned = runtime.spawn(nested, 2, timeout=100)
                trial.on("cancel API", spawned.cancel)
                trial.on("deadline", pass_deadlines)
                with trial.cancelled_by("drain"), suppress(GenkitError, Boom):
                    await spawned.output()
        if spawned is not None:
            try:
                value = await spawned.output()
            except (GenkitError, Boom) as exc:
                error = exc
    _check(trial, value, error, was_cancelled=cancelled.cancelled_caught)
    # A runtime that is cancelled cancels its runs because it ends.
    assert spans.causes() <= causes_of(trial.events, {Cause.DRAIN} if "cancel" in trial.events else ())


def _check(trial, value, error, *, was_cancelled):
    if isinstance(error, Boom):
        assert "child raises" in trial.events
    elif error is not None:
        told = {*statuses_of(trial.events), *({"CANCELLED", "UNAVAILABLE"} if was_cancelled else ())}
        assert error.status.name in told, (error, told)
    else:
        assert value == [0, 1] or was_cancelled


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blow_at_any_step_leaves_a_handle_with_an_end(seed):
    """C1, C6, C26, C27: output() gives the value, what the run raised, or why it was stopped."""
    explored = explore(scenario, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS)
