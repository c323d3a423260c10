"""Warnings about code that works against its own cancellation."""

import time

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, open_runtime
from genkit_trio._core import advise, forget_advice


@pytest.fixture(autouse=True)
def fresh():
    forget_advice()
    yield
    forget_advice()


def test_the_same_is_said_once_of_the_same_place(caplog):
    """C30: once per place."""
    for topic, place in (("a", "x"), ("a", "x"), ("a", "y"), ("b", "x")):
        advise(topic, place, "%s in %s", topic, place)
    assert [record.getMessage() for record in caplog.records] == ["a in x", "a in y", "b in x"]


async def test_a_swallowed_cancellation_is_said_with_its_cause(caplog, autojump_clock):
    """C30: and again only of another action."""
    ai = Genkit()

    @ai.flow
    async def swallow() -> str:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:  # noqa: ASYNC103  # the point of the test
            with trio.CancelScope(shield=True):
                await trio.sleep(0.1)
            return "what of it"  # noqa: ASYNC104  # the point of the test

    async with open_runtime(ai) as runtime:
        for _ in range(2):
            spawned = runtime.spawn(swallow, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
            spawned.cancel()
            assert await spawned.output() == "what of it"
    [record] = caplog.records
    assert record.getMessage() == (
        "/flow/swallow was cancelled (cancel_api) and returned a value all the same; let trio.Cancelled pass"
    )


async def test_a_value_that_was_on_its_way_is_not_called_swallowed(caplog, autojump_clock):
    """C30: a run that is cancelled in the moment of its return did nothing wrong."""
    ai = Genkit()

    @ai.flow
    async def quick() -> str:
        spawned[0].cancel()
        return "done"

    async with open_runtime(ai) as runtime:
        spawned = [runtime.spawn(quick, timeout=None)]
        assert await spawned[0].output() == "done"
    assert caplog.records == []


async def test_a_shield_longer_than_the_grace_is_said(caplog, autojump_clock):
    """C30: of each action once."""
    ai = Genkit()

    @ai.flow
    async def slow_cleanup(seconds: float) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(seconds)

    async with open_runtime(ai) as runtime:
        for seconds in (4.9, 6, 6):
            spawned = runtime.spawn(slow_cleanup, seconds, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
            spawned.cancel()
            with pytest.raises(Exception, match="cancelled"):
                await spawned.output()
    [record] = caplog.records
    assert "/flow/slow_cleanup went on for 6.0 s" in record.getMessage()


async def test_a_late_success_is_said_and_marked(caplog):
    """C9, C30: a function that meets no checkpoint returns its value after its deadline."""
    ai = Genkit()

    @ai.flow(timeout=0.01)
    async def late() -> str:
        _hold(0.02)
        return "late"

    assert [await late(), await late()] == ["late", "late"]
    [record] = caplog.records
    assert "/flow/late returned a value" in record.getMessage()


def _hold(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_run_in_time_is_not_worth_a_word(caplog, autojump_clock):
    ai = Genkit()

    @ai.flow(timeout=10)
    async def fine() -> str:
        await trio.sleep(9)
        return "fine"

    assert await fine() == "fine"
    assert caplog.records == []
