"""Models: what they are made of, what listings show, and the config that they are given."""

import attrs
import pytest

from genkit_trio import PublicError, RunContext, Status
from genkit_trio._ai.chunk import ModelResponseChunk
from genkit_trio._ai.message import Message, Role
from genkit_trio._ai.model import (
    ModelRef,
    default_model,
    model,
    model_info,
    model_metadata,
    model_ref,
    set_default_model,
)
from genkit_trio._ai.model_info import ModelInfo, Stage, Supports
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.response import ModelResponse
from genkit_trio._core import Action
from genkit_trio._wire import codec_of
from tests.ai.defined import Application

ASKED = ModelRequest(messages=[Message(Role.USER, "hi")])


@attrs.frozen
class Config:
    temperature: float = 1.0


async def echo(request: ModelRequest) -> ModelResponse:
    return ModelResponse(message=Message(Role.MODEL, request.messages[-1].content), custom=request.config)


@pytest.fixture
def ai():
    return Application()


async def test_a_model_answers_requests(ai):
    @ai.model
    async def shout(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        await ctx.send_chunk(ModelResponseChunk("H"))
        return ModelResponse(message=Message(Role.MODEL, request.messages[0].text.upper()))

    assert (await shout(ASKED)).text == "HI"
    async with shout.stream(ASKED) as stream:
        assert [chunk.text async for chunk in stream] == ["H"]
    assert ai["/model/shout"] is shout


async def test_a_model_is_run_by_tools_as_json(ai):
    shout = ai.define_model("shout", echo)
    request = shout.load_input({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})
    assert shout.dump_output(await shout(request)) == {"message": {"role": "model", "content": [{"text": "hi"}]}}
    assert shout.dump_chunk(ModelResponseChunk("x", index=0)) == {"content": [{"text": "x"}], "index": 0}


async def test_annotations_may_be_left_out(ai):
    @ai.model("bare")
    def bare(request):
        return ModelResponse(finish_reason=str(type(request).__name__))

    assert (await bare(bare.load_input({"messages": []}))).finish_reason == "ModelRequest"


def test_every_way_to_write_the_decorator(ai):
    made = [
        ai.model(echo),
        ai.model()(attrs_named("a")),
        ai.model("b")(echo),
        ai.model(name="c")(echo),
        ai.model(info=ModelInfo(label="D"))(attrs_named("d")),
        ai.define_model("e", echo),
    ]
    assert [each.name for each in made] == ["echo", "a", "b", "c", "d", "e"]
    assert len(ai.registry.actions()) == 6


def attrs_named(name):
    async def fn(request: ModelRequest) -> ModelResponse: ...

    fn.__name__ = name
    return fn


def test_a_model_is_listed_with_what_it_can_do(ai):
    info = ModelInfo(
        label="Echo 1", versions=["1"], stage=Stage.STABLE, supports=Supports(multiturn=True, output=["text"])
    )
    made = ai.define_model("echo", echo, info=info, config_schema=Config, metadata={"team": "x"})
    described = made.describe()
    assert described["description"] == "Echo 1"
    assert described["metadata"] == {
        "team": "x",
        "model": {
            "label": "Echo 1",
            "versions": ["1"],
            "stage": "stable",
            "supports": {"multiturn": True, "output": ["text"]},
            "customOptions": codec_of(Config).schema(),
        },
    }
    assert model("m", echo).describe()["metadata"] == {"model": {"label": "m"}}
    assert model("m", echo, description="Echoes.").describe()["description"] == "Echoes."
    assert model("m", echo, config_schema={"type": "object"}).describe()["metadata"]["model"] == {
        "label": "m",
        "customOptions": {"type": "object"},
    }


def test_what_a_model_says_about_itself_can_be_asked(ai):
    info = ModelInfo(label="x", supports=Supports(tools=True))
    assert model_info(ai.define_model("echo", echo, info=info)) == info
    by_hand = Action("model", "m", echo, {"metadata": model_metadata(info)})
    assert model_info(by_hand) == info
    assert model_info(Action("model", "m", echo, {})) == ModelInfo()
    assert model_info(Action("model", "m", echo, {"metadata": {"model": 1}})) == ModelInfo()


async def test_a_declared_config_is_made_for_the_function(ai):
    seen = []

    @ai.model
    async def warm(request: ModelRequest[Config]) -> ModelResponse:
        seen.append(request.config)
        return ModelResponse()

    for config in ({"temperature": 0.5}, Config(2.0), None):
        await warm(ModelRequest(messages=[], config=config))
    assert seen == [Config(0.5), Config(2.0), None]
    assert warm.describe()["metadata"]["model"]["customOptions"] == codec_of(Config).schema()
    with pytest.raises(PublicError, match=r"^config\.temperature: expected number, got string") as caught:
        await warm(warm.load_input({"messages": [], "config": {"temperature": "hot"}}))
    assert caught.value.status is Status.INVALID_ARGUMENT


async def test_a_config_that_is_no_object_may_be_declared(ai):
    @ai.model
    async def sized(request: ModelRequest[int]) -> ModelResponse:
        return ModelResponse(custom=request.config)

    assert (await sized(ModelRequest(messages=[], config=3))).custom == 3


async def test_without_a_declaration_the_config_is_what_was_given(ai):
    shout = ai.define_model("shout", echo)
    assert (await shout(ModelRequest(messages=ASKED.messages, config={"any": 1}))).custom == {"any": 1}


async def wrong_request(request: dict) -> ModelResponse: ...
async def nothing() -> ModelResponse: ...
async def generator(request: ModelRequest):
    yield ModelResponseChunk("x")


@pytest.mark.parametrize(
    ("fn", "sentence"),
    [
        (wrong_request, "model 'm' takes a ModelRequest"),
        (nothing, "/model/m takes no input"),
        (generator, "/model/m is a generator, which returns nothing"),
    ],
)
def test_what_cannot_be_a_model(fn, sentence):
    with pytest.raises(TypeError, match=sentence):
        model("m", fn)


def test_a_reference_has_the_name_in_its_namespace():
    assert model_ref("small", namespace="vendor").name == "vendor/small"
    assert model_ref("vendor/small", namespace="vendor").name == "vendor/small"
    ref = model_ref("small", config=Config(2.0), version="1", info=ModelInfo(label="S"))
    assert ref == ModelRef("small", config=Config(2.0), version="1", info=ModelInfo(label="S"))


def test_the_default_model_is_a_value_that_tools_list(ai):
    assert default_model(ai.registry) is None
    set_default_model(ai.registry, "small")
    assert default_model(ai.registry) == ModelRef("small")
    assert dumped(ai) == {"defaultModel": {"name": "small"}}
    set_default_model(ai.registry, ModelRef("small", config={"k": 1}, version="2", info=ModelInfo(label="S")))
    assert dumped(ai) == {"defaultModel": {"name": "small", "config": {"k": 1}, "version": "2"}}


def dumped(ai):
    return codec_of(object).dump(ai.registry.values("defaultModel"))
