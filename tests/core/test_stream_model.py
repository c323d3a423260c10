"""Whatever the two sides of a stream do, in whatever order: what a list says."""

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from tests.core.stream_model import Model, Real

STEPS = 40


@given(data=st.data())
async def test_a_stream_does_what_a_list_says(data):
    """C12: in order, each once, then one end; C13: what leaves the block; C14: the bound.

    And C12 again: a wait that is cancelled, to send or to receive, has had no effect.
    """
    capacity = data.draw(st.sampled_from([0, 1, 2, 5]), label="chunk_buffer")
    real, model = Real(capacity), Model(capacity)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(real.consume)
            await trio.testing.wait_all_tasks_blocked()
            for _ in range(data.draw(st.integers(1, STEPS), label="steps")):
                if not model.orders():
                    break
                _play(data.draw(st.sampled_from(model.orders())), real, model)
                await trio.testing.wait_all_tasks_blocked()
                _compare(real, model)
            nursery.cancel_scope.cancel()
    await _check_after_the_block(real, model)


def _play(order: str, real: Real, model: Model) -> None:
    match order:
        case "send":
            real.tell_run(model.next)
            model.send()
        case "return" | "fail":
            real.tell_run(order)
            model.finish("returned" if order == "return" else "failed")
        case "receive" | "output":
            real.tell_consumer(order)
            (model.receive if order == "receive" else model.output)()
        case "stop_sending":
            real.sending.cancel()
            model.stop_sending()
        case "stop_waiting":
            real.waiting.cancel()
            model.stop_waiting()
        case "cancel":
            real.scope.cancel()
            model.leave(order)
        case _:
            real.tell_consumer(order)
            model.leave(order)


def _compare(real: Real, model: Model) -> None:
    assert real.received == model.received
    assert real.sent == model.sent
    assert real.left == ([] if model.left is None else [model.left])
    assert real.run_ends == ([] if model.end is None else [model.end])
    assert len(model.queue) <= model.capacity


async def _check_after_the_block(real: Real, model: Model) -> None:
    """C11: the value if the run had ended with one, else the stream is closed."""
    if model.left is None:
        return
    with pytest.raises(trio.ClosedResourceError):
        await anext(real.stream)
    if model.end == "returned":
        assert await real.stream.output() == "output"
    else:
        with pytest.raises(trio.ClosedResourceError):
            await real.stream.output()
