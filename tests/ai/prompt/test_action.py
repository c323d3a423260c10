"""The two actions of a prompt."""

import attrs
import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import GenerateActionOptions, GenerateOutput, Message, ModelRequest, OutputConfig, Role
from genkit_trio._core import run_step
from genkit_trio._tracing import current_span
from genkit_trio._wire import ABSENT, ActionKey, codec_of

pytestmark = pytest.mark.extra


@attrs.frozen
class Dish:
    name: str


async def resolve(ai, key: str):
    return await ai.registry.resolve(ActionKey.parse(key))


async def test_a_prompt_is_two_actions(ai):
    ai.define_prompt("hi", variant="formal", prompt="Good day {{name}}", config={"temperature": 1})
    request = await (await resolve(ai, "/prompt/hi.formal"))({"name": "Ada"})
    options = await (await resolve(ai, "/executable-prompt/hi.formal"))({"name": "Ada"})
    messages = [Message(Role.USER, "Good day Ada")]
    assert isinstance(request, ModelRequest)
    assert (request.messages, request.config) == (messages, {"temperature": 1})
    assert isinstance(options, GenerateActionOptions)
    assert codec_of(GenerateActionOptions).dump(options) == {
        "model": "echo",
        "messages": [{"role": "user", "content": [{"text": "Good day Ada"}]}],
        "config": {"temperature": 1},
    }


async def test_neither_asks_a_model(ai, echo):
    ai.define_prompt("hi", prompt="Hi")
    await (await resolve(ai, "/prompt/hi"))()
    await (await resolve(ai, "/executable-prompt/hi"))()
    assert echo.requests == []


async def test_the_output_that_a_prompt_declares_is_asked_for(ai):
    ai.define_prompt("hi", prompt="Hi", output_schema=Dish, output_instructions=False)
    options = await (await resolve(ai, "/executable-prompt/hi"))()
    assert options.output == GenerateOutput(format="json", json_schema=codec_of(Dish).schema(), instructions=False)
    request = await (await resolve(ai, "/prompt/hi"))()
    assert isinstance(request.output, OutputConfig)
    assert (request.output.format, request.output.schema) == ("json", codec_of(Dish).schema())


async def test_the_input_of_a_request_is_checked(ai):
    ai.define_prompt("hi", prompt="Hi {{name}}", input_schema=Dish, input_default={"name": "soup"})
    for key in ("/prompt/hi", "/executable-prompt/hi"):
        action = await resolve(ai, key)
        assert action.load_input(ABSENT) == action.load_input(None) == action.load_input({}) == Dish("soup")
        with pytest.raises(PublicError, match=r"^name: expected string, got integer$") as caught:
            action.load_input({"name": 1})
        assert caught.value.status is Status.INVALID_ARGUMENT


async def test_an_action_runs_with_the_context_of_its_call(ai):
    ai.define_prompt("hi", prompt="Hi {{@auth.uid}}")
    request = await (await resolve(ai, "/prompt/hi"))(None, context={"auth": {"uid": "7"}})
    assert request.messages[0].text == "Hi 7"


async def test_a_name_is_taken_once(ai):
    ai.define_prompt("hi", prompt="Hi")
    ai.define_prompt("hi", variant="formal", prompt="Hi")
    with pytest.raises(ValueError, match=r"^there is a prompt 'hi.formal' already; give one another name or variant$"):
        ai.define_prompt("hi", variant="formal", prompt="Hi")


async def test_a_schema_that_is_missing_is_left_out_of_the_listing(ai, caplog):
    ai.define_prompt("hi", prompt="Hi {{a}}", input_schema="Recipe")
    listed = (await ai.registry.describe_actions())["/prompt/hi"]
    assert listed["inputSchema"] == {}
    assert "a schema of /prompt/hi is left out of the listing: schema 'Recipe' not found" in caplog.text
    with pytest.raises(PublicError, match=r"^schema 'Recipe' not found"):
        await (await resolve(ai, "/prompt/hi"))()


async def test_only_the_options_of_a_generation_are_described_as_output(ai):
    ai.define_prompt("hi", prompt="Hi")
    listed = await ai.registry.describe_actions()
    assert "outputSchema" not in listed["/prompt/hi"]
    assert "messages" in listed["/executable-prompt/hi"]["outputSchema"]["properties"]


async def test_rendering_is_a_span_of_its_own(ai):
    spans = []

    def note(args, options):
        spans.append(current_span.get())
        return ""

    ai.define_helper("note", note)
    hi = ai.define_prompt("hi", variant="formal", prompt="Hi{{note 1}}")
    await run_step("outer", hi.render)
    [span] = spans
    assert (span.name, span.span_type, span.parent.name) == ("render", "promptTemplate", "outer")
    assert span.attributes["genkit:metadata:promptName"] == "hi.formal"
    assert current_span.get() is None
