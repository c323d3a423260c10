"""Interrupts, and the parts that answer them."""

import pytest

from genkit_trio import PublicError
from genkit_trio._ai.interrupt import Interrupt, respond_to_interrupt, restart_tool
from genkit_trio._ai.part import Part

ASKED = Part.from_tool_request("book", {"nights": 3}, ref="7", metadata={"interrupt": {"ask": "sure?"}})


def test_an_interrupt_has_metadata():
    assert Interrupt().metadata == {}
    assert Interrupt({"ask": "sure?"}).metadata == {"ask": "sure?"}
    assert (
        str(Interrupt()) == "the tool waits for an answer; give it to generate, as resume_respond= or resume_restart="
    )


def test_a_response_answers_the_request():
    part = respond_to_interrupt({"ok": True}, interrupt=ASKED)
    assert part == Part.from_tool_response("book", {"ok": True}, ref="7", metadata={"interruptResponse": True})
    assert respond_to_interrupt(1, interrupt=ASKED, metadata={"by": "ann"}).metadata == {
        "interruptResponse": {"by": "ann"}
    }


def test_a_restart_repeats_the_request():
    part = restart_tool(interrupt=ASKED)
    assert part.tool_request == ASKED.tool_request
    assert part.metadata == {"interrupt": {"ask": "sure?"}, "resumed": True}
    assert restart_tool(interrupt=ASKED, resumed_metadata={"ok": 1}).metadata["resumed"] == {"ok": 1}


@pytest.mark.parametrize("other", [{"nights": 2}, None])
def test_a_restart_may_replace_the_input(other):
    part = restart_tool(interrupt=ASKED, replace_input=other)
    assert part.tool_request.input == other
    assert part.metadata["replacedInput"] == {"nights": 3}


def test_only_tool_requests_can_be_answered():
    with pytest.raises(PublicError, match="the interrupt is a text part, not a tool request"):
        respond_to_interrupt(1, interrupt=Part("x"))
    with pytest.raises(PublicError, match="not a tool request"):
        restart_tool(interrupt=Part("x"))
    assert restart_tool(interrupt=Part.from_tool_request("x")).metadata == {"resumed": True}
