"""Generating in the background."""

import pytest

from genkit_trio import Genkit, GenkitError, PublicError, Status
from genkit_trio._ai import GenerateActionOptions, Message, Middleware, ModelResponse, Operation, Part, Role
from genkit_trio._ai.generate import generate_action
from genkit_trio.testing import scripted_model


@pytest.fixture
def ai():
    ai = Genkit()

    async def start(request):
        return Operation(id="7", metadata={"asked": request.messages[-1].text})

    async def check(operation):
        return operation

    ai.define_background_model("film", start, check)
    return ai


async def test_the_operation_is_returned(ai):
    operation = await ai.generate_operation(model="film", prompt="a tree")
    assert (operation.id, operation.action) == ("7", "/background-model/film")
    assert operation.metadata == {"asked": "a tree"}
    assert await ai.check_operation(operation) == operation
    assert await ai.cancel_operation(operation) == operation


async def test_over_the_wire_the_response_has_it(ai):
    action = generate_action(ai.registry)
    response = action.dump_output(
        await action(GenerateActionOptions(model="film", messages=[Message(Role.USER, "hi")]))
    )
    assert response == {
        "usage": {},
        "custom": {},
        "request": {"messages": [{"role": "user", "content": [{"text": "hi"}]}], "tools": [], "output": {}},
        "operation": {"id": "7", "action": "/background-model/film", "metadata": {"asked": "hi"}},
    }


async def test_a_model_that_answers_at_once_starts_none(ai):
    with pytest.raises(PublicError, match="model 'scripted' answers at once") as caught:
        await ai.generate_operation(model=scripted_model(), prompt="hi")
    assert caught.value.status is Status.INVALID_ARGUMENT


async def test_a_middleware_that_loses_the_operation_is_a_defect(ai):
    class Careless(Middleware):
        async def wrap_model(self, params, proceed):
            return ModelResponse()

    with pytest.raises(GenkitError, match="the response of background model 'film' has no operation"):
        await ai.generate_operation(model="film", prompt="hi", use=[Careless()])


async def test_it_calls_no_tools_so_it_cannot_resume_after_one(ai):
    with pytest.raises(PublicError, match="background model 'film' calls no tools") as caught:
        await ai.generate(model="film", resume_respond=Part.from_tool_response("t"))
    assert caught.value.status is Status.FAILED_PRECONDITION
