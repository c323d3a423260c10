"""What the arguments of ``generate`` come to."""

import attrs
import pytest

from genkit_trio import Genkit, PublicError, RunContext
from genkit_trio._ai import (
    Document,
    GenerateActionOptions,
    Message,
    ModelRequest,
    ModelResponse,
    Part,
    Retry,
    Role,
    ToolChoice,
    model_ref,
    new_tool,
)
from genkit_trio._ai.action_options import MiddlewareRef
from genkit_trio._ai.generate import generate_action, new_generation
from genkit_trio._wire import codec_of
from genkit_trio.testing import scripted_model


@attrs.frozen
class Config:
    temperature: float = 1.0
    top: int | None = None


@pytest.fixture
def ai():
    return Genkit()


def test_system_messages_and_prompt_come_in_this_order(ai):
    generation = new_generation(
        ai.registry,
        {"prompt": ["see", Part.from_media("data:,x")], "system": "Be kind.", "messages": [Message(Role.MODEL, "hm")]},
    )
    assert [(message.role, len(message.content)) for message in generation.messages] == [
        (Role.SYSTEM, 1),
        (Role.MODEL, 1),
        (Role.USER, 2),
    ]


def test_it_is_what_tools_would_send(ai):
    """What stands behind the names is not on the wire."""

    @ai.tool
    async def work() -> None:
        """Do nothing."""

    @ai.resource(uri="x://y")
    async def page(asked) -> None:
        """Hold nothing."""

    generation = new_generation(
        ai.registry,
        {
            "model": "small",
            "prompt": "hi",
            "tools": [work, "other"],
            "resources": [page, "there"],
            "tool_choice": "none",
            "docs": (Document("d"),),
            "max_turns": 3,
            "return_tool_requests": True,
            "use": [Retry(), MiddlewareRef("m", {"x": 1})],
            "resume_restart": Part.from_tool_request("work"),
            "output_instructions": False,
            "step_name": "s",
            "config": {"temperature": 1},
            "max_parallel_tools": 2,
        },
        list[int],
    )
    assert generation.tool_choice is ToolChoice.NONE
    assert codec_of(GenerateActionOptions).dump(generation) == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "model": "small",
        "docs": [{"content": [{"text": "d"}]}],
        "tools": ["/tool/work", "other"],
        "resources": ["/resource/page", "there"],
        "toolChoice": "none",
        "config": {"temperature": 1},
        "output": {"instructions": False, "jsonSchema": {"type": "array", "items": {"type": "integer"}}},
        "resume": {"restart": [{"toolRequest": {"name": "work"}}]},
        "returnToolRequests": True,
        "maxTurns": 3,
        "stepName": "s",
        "use": [{"name": "m", "config": {"x": 1}}],
    }


def test_an_argument_that_does_not_exist_is_refused(ai):
    with pytest.raises(TypeError, match="generate has no argument 'warmth'; there are config, context,"):
        new_generation(ai.registry, {"prompt": "hi", "warmth": 1})


def test_a_schema_that_was_not_defined_is_refused(ai):
    with pytest.raises(TypeError, match="no schema 'Recipe'; define it"):
        new_generation(ai.registry, {"prompt": "hi"}, "Recipe")


def test_without_a_model_there_is_none(ai):
    generation = new_generation(ai.registry, {})
    assert (generation.model, generation.messages, generation.output, generation.resume) == (None, [], None, None)


@pytest.mark.parametrize(
    ("ref", "given", "config"),
    [
        (model_ref("small"), None, None),
        (model_ref("small"), {"x": 1}, {"x": 1}),
        (model_ref("small", version="2"), None, {"version": "2"}),
        (model_ref("small", version="2"), {"version": "3", "y": None}, {"version": "3"}),
        (model_ref("small", config={"x": 1, "y": 2}), {"y": 3}, {"x": 1, "y": 3}),
        (model_ref("small", config=Config(0.5)), None, {"temperature": 0.5}),
        (model_ref("small", config={"x": 1}), Config(0.5), {"x": 1, "temperature": 0.5}),
    ],
)
async def test_the_settings_of_a_call_lie_over_those_of_the_reference(ai, ref, given, config):
    model = ai.register(scripted_model("done", "done", name="small"))
    options = {} if given is None else {"config": given}
    await ai.generate(model=ref, prompt="hi", **options)
    assert model.last_request.config == config
    if not isinstance(given, Config):
        ai.registry.set_value("defaultModel", "defaultModel", ref)
        await generate_action(ai.registry)(GenerateActionOptions(messages=[], config=given))
        assert model.last_request.config == config


def test_settings_that_are_none_are_refused(ai):
    with pytest.raises(TypeError, match="config is 3; it must be a mapping"):
        new_generation(ai.registry, {"model": model_ref("small", version="2"), "config": 3})


async def test_a_model_gets_its_own_class_of_settings(ai):
    @ai.model
    async def small(request: ModelRequest[Config]) -> ModelResponse:
        return ModelResponse(message=Message(Role.MODEL, str(request.config.temperature)))

    for config in ({"temperature": 0.5}, Config(0.5)):
        assert (await ai.generate(model="small", prompt="hi", config=config)).text == "0.5"
    with pytest.raises(PublicError, match=r"config.temperature: expected number, got string"):
        await ai.generate(model="small", prompt="hi", config={"temperature": "hot"})


async def test_the_default_model_answers_where_none_is_named():
    ai = Genkit(model="small")
    ai.register(scripted_model("done", name="small"))
    assert (await ai.generate(prompt="hi")).text == "done"


async def test_models_tools_and_middleware_need_not_be_registered(ai):
    async def work(x: int) -> int:
        return x + 1

    seen = []

    async def watch(request, proceed):
        seen.append(len(request.messages))
        return await proceed(request)

    model = scripted_model([Part.from_tool_request("work", 1)], "done")
    response = await ai.generate(model=model, prompt="hi", tools=[new_tool(work)], use=[watch])
    assert response.messages[2].content[0].tool_response.output == 2
    assert seen == [1, 3]


async def test_the_context_is_that_of_the_call_or_of_the_caller(ai):
    seen = []

    async def answer(request, ctx: RunContext):
        seen.append(dict(ctx.context))
        return "done"

    @ai.flow
    async def ask() -> None:
        await ai.generate(model=scripted_model(answer), prompt="hi")
        await ai.generate(model=scripted_model(answer), prompt="hi", context={"auth": "Bob"})

    await ask(context={"auth": "Ada"})
    assert seen == [{"auth": "Ada"}, {"auth": "Bob"}]
