"""Requests that a model cannot answer."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import Message, ModelInfo, ModelRequest, Part, Supports, ToolDefinition, ValidateSupport
from genkit_trio.testing import scripted_model
from tests.ai.middleware.calls import ask, request_of

PICTURE = ModelRequest(messages=[Message("user", [Part.from_media("https://example.com/cat.png")])])
TOOLS = request_of(tools=[ToolDefinition(name="search", description="")])
SEVERAL = request_of("hi", "there")
SYSTEM = ModelRequest(messages=[Message("system", "Be brief."), Message("user", "hi")])


@pytest.mark.parametrize(
    ("supports", "request_", "message"),
    [
        (Supports(media=False), PICTURE, "model 'scripted' does not support media, but the request has a media part"),
        (Supports(tools=False), TOOLS, "model 'scripted' does not support tools, but the request has 1"),
        (Supports(multiturn=False), SEVERAL, "does not support several messages, but the request has 2"),
        (Supports(system_role=False), SYSTEM, "does not support system messages, but the request has one; put Simul"),
    ],
)
async def test_what_the_model_does_not_support_is_refused(supports, request_, message):
    model = scripted_model(info=ModelInfo(supports=supports))
    with pytest.raises(PublicError, match=message) as caught:
        await ask(model, ValidateSupport(), request=request_)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert model.requests == []


@pytest.mark.parametrize("request_", [PICTURE, TOOLS, SEVERAL, SYSTEM])
@pytest.mark.parametrize("supports", [None, Supports(), Supports(media=True, tools=True, multiturn=True)])
async def test_everything_else_is_let_through(supports, request_):
    model = scripted_model("hello", info=ModelInfo(supports=supports))
    assert (await ask(model, ValidateSupport(), request=request_)).text == "hello"


async def test_a_system_message_does_not_count_as_a_turn():
    model = scripted_model("hello", info=ModelInfo(supports=Supports(multiturn=False)))
    assert (await ask(model, ValidateSupport(), request=SYSTEM)).text == "hello"


async def test_a_request_without_what_is_not_supported_is_let_through():
    nothing = Supports(media=False, tools=False, multiturn=False, system_role=False)
    assert (await ask(scripted_model("hello", info=ModelInfo(supports=nothing)), ValidateSupport())).text == "hello"
