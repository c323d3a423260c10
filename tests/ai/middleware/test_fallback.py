"""Another model, when the first fails."""

import pytest
import trio

from genkit_trio import GenkitError, PublicError
from genkit_trio._ai import Fallback, ModelResponse, Retry
from genkit_trio._ai.background import BackgroundModel
from genkit_trio._ai.model import ModelRef
from genkit_trio._core import Action, Registry
from genkit_trio.testing import ScriptedAnswer, scripted_model
from tests.ai.middleware.calls import ask, request_of


def down():
    return GenkitError("UNAVAILABLE", "down")


async def test_the_next_model_is_asked_the_same_when_one_fails():
    first, second = scripted_model(down(), name="first"), scripted_model("hello", name="second")
    request = request_of("who is there?")
    response = await ask(first, Fallback([second]), request=request)
    assert response.text == "hello"
    assert second.last_request == first.last_request == request


async def test_a_model_that_answers_is_left_alone():
    second = scripted_model(name="second")
    assert (await ask(scripted_model("hello"), Fallback([second]))).text == "hello"
    assert second.requests == []


async def test_models_are_asked_in_order_until_one_answers():
    others = [scripted_model(down(), name="b"), scripted_model("hello", name="c"), scripted_model(name="d")]
    assert (await ask(scripted_model(down(), name="a"), Fallback(others))).text == "hello"
    assert [len(model.requests) for model in others] == [1, 1, 0]


async def test_when_all_fail_the_last_error_is_raised():
    last = GenkitError("RESOURCE_EXHAUSTED", "quota")
    with pytest.raises(GenkitError) as caught:
        await ask(scripted_model(down()), Fallback([scripted_model(last, name="other")]))
    assert caught.value is last


async def test_without_other_models_the_error_is_raised():
    with pytest.raises(GenkitError, match="down"):
        await ask(scripted_model(down()), Fallback())


async def test_an_error_that_says_something_of_the_request_asks_nobody_else():
    second = scripted_model("hello", name="second")
    with pytest.raises(GenkitError, match="too long"):
        await ask(scripted_model(GenkitError("INVALID_ARGUMENT", "too long")), Fallback([second]))
    assert second.requests == []


async def test_only_the_statuses_that_are_named_ask_another_model():
    second = scripted_model("hello", name="second")
    with pytest.raises(GenkitError, match="down"):
        await ask(scripted_model(down()), Fallback([second], statuses=["NOT_FOUND"]))


async def test_models_are_found_by_name_and_by_reference():
    registry = Registry()
    named = registry.register(scripted_model(down(), name="named"))
    referred = registry.register(scripted_model("hello", name="referred"))
    fallback = Fallback(["named", ModelRef("referred", config={"temperature": 1})])
    response = await ask(
        scripted_model(down()), fallback, registry=registry, request=request_of(config={"temperature": 0})
    )
    assert response.text == "hello"
    assert (named.last_request.config, referred.last_request.config) == ({"temperature": 0}, {"temperature": 1})


async def test_a_model_that_does_not_exist_is_passed_over():
    response = await ask(scripted_model(down()), Fallback(["nobody", scripted_model("hello", name="other")]))
    assert response.text == "hello"


async def test_a_model_that_works_in_the_background_is_refused():
    action = Action("background-model", "slow", down, {})
    with pytest.raises(PublicError, match="'slow' works in the background"):
        await ask(scripted_model(down()), Fallback([BackgroundModel(action, action)]))


async def test_no_other_model_is_asked_once_a_chunk_has_been_sent():
    second = scripted_model("hello", name="second")
    with pytest.raises(GenkitError, match="down"):
        await ask(scripted_model(ScriptedAnswer(chunks=["h"], error=down())), Fallback([second]), chunks=[])
    assert second.requests == []


async def test_the_other_model_streams_too():
    chunks = []
    second = scripted_model(ScriptedAnswer(chunks=["he", "llo"]), name="second")
    await ask(scripted_model(down()), Fallback([second]), chunks=chunks)
    assert chunks == ["he", "llo"]


async def test_a_cancelled_call_asks_nobody_else(autojump_clock):
    second = scripted_model("hello", name="second")
    with trio.move_on_after(1):
        await ask(scripted_model(ScriptedAnswer(delay=60)), Fallback([second]))
    assert second.requests == []


async def test_what_is_inside_goes_around_each_model(autojump_clock):
    first = scripted_model(down(), down(), name="first")
    second = scripted_model(down(), "hello", name="second")
    response = await ask(first, Fallback([second]), Retry(max_retries=1))
    assert isinstance(response, ModelResponse)
    assert (len(first.requests), len(second.requests)) == (2, 2)


async def test_each_change_of_model_is_told(caplog):
    caplog.set_level("INFO", logger="genkit_trio")
    await ask(scripted_model(down(), name="first"), Fallback([scripted_model("hello", name="second")]))
    [record] = caplog.records
    assert record.getMessage() == "model 'first' failed with UNAVAILABLE; asking 'second'"


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'BUSY'"):
        Fallback(statuses=["BUSY"])
