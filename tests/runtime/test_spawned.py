"""The handle of a spawned run."""

import pytest
import trio
import trio.testing

from genkit_trio import DeadlineExceeded, Genkit, GenkitError, State, open_runtime
from tests.runtime.flows import flow


@pytest.fixture
def ai() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def fail(wait: float) -> None:
        await trio.sleep(wait)
        raise ValueError("oops")

    @ai.flow
    async def sleep(seconds: float) -> str:
        await trio.sleep(seconds)
        return "slept"

    return ai


async def test_the_handle_tells_state_and_output(ai, autojump_clock):
    """C6: and again."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), 3, timeout=None)
        assert spawned.state is State.RUNNING
        assert len(spawned.trace_id) == 32
        assert await spawned.output() == await spawned.output() == "slept"
        assert spawned.state is State.SUCCEEDED


async def test_output_raises_what_the_run_raised(ai, caplog):
    """C6: the same object; it is kept and logged."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "fail"), 0, timeout=None)
        with pytest.raises(ValueError, match="oops") as first:
            await spawned.output()
        with pytest.raises(ValueError, match="oops") as second:
            await spawned.output()
    assert first.value is second.value
    assert spawned.state is State.FAILED
    [record] = caplog.records
    assert "/flow/fail" in record.getMessage()
    assert spawned.trace_id in record.getMessage()


async def test_a_failure_ends_neither_the_runtime_nor_the_other_runs(ai, autojump_clock):
    async with open_runtime(ai) as runtime:
        runtime.spawn(flow(ai, "fail"), 1, timeout=None)
        assert await runtime.spawn(flow(ai, "sleep"), 2, timeout=None).output() == "slept"


async def test_cancel_returns_at_once_and_output_tells(ai, caplog, autojump_clock):
    """C6, C26: CANCELLED, and no log: somebody asked for it."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), 3, timeout=None)
        await trio.testing.wait_all_tasks_blocked()
        spawned.cancel()
        spawned.cancel()
        with pytest.raises(GenkitError) as caught:
            await spawned.output()
        assert caught.value.status.name == "CANCELLED"
        spawned.cancel()
    assert spawned.state is State.CANCELLED
    assert caplog.records == []


async def test_a_run_that_is_cancelled_before_its_first_step_never_starts(ai):
    """C2: the function never starts."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "fail"), 0, timeout=None)
        spawned.cancel()
        with pytest.raises(GenkitError) as caught:
            await spawned.output()
    assert caught.value.status.name == "CANCELLED"


async def test_a_run_whose_runtime_is_cancelled_before_its_first_step_never_starts(ai):
    """C2, C29: and has ended all the same, because of the runtime."""
    with trio.CancelScope() as scope:
        async with open_runtime(ai) as runtime:
            spawned = runtime.spawn(flow(ai, "fail"), 0, timeout=None)
            scope.cancel()
            await trio.lowlevel.checkpoint()
    with pytest.raises(GenkitError, match="/flow/fail was cancelled with its runtime"):
        await spawned.output()
    assert spawned.state is State.CANCELLED


async def test_the_timeout_of_a_spawn_is_its_deadline(ai, autojump_clock):
    """C6, C8: DeadlineExceeded."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), 10, timeout=2)
        with pytest.raises(DeadlineExceeded):
            await spawned.output()
        assert trio.current_time() == pytest.approx(2)
        assert spawned.state is State.CANCELLED


async def test_the_declared_timeout_holds_too(ai, autojump_clock):
    @ai.flow(timeout=1)
    async def brief() -> None:
        await trio.sleep_forever()

    async with open_runtime(ai) as runtime:
        with pytest.raises(DeadlineExceeded):
            await runtime.spawn(brief, timeout=5).output()
        assert trio.current_time() == pytest.approx(1)


@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_timeout_that_has_passed_starts_nothing(ai, seconds):
    """C7: zero or less."""
    async with open_runtime(ai) as runtime:
        with pytest.raises(DeadlineExceeded):
            await runtime.spawn(flow(ai, "fail"), 0, timeout=seconds).output()


async def test_an_input_that_does_not_fit_is_told_by_the_handle(ai):
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), timeout=None)
        with pytest.raises(TypeError, match="needs an input"):
            await spawned.output()
        assert spawned.state is State.FAILED


async def test_output_tells_of_a_runtime_that_went_down(ai, autojump_clock):
    with pytest.raises(ValueError, match="down"):  # the block is what raises  # the block is what raises
        async with open_runtime(ai) as runtime:
            spawned = runtime.spawn(flow(ai, "sleep"), 9, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
            raise ValueError("down")
    with pytest.raises(GenkitError):
        await spawned.output()
