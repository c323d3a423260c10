"""Whatever happens to a run at whichever step: what has begun has ended, and the caller has a value or the cause."""

import pytest

from genkit_trio import Cause, GenkitError
from genkit_trio.testing import explore
from tests.faults import works
from tests.faults.scenes import PAIRS, SEEDS, Boom, in_process

pytestmark = pytest.mark.usefixtures("unlogged")

BLOWS = ("cancel", "deadline", "child raises")
LEFT = (*BLOWS, "consumer leaves")
WORKS = {
    "plain": (in_process(works.run_plain, 1), BLOWS),
    "nested": (in_process(works.run_nested, [0, 1]), BLOWS),
    "timed": (in_process(works.run_timed, 1), BLOWS),
    "stream": (in_process(works.following(works.stream, 2), works.followed(0, 0, 1, 1, output="done")), LEFT),
    "nested stream": (in_process(works.following(works.relay, 2), works.followed(0, 0, 1, 1, output="done")), LEFT),
    "generator": (in_process(works.following(works.yielding, 2), works.followed(0, 1, output=None)), LEFT),
    "discarded chunks": (in_process(works.run_discarding, "done"), BLOWS),
    "run_all": (in_process(works.run_all_of, (0, 1, 2)), BLOWS),
    "run_all in turn": (in_process(works.run_all_in_turn, (0, 1, 2)), BLOWS),
    "run_any": (in_process(works.run_any_of, lambda value, _: value in range(3), always={Cause.LOST_RACE}), BLOWS),
    "retry": (in_process(works.run_flaky, "at last", errors=(Boom, GenkitError)), BLOWS),
    "queue of a limiter": (in_process(works.run_queue, (0, 1, 2)), BLOWS),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scenario", "blows"), WORKS.values(), ids=WORKS)
def test_a_blow_at_any_step_leaves_a_value_or_the_cause_and_nothing_else(scenario, blows, seed):
    """C1, C2, C4, C5, C11 to C13, C18, C20: started == finished, opened == closed."""
    explored = explore(scenario, blows, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(blows)
