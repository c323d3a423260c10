"""Responses."""

import enum

import pytest

from genkit_trio import Genkit, GenkitError
from genkit_trio._ai import FinishReason, Message, ModelResponse, Part, Role
from genkit_trio.testing import scripted_model


class Colour(enum.Enum):
    RED = "red"


@pytest.fixture
def ai():
    return Genkit()


@pytest.mark.parametrize(
    ("schema", "answer", "output"),
    [
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], 'Sure:\n```json\n{"a": 1}\n```', {"a": 1}),
        (Colour, '"red"', Colour.RED),
        (int, "3", 3),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
    ],
)
async def test_the_output_is_of_the_type_that_was_asked_for(ai, schema, answer, output):
    response = await ai.generate(model=scripted_model(answer), prompt="hi", output_schema=schema)
    assert (response.output, response.error) == (output, None)
    assert response.output is response.output


async def test_a_defined_schema_goes_by_its_name(ai):
    ai.define_schema("Numbers", list[int])
    model = scripted_model("[1]")
    response = await ai.generate(model=model, prompt="hi", output_schema="Numbers")
    assert response.output == [1]
    assert model.last_request.output.schema == {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize("answer", ["no JSON", '["x"]', '{"a": 1}', ""])
async def test_an_output_that_does_not_fit_is_told_in_the_response(ai, answer):
    response = await ai.generate(model=scripted_model(answer), prompt="hi", output_schema=list[int])
    assert response.error is not None
    assert (response.error.status, response.error.details) == ("INTERNAL", {"reason": "INVALID_OUTPUT"})
    assert (response.text, response.finish_reason) == (answer, FinishReason.STOP)
    assert isinstance(response.exception, GenkitError)
    with pytest.raises(GenkitError):
        _ = response.output


@pytest.mark.parametrize("reason", ["blocked", "aborted", "failed", "interrupted", "other"])
async def test_an_answer_that_broke_off_need_not_fit(ai, reason):
    answer = ModelResponse(message=Message(Role.MODEL, "sorry"), finish_reason=FinishReason(reason))
    response = await ai.generate(model=scripted_model(answer), prompt="hi", output_schema=list[int])
    assert (response.text, response.error) == ("sorry", None)


async def test_the_output_of_another_message_is_read_anew(ai):
    response = await ai.generate(model=scripted_model("[1]"), prompt="hi", output_schema=list[int])
    assert response.parser(Message(Role.MODEL, "[2]")) == [2]


async def test_a_response_with_tool_requests_need_not_fit(ai):
    @ai.tool
    async def work() -> None:
        """Do nothing."""

    response = await ai.generate(
        model=scripted_model([Part.from_tool_request("work")]),
        prompt="hi",
        tools=[work],
        output_schema=list[int],
        return_tool_requests=True,
    )
    assert (response.error, len(response.tool_requests)) == (None, 1)


async def test_the_message_is_marked_with_its_format(ai):
    answer = Message(Role.MODEL, "[1]", metadata={"own": 1, "generate": {"id": 7}})
    response = await ai.generate(model=scripted_model(answer), prompt="hi", output_schema=list[int])
    form = {"contentType": "application/json", "format": "json"}
    assert response.message.metadata == {"own": 1, "generate": {"id": 7, "output": form}}


@pytest.mark.parametrize(
    ("options", "mark"),
    [
        ({"output_content_type": "text/x"}, {"contentType": "text/x"}),
        ({"output_format": "enum"}, {"contentType": "text/enum", "format": "enum"}),
        ({"output_instructions": "Be brief."}, None),
    ],
)
async def test_the_mark_says_what_was_asked_for(ai, options, mark):
    response = await ai.generate(model=scripted_model("hi"), prompt="hi", **options)
    assert response.message.metadata == (None if mark is None else {"generate": {"output": mark}})


async def test_instructions_without_a_format_are_told_to_the_model(ai):
    model = scripted_model("hi")
    await ai.generate(model=model, prompt="hi", output_instructions="Be brief.")
    assert model.last_request.messages[0].text == "hiBe brief."
