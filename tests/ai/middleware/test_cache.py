"""Answers that are kept."""

from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import GenkitError
from genkit_trio._ai import Cache, Message, ModelRequest, ModelResponse, Operation, Part
from genkit_trio._core import Action, run_all
from genkit_trio.testing import ScriptedAnswer, scripted_model
from tests.ai.middleware.calls import ask, request_of


async def test_the_same_request_gets_the_same_answer():
    model = scripted_model("hello", "again")
    cache = Cache()
    first = await ask(model, cache)
    assert await ask(model, cache) is first
    assert len(model.requests) == 1


async def test_another_request_and_another_model_get_their_own_answers():
    cache = Cache()
    model, other = scripted_model("a", "b", "c"), scripted_model("d", name="other")
    answers = [
        await ask(model, cache, request=request_of("hi")),
        await ask(model, cache, request=request_of("ho")),
        await ask(model, cache, request=request_of("hi", config={"temperature": 0})),
        await ask(other, cache, request=request_of("hi")),
    ]
    assert [answer.text for answer in answers] == ["a", "b", "c", "d"]


async def test_another_cache_has_its_own_answers():
    model = scripted_model("a", "b")
    assert [(await ask(model, Cache())).text, (await ask(model, Cache())).text] == ["a", "b"]


async def test_an_answer_is_forgotten_when_its_time_is_over(autojump_clock):
    model = scripted_model("a", "b")
    cache = Cache(ttl=10)
    await ask(model, cache)
    await trio.sleep(9.9)
    assert (await ask(model, cache)).text == "a"
    await trio.sleep(0.2)
    assert (await ask(model, cache)).text == "b"


async def test_the_answer_not_asked_for_longest_makes_room():
    model = scripted_model("a", "b", "c", "b again")
    cache = Cache(max_entries=2)
    for text in ("1", "2", "1", "3", "1", "2"):
        await ask(model, cache, request=request_of(text))
    assert [request.messages[0].text for request in model.requests] == ["1", "2", "3", "2"]


@pytest.mark.parametrize(
    "answer",
    [
        ModelResponse(message=Message("model", "no"), finish_reason="blocked"),
        ModelResponse(message=Message("model", "half"), finish_reason="other"),
        ModelResponse(message=Message("model", "what?")),
    ],
)
async def test_an_answer_that_is_not_complete_is_not_kept(answer):
    model = scripted_model(answer, "hello")
    cache = Cache()
    assert await ask(model, cache) is answer
    assert (await ask(model, cache)).text == "hello"


async def test_a_failure_is_not_kept():
    model = scripted_model(GenkitError("UNAVAILABLE", "busy"), "hello")
    cache = Cache()
    with pytest.raises(GenkitError):
        await ask(model, cache)
    assert (await ask(model, cache)).text == "hello"


async def test_a_request_that_has_no_json_is_made_and_not_kept():
    model = scripted_model("a", "b")
    cache = Cache()
    request = request_of(config=object())
    assert [(await ask(model, cache, request=request)).text for _ in range(2)] == ["a", "b"]


async def test_work_in_the_background_is_started_for_each_request():
    started = []

    async def start(request: ModelRequest) -> ModelResponse:
        started.append(request)
        return ModelResponse(operation=Operation(id=str(len(started))))

    model = Action("background-model", "film", start, {})
    cache = Cache()
    assert [(await ask(model, cache)).operation.id for _ in range(2)] == ["1", "2"]


async def test_equal_requests_at_the_same_time_are_made_once(autojump_clock):
    model = scripted_model(ScriptedAnswer("hello", delay=5))
    cache = Cache()
    answers = await run_all(*(partial(ask, model, cache) for _ in range(10)))
    assert {answer.text for answer in answers} == {"hello"}
    assert len(model.requests) == 1
    assert trio.current_time() == pytest.approx(5)


async def test_those_who_wait_share_an_answer_that_is_not_kept(autojump_clock):
    model = scripted_model(ScriptedAnswer(ModelResponse(finish_reason="blocked"), delay=5))
    cache = Cache()
    first, second = await run_all(partial(ask, model, cache), partial(ask, model, cache))
    assert first is second


async def test_those_who_wait_try_for_themselves_when_the_first_fails(autojump_clock):
    """At once, as they would without a cache."""
    failure = ScriptedAnswer(error=GenkitError("INTERNAL", "broken"), delay=5)
    model = scripted_model(failure, ScriptedAnswer("b", delay=5), ScriptedAnswer("c", delay=5))
    cache = Cache()
    texts = []

    async def one():
        try:
            texts.append((await ask(model, cache)).text)
        except GenkitError as exc:
            texts.append(str(exc))

    await run_all(one, one, one)
    assert sorted(texts) == ["b", "broken", "c"]
    assert trio.current_time() == pytest.approx(10)


async def test_when_the_first_is_cancelled_the_next_one_makes_the_request(autojump_clock):
    """Nobody's work goes on without its owner, and nobody waits for a request that nobody makes."""
    model = scripted_model(ScriptedAnswer("a", delay=100), ScriptedAnswer("b", delay=5))
    cache = Cache()
    texts = []

    async def impatient():
        with trio.move_on_after(1):
            await ask(model, cache)

    async def patient():
        texts.append((await ask(model, cache)).text)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(impatient)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(patient)
        nursery.start_soon(patient)
    assert texts == ["b", "b"]
    assert len(model.requests) == 2
    assert trio.current_time() == pytest.approx(6)


async def test_one_who_waits_can_be_cancelled_alone(autojump_clock):
    model = scripted_model(ScriptedAnswer("a", delay=5))
    cache = Cache()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, model, cache)
        await trio.testing.wait_all_tasks_blocked()
        with trio.move_on_after(1) as scope:
            await ask(model, cache)
        assert scope.cancelled_caught
        assert (await ask(model, cache)).text == "a"


async def test_an_answer_that_is_there_comes_as_one_chunk():
    model = scripted_model(ScriptedAnswer(chunks=["he", "llo"]))
    cache = Cache()
    first, second = [], []
    await ask(model, cache, chunks=first)
    response = await ask(model, cache, chunks=second)
    assert (first, second, response.text) == (["he", "llo"], ["hello"], "hello")


async def test_an_answer_without_a_message_comes_without_a_chunk():
    model = scripted_model(ModelResponse(finish_reason="stop"))
    cache = Cache()
    await ask(model, cache)
    chunks = []
    await ask(model, cache, chunks=chunks)
    assert chunks == []


async def test_a_streamed_request_waits_for_no_other(autojump_clock):
    """Its consumer may be what the other one waits for."""
    slow = ScriptedAnswer("a", delay=5)
    model = scripted_model(slow, ScriptedAnswer(chunks=["b"]))
    cache = Cache()
    chunks = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(ask, model, cache))
        await trio.testing.wait_all_tasks_blocked()
        await ask(model, cache, chunks=chunks)
        assert (chunks, trio.current_time()) == (["b"], 0)


async def test_a_cached_answer_is_a_cancel_point():
    model = scripted_model("a")
    cache = Cache()
    await ask(model, cache)
    for chunks in (None, []):
        with trio.CancelScope() as scope:
            scope.cancel()
            await ask(model, cache, chunks=chunks)
        assert scope.cancelled_caught


def test_a_cache_serves_one_trio_run_after_the_other():
    """Its clock is that of the trio run, and clocks of two runs have nothing in common."""
    model = scripted_model("a", "b")
    cache = Cache()
    assert [trio.run(ask, model, cache).text for _ in range(2)] == ["a", "b"]


@pytest.mark.parametrize("option", ["max_entries", "ttl"])
def test_a_setting_that_cannot_work_is_refused(option):
    with pytest.raises(ValueError, match=f"{option} is 0; it must be"):
        Cache(**{option: 0})


async def test_parts_of_an_answer_are_streamed_as_they_are():
    picture = Part.from_media("https://example.com/cat.png")
    model = scripted_model(picture)
    cache = Cache()
    await ask(model, cache)
    chunks = []
    response = await ask(model, cache, chunks=chunks)
    assert (chunks, response.message.content) == ([""], [picture])
