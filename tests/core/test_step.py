"""Steps: named parts of a run that show up in its trace."""

import pytest
import trio

from genkit_trio import Cause, State, run_step
from genkit_trio._core import current_run
from genkit_trio._tracing import current_span


async def span_now(*args):
    return current_span.get(), args


async def test_a_step_is_a_span_below_the_run(ai):
    @ai.flow
    async def work() -> None:
        span, args = await run_step("look", span_now, 1, 2)
        assert args == (1, 2)
        assert (span.name, span.parent, span.state) == ("look", current_run(), State.SUCCEEDED)
        assert span.path == "/{work,t:flow}/{look,t:flowStep}"
        assert current_span.get() is current_run()

    await work()


async def test_a_step_outside_any_run_is_a_trace_of_its_own():
    span, _ = await run_step("look", span_now)
    assert span.parent is None
    assert current_span.get() is None


async def test_steps_are_nested_as_they_are_written(ai):
    async def outer():
        return (await run_step("inner", span_now))[0]

    inner = await run_step("outer", outer)
    assert (inner.name, inner.parent.name) == ("inner", "outer")


async def test_a_run_below_a_step_is_a_child_of_the_run_around_it(ai):
    """C29: a step is a part of the run, not a run."""

    @ai.flow
    async def child() -> str:
        assert current_run().parent.name == "step"
        return current_run().parent_run.name

    @ai.flow
    async def parent() -> str:
        return await run_step("step", child)

    assert await parent() == "parent"


async def test_an_error_passes_through_and_is_noted(ai):
    """C3: the same object."""
    error, spans = ValueError("x"), []

    async def fail():
        spans.append(current_span.get())
        raise error

    with pytest.raises(ValueError, match="x") as caught:
        await run_step("fail", fail)
    assert caught.value is error
    assert (spans[0].state, spans[0].error) == (State.FAILED, error)


@pytest.mark.parametrize("in_run", [True, False])
async def test_a_cancelled_step_has_the_cause_of_its_run(ai, autojump_clock, in_run):
    """C29: and without a run it is its caller's."""
    spans = []

    async def wait():
        spans.append(current_span.get())
        await trio.sleep_forever()

    @ai.flow
    async def work() -> None:
        await run_step("wait", wait)

    with trio.move_on_after(1):
        await (work() if in_run else run_step("wait", wait))
    assert spans[0].state is State.CANCELLED
    assert spans[0].cause is (Cause.DEADLINE if in_run else Cause.CALLER_CANCELLED)


async def test_a_step_has_no_cancel_point_of_its_own(ai):
    """C2: it is a span and nothing else."""
    with trio.CancelScope() as scope:
        scope.cancel()
        await run_step("look", span_now)
    assert not scope.cancelled_caught


async def test_a_run_can_be_named_after_genkits_own_word(ai):
    span, _ = await ai.run("look", span_now)
    assert span.name == "look"
