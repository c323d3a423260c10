"""Calling a model again."""

import pytest
import trio

from genkit_trio import GenkitError
from genkit_trio._ai import Retry
from genkit_trio.testing import ScriptedAnswer, scripted_model
from tests.ai.middleware.calls import ask


def busy(**options):
    return GenkitError("UNAVAILABLE", "busy", **options)


async def test_a_transient_error_is_tried_again_after_a_growing_wait(autojump_clock):
    model = scripted_model(busy(), busy(), busy(), "hello")
    response = await ask(model, Retry(no_jitter=True))
    assert response.text == "hello"
    assert trio.current_time() == pytest.approx(1 + 2 + 4)


async def test_the_last_error_is_raised_when_no_attempt_is_left(autojump_clock):
    errors = [busy() for _ in range(3)]
    with pytest.raises(GenkitError) as caught:
        await ask(scripted_model(*errors), Retry(max_retries=2))
    assert caught.value is errors[-1]


async def test_without_retries_the_model_is_called_once():
    model = scripted_model(busy(), "hello")
    with pytest.raises(GenkitError):
        await ask(model, Retry(max_retries=0))
    assert len(model.requests) == 1


async def test_an_error_that_would_come_again_is_raised_at_once(autojump_clock):
    error = GenkitError("INVALID_ARGUMENT", "no such config")
    model = scripted_model(error, "hello")
    with pytest.raises(GenkitError) as caught:
        await ask(model, Retry())
    assert caught.value is error
    assert trio.current_time() == 0


async def test_an_error_without_a_status_is_tried_again(autojump_clock):
    assert (await ask(scripted_model(OSError("reset"), "hello"), Retry())).text == "hello"


async def test_only_the_statuses_that_are_named_are_tried_again(autojump_clock):
    model = scripted_model(GenkitError("ABORTED", "conflict"), busy(), "hello")
    with pytest.raises(GenkitError, match="busy"):
        await ask(model, Retry(statuses=["ABORTED"]))


async def test_the_wait_that_the_error_asks_for_wins(autojump_clock):
    await ask(scripted_model(busy(retry_after=30), "hello"), Retry(initial_delay_ms=1, max_delay_ms=5))
    assert trio.current_time() == pytest.approx(30)


async def test_a_wait_is_never_longer_than_the_longest(autojump_clock):
    model = scripted_model(busy(), busy(), busy(), "hello")
    await ask(model, Retry(no_jitter=True, backoff_factor=10, max_delay_ms=3000))
    assert trio.current_time() == pytest.approx(1 + 3 + 3)


async def test_waits_are_spread_between_half_and_all_of_them(autojump_clock):
    waits = set()
    for _ in range(20):
        before = trio.current_time()
        await ask(scripted_model(busy(), "hello"), Retry())
        waits.add(trio.current_time() - before)
    assert len(waits) > 1
    assert all(0.5 <= wait <= 1 for wait in waits)


async def test_it_does_not_wait_past_the_deadline(autojump_clock):
    """A caller gets the error while there is time to do something about it."""
    model = scripted_model(busy(), busy(), "hello")
    with trio.fail_after(2.5):
        with pytest.raises(GenkitError, match="busy"):
            await ask(model, Retry(no_jitter=True))
        assert trio.current_time() == pytest.approx(1)


async def test_a_wait_that_would_end_with_the_deadline_is_not_begun(autojump_clock):
    with trio.fail_after(1), pytest.raises(GenkitError, match="busy"):
        await ask(scripted_model(busy()), Retry(no_jitter=True))
    assert trio.current_time() == 0


async def test_a_cancelled_call_is_not_repeated(autojump_clock):
    model = scripted_model(ScriptedAnswer(delay=60), "hello")
    with trio.move_on_after(1) as scope:
        await ask(model, Retry())
    assert scope.cancelled_caught
    assert len(model.requests) == 1


async def test_the_wait_itself_can_be_cancelled(autojump_clock):
    model = scripted_model(busy(), "hello")
    scope = trio.CancelScope()

    async def cancel_soon():
        await trio.sleep(0.5)
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_soon)
        with scope:
            await ask(model, Retry(no_jitter=True))
    assert trio.current_time() == pytest.approx(0.5)
    assert len(model.requests) == 1


async def test_a_call_that_has_sent_a_chunk_is_not_repeated():
    model = scripted_model(ScriptedAnswer(chunks=["half an answer"], error=busy()), "hello")
    chunks = []
    with pytest.raises(GenkitError, match="busy"):
        await ask(model, Retry(), chunks=chunks)
    assert chunks == ["half an answer"]


async def test_a_streamed_call_that_has_sent_nothing_is_repeated(autojump_clock):
    model = scripted_model(busy(), ScriptedAnswer(chunks=["he", "llo"]))
    chunks = []
    response = await ask(model, Retry(), chunks=chunks)
    assert (response.text, chunks) == ("hello", ["he", "llo"])


async def test_each_attempt_is_told(autojump_clock, caplog):
    caplog.set_level("INFO", logger="genkit_trio")
    await ask(scripted_model(busy(), "hello"), Retry(no_jitter=True))
    [record] = caplog.records
    assert record.getMessage() == "model 'scripted' failed with UNAVAILABLE; attempt 2 of 4 in 1.00 s"


@pytest.mark.parametrize("option", ["max_retries", "initial_delay_ms", "max_delay_ms", "backoff_factor"])
def test_a_negative_setting_is_refused(option):
    with pytest.raises(ValueError, match=f"{option} is -1"):
        Retry(**{option: -1})


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'BUSY'"):
        Retry(statuses=["BUSY"])
