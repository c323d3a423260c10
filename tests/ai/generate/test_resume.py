"""Resuming; the cases of the protocol are in ``test_action.py``."""

import pytest
import trio

from genkit_trio import Genkit, GenkitError
from genkit_trio._ai import Interrupt, Message, Part, Role, ToolRunContext, respond_to_interrupt, restart_tool
from genkit_trio.testing import scripted_model


@pytest.fixture
def ai():
    return Genkit()


def asking(*inputs):
    return [Part.from_tool_request("buy", number, ref=str(number)) for number in inputs]


async def test_a_human_answers_and_approves(ai):
    @ai.tool
    async def buy(number: int, ctx: ToolRunContext) -> str:
        if not ctx.is_resumed():
            raise Interrupt({"price": number * 10})
        return f"bought {number}, not {ctx.original_input}: {ctx.resumed_metadata}"

    model = scripted_model(asking(1, 2), "done")
    asked = await ai.generate(model=model, prompt="hi", tools=[buy])
    first, second = asked.interrupts
    assert [part.metadata for part in (first, second)] == [{"interrupt": {"price": 10}}, {"interrupt": {"price": 20}}]
    response = await ai.generate(
        model=model,
        messages=asked.messages,
        tools=[buy],
        resume_respond=respond_to_interrupt("no", interrupt=first),
        resume_restart=[restart_tool(interrupt=second, replace_input=3, resumed_metadata={"by": "Ada"})],
        resume_metadata={"at": "noon"},
    )
    assert response.text == "done"
    told = response.messages[2]
    assert told.metadata == {"resumed": {"at": "noon"}}
    outputs = [part.tool_response.output for part in told.content]
    assert outputs == ["no", "bought 3, not 2: {'by': 'Ada'}"]


async def test_nothing_is_run_before_everything_can_be_settled(ai):
    runs = []

    @ai.tool
    async def buy(number: int) -> None:
        runs.append(number)

    messages = [message_of(asking(1, 2))]
    with pytest.raises(GenkitError, match="the tool request 'buy#2' is left unresolved by resume"):
        await ai.generate(model=scripted_model(), messages=messages, tools=[buy], resume_restart=asking(1))
    with pytest.raises(GenkitError, match="Tool gone not found"):
        await ai.generate(
            model=scripted_model(),
            messages=[message_of([*asking(1), Part.from_tool_request("gone")])],
            tools=[buy],
            resume_restart=[*asking(1), Part.from_tool_request("gone")],
        )
    assert runs == []


async def test_restarts_run_at_once_and_the_first_that_fails_cancels_the_others(ai, autojump_clock):
    ended, failure = [], ValueError("boom")

    @ai.tool
    async def buy(number: int) -> None:
        try:
            await trio.sleep(number)
        finally:
            ended.append(number)
        if number == 1:
            raise failure

    with pytest.raises(ValueError, match="boom") as caught:
        await ai.generate(
            model=scripted_model(), messages=[message_of(asking(1, 9))], tools=[buy], resume_restart=asking(1, 9)
        )
    assert caught.value is failure
    assert (sorted(ended), trio.current_time()) == ([1, 9], 1)


async def test_the_request_without_a_ref_is_told_by_its_name(ai):
    request = Part.from_tool_request("buy")
    with pytest.raises(GenkitError, match="the tool request 'buy' is left unresolved"):
        await ai.generate(
            model=scripted_model(),
            messages=[message_of([request])],
            resume_respond=Part.from_tool_response("sell", 1),
        )


async def test_after_a_resumption_turns_go_on_with_the_right_index(ai):
    @ai.tool
    async def buy(number: int) -> int:
        return number

    model = scripted_model(asking(2), "done")
    stream = ai.generate_stream(
        model=model,
        messages=[message_of(asking(1))],
        tools=[buy],
        resume_respond=Part.from_tool_response("buy", 1, ref="1"),
    )
    async with stream as chunks:
        assert [(chunk.role, chunk.index) async for chunk in chunks] == [("tool", 0), ("tool", 1)]


def message_of(parts):
    return Message(Role.MODEL, parts)
