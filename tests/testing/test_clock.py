"""Virtual time that stands still while a worker works."""

import time
from collections.abc import Callable
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Genkit
from genkit_trio.testing import virtual_clock as new_virtual_clock
from genkit_trio.testing import wait_settled
from tests.core.worker_functions import process_id


def nap() -> str:
    """Take long enough for a clock that does not know of threads."""
    time.sleep(0.05)
    return "done"


async def test_time_jumps_when_all_tasks_wait(virtual_clock):
    await trio.sleep(1000)
    assert trio.current_time() == pytest.approx(1000)


async def test_time_does_not_jump_while_a_thread_works(virtual_clock):
    work = Genkit().flow(name="work", timeout=5)(nap)
    assert await work() == "done"
    assert trio.current_time() == 0
    await trio.sleep(10)
    assert trio.current_time() == pytest.approx(10)


@pytest.mark.parametrize(("clock", "jumps"), [(trio.testing.MockClock, True), (new_virtual_clock, False)])
def test_trio_s_own_clock_jumps_where_this_one_does_not(clock, jumps):
    """Why there is this one: if trio's knows threads one day, it can go."""
    clock = clock()
    clock.autojump_threshold = 0
    assert trio.run(_nap_for_five_seconds, clock=clock) is jumps


async def _nap_for_five_seconds() -> bool:
    with trio.move_on_after(5) as scope:
        await trio.to_thread.run_sync(nap)
    return scope.cancel_called


async def test_an_abandoned_thread_does_not_hold_the_clock(virtual_clock):
    released: list[bool] = []
    place = trio.CapacityLimiter(1)
    async with trio.open_nursery() as nursery:
        work = partial(trio.to_thread.run_sync, _wait_for(released), abandon_on_cancel=True, limiter=place)
        nursery.start_soon(work)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    await trio.sleep(7)
    assert trio.current_time() == pytest.approx(7)
    released.append(True)
    async with place:
        pass  # the thread has ended


def _wait_for(released: list[bool]) -> Callable[[], None]:
    def wait() -> None:
        while not released:
            time.sleep(0.001)

    return wait


@pytest.mark.extra
@pytest.mark.io
async def test_time_does_not_jump_while_a_worker_process_works(virtual_clock):
    work = Genkit().flow(timeout=5, run_in="process")(process_id)
    assert await work() > 0
    assert trio.current_time() == 0


async def test_settled_is_when_threads_have_come_back(virtual_clock):
    done = []

    def work():
        nap()
        trio.from_thread.run(trio.lowlevel.checkpoint)
        done.append(True)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, work)
        nursery.start_soon(trio.sleep, 100)
        await wait_settled()
        assert done == [True]
        assert trio.current_time() == 0
