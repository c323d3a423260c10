"""max_concurrency: places, their line, and who needs none."""

from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import DeadlineExceeded, Genkit, PublicError, State, Status, run_all, run_any
from genkit_trio._core import current_run


class Gauge:
    """Counts how many are inside at once."""

    def __init__(self):
        self.now = self.most = self.entered = 0

    def __enter__(self):
        self.now += 1
        self.entered += 1
        self.most = max(self.most, self.now)

    def __exit__(self, *_):
        self.now -= 1


@pytest.mark.parametrize("places", [1, 3])
async def test_no_more_run_at_once_than_there_are_places(ai, autojump_clock, places):
    """C18: max_concurrency limits the running runs; siblings each take their own place."""
    gauge = Gauge()

    @ai.flow(max_concurrency=places)
    async def work() -> None:
        with gauge:
            await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(work)
    assert (gauge.most, gauge.entered) == (places, 6)
    assert trio.current_time() == pytest.approx(6 / places)


async def test_recursion_takes_one_place(ai):
    """C18: a run takes a place unless an ancestor holds one of the same action."""

    @ai.flow(max_concurrency=1)
    async def factorial(n: int) -> int:
        return 1 if n == 0 else n * await factorial(n - 1)

    with trio.fail_after(1):
        assert await factorial(5) == 120


async def test_recursion_through_another_action_and_other_tasks_takes_one_place(ai):
    """C18: the place is bound to the run, not to the task, and any ancestor counts."""

    @ai.flow(max_concurrency=1)
    async def ping(n: int) -> int:
        return (await run_all(partial(pong, n), partial(pong, n)))[0]

    @ai.flow
    async def pong(n: int) -> int:
        if n == 0:
            return 0
        async with ping.stream(n - 1) as stream:
            return await stream.output() + 1

    with trio.fail_after(1):
        assert await ping(4) == 4


async def test_siblings_below_another_action_each_take_their_own(ai, autojump_clock):
    """C18: a common parent that holds no place of it gives none."""
    gauge = Gauge()

    @ai.flow(max_concurrency=2)
    async def work() -> None:
        with gauge:
            await trio.sleep(1)

    @ai.flow
    async def parent() -> None:
        await run_all(*[work] * 6)

    await parent()
    assert gauge.most == 2


async def test_an_ancestor_that_has_given_up_its_place_lends_none(ai, autojump_clock):
    """C18: an ancestor must hold a place; one that has ended does not, though tasks it started go on."""
    gauge = Gauge()
    tasks: list[trio.Nursery] = []

    @ai.flow(max_concurrency=1)
    async def work(n: int) -> None:
        if n:
            for _ in range(n):
                tasks[0].start_soon(later)
            return
        with gauge:
            await trio.sleep(1)

    async def later() -> None:
        await trio.sleep(1)
        await work(0)

    async with trio.open_nursery() as nursery:
        tasks.append(nursery)
        await work(3)
    assert (gauge.most, gauge.entered) == (1, 3)


async def test_a_run_that_waits_is_queued(ai):
    """C18, C29: its state says so."""
    runs, release = [], trio.Event()

    @ai.flow(max_concurrency=1)
    async def work() -> None:
        await release.wait()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        await trio.testing.wait_all_tasks_blocked()
        run = work.new_run(None, scope=None)
        runs.append(run)
        nursery.start_soon(work.execute, run)
        await trio.testing.wait_all_tasks_blocked()
        assert run.state is State.QUEUED
        release.set()
    assert run.state is State.SUCCEEDED


@pytest.mark.parametrize("max_queue", [0, 2])
async def test_the_line_is_bounded(ai, max_queue):
    """C18: beyond max_queue it is RESOURCE_EXHAUSTED."""

    @ai.flow(max_concurrency=1, max_queue=max_queue)
    async def work() -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        for _ in range(1 + max_queue):
            nursery.start_soon(work)
        await trio.testing.wait_all_tasks_blocked()
        message = f"^/flow/work runs 1 times and {max_queue} more wait; try again later"
        with pytest.raises(PublicError, match=message) as caught:
            await work()
        nursery.cancel_scope.cancel()
    assert caught.value.status is Status.RESOURCE_EXHAUSTED
    assert caught.value.retry_after == 1


async def test_the_line_is_served_in_order(ai):
    """C18: first come, first served, also against one that arrives when a place is free."""
    order = []

    @ai.flow(max_concurrency=1)
    async def work(n: int) -> None:
        order.append(n)
        await trio.testing.wait_all_tasks_blocked()

    async with trio.open_nursery() as nursery:
        for n in range(4):
            nursery.start_soon(work, n)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
    assert order == [0, 1, 2, 3]


async def test_waiting_for_a_place_counts_against_the_deadline(ai, autojump_clock):
    """C10: waiting in line is time spent."""
    started = []

    @ai.flow(max_concurrency=1, timeout=3)
    async def work(n: int) -> None:
        started.append(n)
        with trio.CancelScope(shield=True):
            await trio.sleep(5)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, 1)
        await trio.sleep(1)
        with pytest.raises(DeadlineExceeded):
            await work(2)
        assert trio.current_time() == pytest.approx(4)
    assert started == [1]


@pytest.mark.parametrize("how", ["value", "error", "cancelled", "timeout"])
async def test_a_place_is_given_back_however_the_run_ends(ai, autojump_clock, how):
    """C18: a place belongs to a run for as long as it runs."""

    @ai.flow(max_concurrency=1, timeout=5)
    async def work(how: str) -> None:
        if how == "error":
            raise ValueError
        if how in ("cancelled", "timeout"):
            await trio.sleep(9)

    try:
        with trio.move_on_after(1 if how == "cancelled" else 100):
            await work(how)
    except (ValueError, DeadlineExceeded):
        pass
    with trio.fail_after(1):
        await work("again")


async def test_a_run_that_is_cancelled_in_line_leaves_the_line(ai):
    """C18: its turn goes to the next, and its place is not lost."""
    release, done = trio.Event(), []

    @ai.flow(max_concurrency=1)
    async def work(n: int) -> None:
        await release.wait()
        done.append(n)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, 1)
        await trio.testing.wait_all_tasks_blocked()
        scope = trio.CancelScope()

        @nursery.start_soon
        async def waiting():
            with scope:
                await work(2)

        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(work, 3)
        await trio.testing.wait_all_tasks_blocked()
        release.set()
        scope.cancel()
    assert done == [1, 3]


async def test_two_actions_that_wait_for_each_others_places_end_by_their_deadline(ai, autojump_clock):
    """C18: two actions can wait for each other, until a deadline ends it."""
    both = []
    arrived = trio.Event()

    async def meet() -> None:
        both.append(1)
        if len(both) == 2:
            arrived.set()
        await arrived.wait()

    @ai.flow(max_concurrency=1, timeout=5)
    async def left(deep: bool) -> None:
        if not deep:
            await meet()
            await right(True)

    @ai.flow(max_concurrency=1, timeout=7)
    async def right(deep: bool) -> None:
        if not deep:
            await meet()
            await left(True)

    outcomes = []

    async def call(action) -> None:
        try:
            await action(False)
        except DeadlineExceeded as exc:
            outcomes.append(str(exc))
        else:
            outcomes.append("value")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, left)
        nursery.start_soon(call, right)
    assert any(outcome.startswith("/flow/left did not finish") for outcome in outcomes)
    assert trio.current_time() == pytest.approx(5)


def test_places_live_in_one_trio_run():
    """C18: a run of another trio run, in which this one's places were never given back, has places of its own."""
    ai = Genkit()

    @ai.flow(max_concurrency=1)
    async def work() -> str:
        with trio.CancelScope(shield=True):
            return await trio.to_thread.run_sync(trio.run, inner) if current_run().name == "work" else ""

    async def inner() -> str:
        return await plain()

    @ai.flow(max_concurrency=1)
    async def plain() -> str:
        return "inner"

    assert trio.run(work) == "inner"

    @ai.flow(max_concurrency=1)
    async def nested(depth: int) -> int:
        if depth == 0:
            return 0
        return 1 + await trio.to_thread.run_sync(trio.run, nested, depth - 1)

    assert trio.run(nested, 2) == 2


async def test_a_place_is_held_through_all_attempts_of_a_race(ai, autojump_clock):
    """C18, C4: losers give their places back before the race is over."""
    gauge = Gauge()

    @ai.flow(max_concurrency=2)
    async def work(seconds: float) -> float:
        with gauge:
            await trio.sleep(seconds)
            return seconds

    assert await run_any(*[partial(work, seconds) for seconds in (1, 1, 9)]) == 1
    assert gauge.now == 0
    with trio.fail_after(1.5):
        assert await run_all(partial(work, 1), partial(work, 1)) == (1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_concurrency": 0}, "^max_concurrency is 0; it must be 1 or more$"),
        ({"max_concurrency": 1, "max_queue": -1}, "^max_queue is -1; it must be 0 or more$"),
    ],
)
def test_a_limit_that_cannot_work_is_refused(ai, options, message):
    with pytest.raises(ValueError, match=message):
        ai.flow(name="work", **options)(trio.sleep)
