"""Whatever happens to a generation at whichever step: its model and its tools end with it."""

import pytest

from genkit_trio.testing import explore
from tests.faults.asking import asked
from tests.faults.scenes import PAIRS, SEEDS, TRIAL, in_process
from tests.faults.works import ai

pytestmark = pytest.mark.usefixtures("unlogged")

BLOWS = ("cancel", "deadline", "child raises")
LEFT = (*BLOWS, "consumer leaves")


async def generate():
    response = await ai.generate(**asked())
    return response.text, response.error


async def follow():
    trial = TRIAL.get()
    async with ai.generate_stream(**asked()) as stream:
        with trial.cancelled_by("consumer leaves"):
            async for _ in stream:
                pass
            response = await stream.output()
            return response.text, response.error
    return "", None


def is_expected(value, events):
    text, error = value
    if error is not None:
        return "child raises" in events
    return text == "done" or (text == "" and "consumer leaves" in events)


SCENES = {
    "generate": (in_process(generate, is_expected), BLOWS),
    "generate_stream": (in_process(follow, is_expected), LEFT),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scenario", "blows"), SCENES.values(), ids=SCENES)
def test_a_blow_at_any_step_to_parallel_tools_leaves_an_answer_or_the_cause(scenario, blows, seed):
    """C1, C4, C5, C13: what a turn has begun has ended, whoever fails or goes."""
    explored = explore(scenario, blows, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(blows)
