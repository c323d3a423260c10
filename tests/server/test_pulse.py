"""The task that calls back for all connections."""

import pytest
import trio
import trio.testing

from genkit_trio._server.pulse import MOMENT, Pulse


async def test_what_is_due_soon_is_called_in_the_next_pass(nursery, autojump_clock):
    called = []
    pulse = Pulse()
    nursery.start_soon(pulse.run)
    await trio.testing.wait_all_tasks_blocked()
    pulse.call_soon(lambda: called.append("first"))
    pulse.call_soon(lambda: called.append("second"))
    assert called == []
    await trio.testing.wait_all_tasks_blocked()
    assert called == ["first", "second"]
    assert trio.current_time() == 0


async def test_what_is_due_later_shares_one_moment(nursery, autojump_clock):
    """C24: at most 2 ms."""
    called = []
    pulse = Pulse()
    nursery.start_soon(pulse.run)
    await trio.testing.wait_all_tasks_blocked()
    pulse.call_later(lambda: called.append(trio.current_time()))
    await trio.sleep(MOMENT / 2)
    pulse.call_later(lambda: called.append(trio.current_time()))
    assert called == []
    await trio.sleep(MOMENT)
    assert called == [pytest.approx(MOMENT)] * 2
    assert MOMENT < 0.002


async def test_what_is_called_may_call_again(nursery, autojump_clock):
    called = []
    pulse = Pulse()
    nursery.start_soon(pulse.run)

    def again() -> None:
        called.append(trio.current_time())
        if len(called) < 3:
            pulse.call_later(again)

    pulse.call_soon(again)
    await trio.sleep(1)
    assert called == pytest.approx([0, MOMENT, 2 * MOMENT])
