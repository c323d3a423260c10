"""Asking another model the same thing."""

import attrs
import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import Message, ModelInfo, ModelRequest, Supports
from genkit_trio._ai.alternative import info_of_choices, model_of_choice, name_of_choice, request_for
from genkit_trio._ai.background import BackgroundModel
from genkit_trio._ai.model import ModelRef
from genkit_trio._core import Action, Registry
from genkit_trio.testing import scripted_model


@attrs.frozen
class Settings:
    temperature: float = 0.5


def request_with(config):
    return ModelRequest(messages=[Message("user", "hi")], config=config)


@pytest.mark.parametrize(
    ("choice", "config", "expected"),
    [
        ("a", {"x": 1}, {"x": 1}),
        (ModelRef("a"), {"x": 1}, {"x": 1}),
        (ModelRef("a", config={"y": 2}), {"x": 1}, {"y": 2}),
        (ModelRef("a", version="v1"), {"x": 1}, {"x": 1, "version": "v1"}),
        (ModelRef("a", version="v1"), None, {"version": "v1"}),
        (ModelRef("a", config=Settings()), {"x": 1}, Settings()),
        (ModelRef("a", config=Settings(), version="v1"), None, {"temperature": 0.5, "version": "v1"}),
        (ModelRef("a", config="strange", version="v1"), None, {"version": "v1"}),
    ],
)
def test_a_reference_brings_its_config(choice, config, expected):
    assert request_for(choice, request_with(config)).config == expected


async def test_a_model_needs_no_registry():
    model = scripted_model(name="a")
    assert await model_of_choice(None, model) is model
    assert (name_of_choice(model), name_of_choice("b"), name_of_choice(ModelRef("c"))) == ("a", "b", "c")


async def test_a_model_that_does_not_exist_is_not_found():
    with pytest.raises(PublicError) as caught:
        await model_of_choice(Registry(), "a")
    assert caught.value.status is Status.NOT_FOUND


async def test_a_model_that_works_in_the_background_is_refused():
    async def start(request: ModelRequest) -> None:
        """Never called."""

    registry = Registry()
    action = registry.register(Action("background-model", "film", start, {}))
    registry.register(Action("check-operation", "film/check", start, {}))
    assert isinstance(BackgroundModel(action, action), BackgroundModel)
    with pytest.raises(PublicError, match="model 'film' works in the background; choose one that answers at once"):
        await model_of_choice(registry, "film")


def test_what_is_known_of_models_is_what_all_have_in_common():
    registry = Registry()
    registry.register(scripted_model(name="a", info=ModelInfo(supports=Supports(media=True, tools=False))))
    reference = ModelRef("b", info=ModelInfo(supports=Supports(media=True, context=True)))
    assert info_of_choices(registry, ["a", reference]).supports == Supports(media=True, tools=False)
    # A plugin has not made this one yet.
    assert info_of_choices(registry, ["a", "later"]).supports == Supports(tools=False)
