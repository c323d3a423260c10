"""Which model a call means."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai.background import background_model
from genkit_trio._ai.model import ModelRef, model, set_default_model
from genkit_trio._ai.model_lookup import resolve_model
from genkit_trio._ai.operation import Operation
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.response import ModelResponse
from tests.ai.defined import Application


async def answer(request: ModelRequest) -> ModelResponse:
    return ModelResponse()


async def start(request: ModelRequest) -> Operation:
    return Operation(id="1")


async def check(operation: Operation) -> Operation:
    return operation


@pytest.fixture
def ai():
    return Application()


async def test_by_name_by_reference_or_itself(ai):
    small = ai.define_model("small", answer)
    slow = ai.define_background_model("slow", start, check)
    assert await resolve_model(ai.registry, "small") is small
    assert await resolve_model(ai.registry, ModelRef("small")) is small
    assert await resolve_model(ai.registry, "slow") == slow
    own, own_slow = model("own", answer), background_model("own", start, check)
    assert await resolve_model(ai.registry, own) is own
    assert await resolve_model(ai.registry, own_slow) is own_slow


async def test_a_model_goes_before_a_background_model(ai):
    ai.define_background_model("both", start, check)
    both = ai.define_model("both", answer)
    assert await resolve_model(ai.registry, "both") is both


async def test_without_a_name_the_default_model(ai):
    small = ai.define_model("small", answer)
    with pytest.raises(PublicError, match="no model is named and there is no default") as caught:
        await resolve_model(ai.registry)
    assert caught.value.status is Status.INVALID_ARGUMENT
    set_default_model(ai.registry, "small")
    assert await resolve_model(ai.registry) is small


async def test_what_is_not_there_is_not_found(ai):
    with pytest.raises(PublicError, match="model 'nobody' not found") as caught:
        await resolve_model(ai.registry, "nobody")
    assert caught.value.status is Status.NOT_FOUND
