"""Models that keep the requests they get."""

import pytest
import trio

from genkit_trio import Genkit, RunContext
from genkit_trio._ai import Message, ModelInfo, ModelRequest, ModelResponse, ModelResponseChunk, Part, Supports
from genkit_trio._core import Action
from genkit_trio.testing import RecordingModel, ScriptedAnswer, echo_model, recording_model, scripted_model


def request_of(*messages):
    return ModelRequest(messages=list(messages) or [Message("user", "hi")])


async def streamed(model, request):
    chunks = []
    async with model.stream(request) as stream:
        async for chunk in stream:
            chunks.append(chunk.text)
        return await stream.output(), chunks


async def test_a_recording_model_keeps_its_requests_and_answers_by_its_function():
    async def answer(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        await ctx.send_chunk(ModelResponseChunk("h"))
        return ModelResponse(message=Message("model", "hello"))

    model = RecordingModel("mine", answer)
    first, second = request_of(), request_of()
    assert (await model(first)).text == "hello"
    assert (await streamed(model, second))[1] == ["h"]
    assert model.requests == [first, second]
    assert model.last_request is second


async def test_a_request_that_was_not_answered_yet_is_kept_too(autojump_clock):
    model = scripted_model(ScriptedAnswer(delay=60))
    with trio.move_on_after(1):
        await model(request_of())
    assert len(model.requests) == 1


def test_there_is_no_last_request_before_the_first():
    with pytest.raises(IndexError, match="model 'echo' was not asked anything yet"):
        _ = echo_model().last_request


async def test_a_model_of_the_application_can_be_recorded():
    model = scripted_model(
        ScriptedAnswer(chunks=["he", "llo"]), name="real", info=ModelInfo(supports=Supports(media=True))
    )
    recorded = recording_model(model)
    response, chunks = await streamed(recorded, request_of())
    assert (response.text, chunks) == ("hello", ["he", "llo"])
    assert recorded.requests == model.requests
    assert (recorded.name, recorded.describe()["metadata"]) == ("real", model.describe()["metadata"])


async def test_a_model_that_says_nothing_of_itself_can_be_recorded():
    async def answer(request: ModelRequest) -> ModelResponse:
        return ModelResponse(message=Message("model", "hello"))

    recorded = recording_model(Action("model", "plain", answer, {}))
    assert (await recorded(request_of())).text == "hello"


async def test_an_echo_says_what_the_user_said_last():
    picture = Part.from_media("https://example.com/cat.png")
    request = request_of(
        Message("system", "Be brief."),
        Message("user", "first"),
        Message("model", "yes?"),
        Message("user", ["look at  this\n", picture]),
        Message("tool", [Part.from_tool_response("t", 1)]),
    )
    response, chunks = await streamed(echo_model(), request)
    assert response.message == Message("model", ["look at  this\n", picture])
    assert response.finish_reason == "stop"
    assert chunks == ["look", " at", "  this", "\n", ""]


async def test_an_echo_of_nobody_is_silent():
    response, chunks = await streamed(echo_model(), request_of(Message("system", "Be brief.")))
    assert (response.text, chunks) == ("", [])


async def test_models_for_tests_can_be_registered_and_say_something_of_themselves():
    ai = Genkit()
    ai.register(echo_model("mirror", info=ModelInfo(label="Mirror", supports=Supports(multiturn=True))))
    described = (await ai.registry.describe_actions())["/model/mirror"]
    assert described["metadata"] == {"model": {"label": "Mirror", "supports": {"multiturn": True}}}
