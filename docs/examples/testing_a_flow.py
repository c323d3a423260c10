"""A flow and its tests, without a network and without waiting."""

from typing import Never

import trio
import trio.testing

from genkit_trio import Flow, Genkit, Part, PublicError
from genkit_trio.middleware import Retry
from genkit_trio.model import ModelAction
from genkit_trio.testing import ScriptedAnswer, scripted_model


def ticket_office(model: ModelAction) -> Flow[str, str, Never]:
    """Make the flow that is tested."""
    ai = Genkit()

    @ai.tool
    async def price(ticket: str) -> int:
        """Look up the price of a ticket."""
        return 12

    @ai.flow
    async def ask(question: str) -> str:
        """Answer a passenger."""
        return (await ai.generate(model=model, prompt=question, tools=[price], use=[Retry()])).text

    return ask


async def test_the_model_is_told_what_the_tool_said() -> None:
    model = scripted_model(Part.from_tool_request("price", "day"), "It is 12.")
    assert await ticket_office(model)("What is a day ticket?") == "It is 12."
    [told] = model.last_request.messages[-1].tool_responses
    assert told.tool_response is not None
    assert told.tool_response.output == 12
    assert model.remaining == 0


async def test_a_model_that_is_busy_is_asked_again() -> None:
    model = scripted_model(PublicError("UNAVAILABLE", "busy"), "It is 12.")
    assert await ticket_office(model)("What is a day ticket?") == "It is 12."
    assert len(model.requests) == 2


async def test_a_deadline_reaches_the_model() -> None:
    model = scripted_model(ScriptedAnswer("It is 12.", delay=3600))
    with trio.move_on_after(10) as scope:
        await ticket_office(model)("What is a day ticket?")
    assert scope.cancelled_caught


if __name__ == "__main__":
    # What pytest-trio does for a test with autojump_clock: where all tasks sleep, no time passes.
    trio.run(test_the_model_is_told_what_the_tool_said)
    for test in (test_a_model_that_is_busy_is_asked_again, test_a_deadline_reaches_the_model):
        trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))
    print("3 passed")
