"""Tasks that hold trio's thread are noticed."""

import time

import pytest
import trio

from genkit_trio import Genkit, open_runtime
from genkit_trio._core import forget_advice
from genkit_trio._runtime import RuntimeOptions
from genkit_trio._runtime import open_runtime as open_runtime_of


@pytest.fixture(autouse=True)
def fresh():
    forget_advice()
    yield
    forget_advice()


def hold(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def application():
    ai = Genkit()

    @ai.flow
    async def greedy() -> None:
        hold(0.06)

    return ai, greedy


async def test_a_task_that_holds_the_thread_is_named_once(caplog):
    """C30: over 50 ms, once per place."""
    ai, flow = application()
    async with open_runtime_of(ai.registry, (), RuntimeOptions(watch_tasks=True)) as runtime:
        for _ in range(2):
            await runtime.spawn(flow, timeout=None).output()
    [record] = [record for record in caplog.records if "held the thread" in record.getMessage()]
    assert "/flow/greedy" in record.getMessage()


@pytest.mark.io
async def test_nothing_is_watched_unless_asked_for(caplog, monkeypatch):
    """C30: on in dev."""
    ai, flow = application()
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    async with open_runtime(ai) as runtime:
        await runtime.spawn(flow, timeout=None).output()
    assert caplog.records == []
    monkeypatch.setenv("GENKIT_ENV", "dev")
    async with open_runtime(ai) as runtime:
        await runtime.spawn(flow, timeout=None).output()
    assert "held the thread" in caplog.text


async def test_the_watch_ends_with_the_runtime(caplog):
    ai, flow = application()
    with trio.CancelScope() as scope:
        async with open_runtime_of(ai.registry, (), RuntimeOptions(watch_tasks=True)):
            scope.cancel()
            await trio.sleep_forever()
    await flow()
    await trio.lowlevel.checkpoint()
    assert caplog.records == []
