"""Recorded spans."""

import pytest
import trio

from genkit_trio import Genkit, State, run_step
from genkit_trio.testing import record_spans


@pytest.fixture
def parent():
    ai = Genkit()

    @ai.flow
    async def child() -> None:
        raise ValueError("no")

    @ai.flow
    async def parent() -> None:
        await run_step("first", trio.lowlevel.checkpoint)
        with pytest.raises(ValueError, match="no"):
            await run_step("second", child)

    return parent


async def test_spans_are_a_tree(parent):
    with record_spans() as spans:
        await parent()
    assert spans.tree() == "parent succeeded\n  first succeeded\n  second failed\n    child failed\n"
    assert [span.name for span in spans.ended_spans] == ["first", "child", "second", "parent"]
    assert spans.open_spans == []


async def test_a_span_is_found_by_its_name(parent):
    with record_spans() as spans:
        await parent()
        await parent()
    assert [span.state for span in spans.named("child")] == [State.FAILED] * 2
    assert spans.named("nobody") == []
    with pytest.raises(LookupError, match="2 spans are called 'child'"):
        spans.sole("child")
    with pytest.raises(LookupError, match="0 spans are called 'nobody'; what has started: parent, first"):
        spans.sole("nobody")


async def test_what_started_before_is_not_recorded(parent):
    ai = Genkit()

    @ai.flow
    async def outer() -> None:
        with record_spans() as spans:
            await run_step("inner", trio.lowlevel.checkpoint)
        assert spans.tree() == ""

    await outer()


async def test_a_span_that_has_not_ended_is_open(parent):
    ai = Genkit()

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    with record_spans() as spans:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(forever)
            await trio.testing.wait_all_tasks_blocked()
            assert [span.name for span in spans.open_spans] == ["forever"]
            nursery.cancel_scope.cancel()
    assert spans.open_spans == []
