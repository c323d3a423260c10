"""Responses: what can be read off them, and the output that is made of them."""

import attrs
import pytest

from genkit_trio._ai import (
    ErrorData,
    FinishReason,
    GenerationUsage,
    Message,
    ModelRequest,
    ModelResponse,
    Part,
)
from genkit_trio._wire import GenkitError, Status, codec_of

ASKED = [Message("system", "be brief"), Message("user", "hi")]


def test_a_response_shows_what_its_message_holds():
    message = Message(
        "model",
        [
            Part("hello"),
            Part.from_reasoning("hm"),
            Part.from_media("u"),
            Part.from_tool_request("a"),
            Part.from_tool_request("b", metadata={"interrupt": {"why": "money"}}),
        ],
    )
    response = ModelResponse(message=message, request=ModelRequest(messages=ASKED))
    assert response.text == "hello"
    assert response.reasoning == "hm"
    assert response.media == message.media
    assert response.tool_requests == message.content[3:]
    assert response.interrupts == message.content[4:]
    assert response.messages == [*ASKED, message]


def test_a_response_without_a_message_holds_the_conversation_up_to_there():
    response = ModelResponse(request=ModelRequest(messages=ASKED))
    assert response.messages == ASKED
    assert response.messages is not response.request.messages
    assert (response.text, response.reasoning) == ("", "")
    assert response.media == response.tool_requests == response.interrupts == []
    assert ModelResponse(message=ASKED[1]).messages == [ASKED[1]]
    assert ModelResponse().messages == []


def test_the_output_is_made_once_by_the_parser():
    parsed = []

    def parser(message):
        parsed.append(message)
        return [message.text]

    response = ModelResponse(message=Message("model", "a"), parser=parser)
    assert response.output == ["a"]
    assert response.output is response.output
    assert len(parsed) == 1
    assert attrs.evolve(response, message=Message("model", "b")).output == ["b"]


def test_a_parser_that_refuses_is_asked_again():
    def parser(message):
        raise GenkitError("INTERNAL", "no number")

    response = ModelResponse(message=Message("model", "a"), parser=parser)
    for _ in range(2):
        with pytest.raises(GenkitError, match="no number"):
            response.output  # noqa: B018  # because reading it is the test


@pytest.mark.parametrize(
    ("content", "output"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("null", None),
        ("Here you are:\n```json\n[1, 2]\n```", [1, 2]),
        ([Part("ignored"), Part.from_data({"b": 2})], {"b": 2}),
    ],
)
def test_without_a_parser_the_answer_is_read_as_json(content, output):
    assert ModelResponse(message=Message("model", content)).output == output


def test_an_answer_without_json_is_an_error():
    with pytest.raises(GenkitError, match=r"^the answer is not JSON: there is no JSON in the text$") as caught:
        ModelResponse(message=Message("model", "hello")).output  # noqa: B018  # because reading it is the test
    assert caught.value.status is Status.INTERNAL


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (ModelResponse(), "it has no message"),
        (ModelResponse(finish_reason=FinishReason.BLOCKED), "blocked"),
        (ModelResponse(finish_reason="blocked", finish_message="not nice"), "not nice"),
    ],
)
def test_a_response_without_a_message_says_why_it_has_no_output(response, reason):
    with pytest.raises(GenkitError, match=f"^the response has no output: {reason}$") as caught:
        response.output  # noqa: B018  # because reading it is the test
    assert caught.value.status is Status.FAILED_PRECONDITION


def test_reading_the_output_of_a_failed_response_raises_its_error():
    cause = OSError("no route")
    error = ErrorData(status="UNAVAILABLE", message="the model is away", details={"reason": "TOOL_FAILED"})
    with pytest.raises(GenkitError, match=r"^the model is away$") as caught:
        ModelResponse(error=error, exception=cause).output  # noqa: B018  # because reading it is the test
    assert caught.value.status is Status.UNAVAILABLE
    assert caught.value.details == {"reason": "TOOL_FAILED"}
    assert caught.value.__cause__ is cause


def test_reasons_of_the_future_are_kept_as_text():
    codec = codec_of(ModelResponse)
    assert codec.load({"finishReason": "stop"}).finish_reason is FinishReason.STOP
    assert codec.load({"finishReason": "bored"}).finish_reason == "bored"
    assert codec.dump(ModelResponse(finish_reason="stop")) == codec.dump(ModelResponse(finish_reason=FinishReason.STOP))


def test_numbers_are_written_as_they_were_read():
    usage = codec_of(GenerationUsage).load({"inputTokens": 3, "outputTokens": 3.0, "custom": {"pages": 1}})
    dumped = codec_of(GenerationUsage).dump(usage)
    assert [type(dumped[key]) for key in ("inputTokens", "outputTokens")] == [int, float]
