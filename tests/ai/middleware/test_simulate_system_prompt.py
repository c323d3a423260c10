"""Models that know no system message."""

from genkit_trio._ai import Message, ModelRequest, SimulateSystemPrompt
from genkit_trio.testing import scripted_model
from tests.ai.middleware.calls import ask, request_of


def said(model):
    return [(message.role.value, [part.text for part in message.content]) for message in model.last_request.messages]


async def test_a_system_message_becomes_an_exchange_with_the_user():
    model = scripted_model("hello")
    request = ModelRequest(messages=[Message("system", ["Be brief.", "Be kind."]), Message("user", "hi")])
    await ask(model, SimulateSystemPrompt(), request=request)
    assert said(model) == [
        ("user", ["SYSTEM INSTRUCTIONS:\n", "Be brief.", "Be kind."]),
        ("model", ["Understood."]),
        ("user", ["hi"]),
    ]


async def test_the_words_can_be_chosen():
    model = scripted_model("hello")
    request = ModelRequest(messages=[Message("user", "hi"), Message("system", "Be brief.")])
    await ask(model, SimulateSystemPrompt(preface="Rules: ", acknowledgement="Yes."), request=request)
    assert said(model) == [("user", ["hi"]), ("user", ["Rules: ", "Be brief."]), ("model", ["Yes."])]


async def test_a_request_without_a_system_message_is_left_as_it_is():
    model = scripted_model("hello")
    request = request_of("hi")
    await ask(model, SimulateSystemPrompt(), request=request)
    assert model.last_request is request
