"""A model that is asked only so often, and only so many times at once."""

from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import GenkitError, PublicError, Status
from genkit_trio._ai import Message, ModelInfo, ModelRequest, Supports, limit
from genkit_trio._ai.model import ModelRef
from genkit_trio._core import Registry, run_all
from genkit_trio.testing import ScriptedAnswer, scripted_model

REQUEST = ModelRequest(messages=[Message("user", "hi")])


def noting(starts, count, delay=0.0):
    """Return a model that notes when it is asked."""

    async def answer(request, ctx):
        starts.append(trio.current_time())
        await trio.sleep(delay)
        return "hello"

    return scripted_model(*[answer] * count)


async def test_no_more_requests_start_in_any_minute_than_allowed(autojump_clock):
    starts = []
    model = limit(noting(starts, 7), per_minute=3)
    await run_all(*[partial(model, REQUEST)] * 7)
    assert starts == [pytest.approx(at) for at in (0, 0, 0, 60, 60, 60, 120)]


async def test_the_minute_is_that_before_each_request(autojump_clock):
    starts = []
    model = limit(noting(starts, 5), per_minute=2)
    for pause in (0, 50, 0, 0, 200):
        await trio.sleep(pause)
        await model(REQUEST)
    assert starts == [pytest.approx(at) for at in (0, 50, 60, 110, 310)]


async def test_requests_are_made_in_the_order_in_which_they_came(autojump_clock):
    order = []

    async def answer(request, ctx):
        order.append(request.messages[0].text)
        return "hello"

    model = limit(scripted_model(*[answer] * 4), per_minute=1)
    async with trio.open_nursery() as nursery:
        for name in "abcd":
            nursery.start_soon(model, ModelRequest(messages=[Message("user", name)]))
            await trio.testing.wait_all_tasks_blocked()
    assert order == ["a", "b", "c", "d"]


async def test_only_so_many_requests_run_at_once(autojump_clock):
    starts = []
    model = limit(noting(starts, 5, delay=10), concurrent=2)
    await run_all(*[partial(model, REQUEST)] * 5)
    assert starts == [pytest.approx(at) for at in (0, 0, 10, 10, 20)]


async def test_both_limits_hold(autojump_clock):
    starts = []
    model = limit(noting(starts, 4, delay=40), per_minute=2, concurrent=1)
    await run_all(*[partial(model, REQUEST)] * 4)
    assert starts == [pytest.approx(at) for at in (0, 40, 80, 120)]


async def test_a_turn_after_the_deadline_is_refused_at_once(autojump_clock):
    """C10: waiting counts against the deadline."""
    model = limit(noting([], 2), per_minute=1)
    await model(REQUEST)
    with trio.fail_after(30), pytest.raises(PublicError, match="'scripted' is asked 1 times a minute") as caught:
        await model(REQUEST)
    assert caught.value.status is Status.RESOURCE_EXHAUSTED
    assert caught.value.retry_after == pytest.approx(60)
    assert trio.current_time() == 0


async def test_whoever_stops_waiting_gives_the_turn_to_the_next(autojump_clock):
    starts = []
    model = limit(noting(starts, 2), per_minute=1)
    await model(REQUEST)
    scope = trio.CancelScope()

    async def impatient():
        with scope:
            await model(REQUEST)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(impatient)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(model, REQUEST)
        await trio.sleep(30)
        scope.cancel()
    assert starts == [pytest.approx(0), pytest.approx(60)]


async def test_a_request_that_fails_was_a_request(autojump_clock):
    starts = []
    model = limit(scripted_model(GenkitError("INTERNAL", "broken"), "hello"), per_minute=1)
    with pytest.raises(GenkitError, match="broken"):
        await model(REQUEST)
    await model(REQUEST)
    assert (starts, trio.current_time()) == ([], pytest.approx(60))


async def test_chunks_go_through():
    model = limit(scripted_model(ScriptedAnswer(chunks=["he", "llo"])), concurrent=1)
    async with model.stream(REQUEST) as stream:
        assert [chunk.text async for chunk in stream] == ["he", "llo"]
        assert (await stream.output()).text == "hello"


async def test_a_model_is_limited_by_name_and_by_reference():
    registry = Registry()
    model = registry.register(scripted_model("a", "b", name="vendor/small"))
    by_name = limit("vendor/small", concurrent=1, registry=registry)
    by_reference = limit(ModelRef("vendor/small", config={"topK": 1}), concurrent=1, registry=registry)
    assert ((await by_name(REQUEST)).text, (await by_reference(REQUEST)).text) == ("a", "b")
    assert [request.config for request in model.requests] == [None, {"topK": 1}]
    assert by_name.name == "vendor/small"


def test_a_limited_model_says_of_itself_what_the_model_does():
    model = scripted_model(info=ModelInfo(supports=Supports(tools=False), config_schema={"type": "object"}))
    listed = limit(model, concurrent=1, name="careful").describe()
    assert listed["name"] == "careful"
    assert listed["metadata"]["model"] == {
        "label": "careful",
        "supports": {"tools": False},
        "customOptions": {"type": "object"},
    }


def test_the_limit_is_that_of_one_trio_run():
    model = limit(scripted_model("a", "b"), per_minute=1)

    async def main():
        with trio.fail_after(5):
            return (await model(REQUEST)).text

    assert [trio.run(main), trio.run(main)] == ["a", "b"]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "limit needs a limit; give it per_minute= or concurrent="),
        ({"per_minute": 0}, "per_minute is 0; it must be 1 or more"),
        ({"concurrent": 0}, "max_concurrency is 0; it must be 1 or more"),
    ],
)
def test_a_limit_that_cannot_work_is_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        limit(scripted_model(), **limits)


def test_a_name_needs_a_registry():
    with pytest.raises(ValueError, match="give registry= too"):
        limit("a", concurrent=1)
