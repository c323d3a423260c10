"""Tools that only ask a human."""

import attrs
import pytest

from genkit_trio._ai.interrupt import Interrupt
from genkit_trio._ai.tool import definition_of
from tests.ai.defined import Application


@attrs.frozen
class Question:
    text: str


async def test_it_interrupts_whatever_it_is_asked():
    ai = Application()
    ask = ai.define_interrupt("ask", description="Ask the user.")
    with pytest.raises(Interrupt) as caught:
        await ask({"text": "sure?"})
    assert caught.value.metadata == {}
    assert definition_of(ask).description == "Ask the user."


def test_tools_know_that_it_cannot_be_restarted():
    ai = Application()
    ask = ai.define_interrupt("ask", metadata={"tool": {"cost": 1}})
    assert ask.describe()["metadata"] == {"type": "tool", "tool": {"cost": 1, "restartable": False}}
    assert [str(action.key) for action in ai.registry.actions()] == ["/tool/ask"]


async def test_its_metadata_may_depend_on_the_input():
    ai = Application()
    fixed = ai.define_interrupt("fixed", request_metadata={"urgent": True})
    told = ai.define_interrupt(
        "told", input_schema=Question, output_schema=bool, request_metadata=lambda asked: {"about": asked.text}
    )
    with pytest.raises(Interrupt) as caught:
        await fixed(1)
    assert caught.value.metadata == {"urgent": True}
    with pytest.raises(Interrupt) as caught:
        await told(told.load_input({"text": "x"}))
    assert caught.value.metadata == {"about": "x"}
    assert definition_of(told).output_schema == {"type": "boolean"}
