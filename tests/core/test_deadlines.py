"""Deadlines: whose they are, and values that come after them."""

import math
from functools import partial

import attrs
import hypothesis
import pytest
import trio
import trio.testing
from hypothesis import strategies as st

from genkit_trio import DeadlineExceeded, Genkit, GenkitError, State, Status
from genkit_trio._core import current_run


class BusyClock(trio.abc.Clock):
    """A clock that passes as a program holds the thread, by its own word."""

    now = 0.0

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return 0


async def test_an_expired_timeout_is_a_status_and_trios_own_error(ai, autojump_clock):
    """C8: DeadlineExceeded is a GenkitError with its status, and a trio.TooSlowError."""

    @ai.flow(timeout=2)
    async def slow() -> None:
        await trio.sleep(10)

    with pytest.raises(DeadlineExceeded, match=r"^/flow/slow did not finish within its deadline") as caught:
        await slow()
    assert isinstance(caught.value, GenkitError)
    assert isinstance(caught.value, trio.TooSlowError)
    assert caught.value.status is Status.DEADLINE_EXCEEDED
    assert trio.current_time() == pytest.approx(2)


async def test_a_callers_tighter_deadline_is_seen_inside_as_cancelled(ai, autojump_clock):
    """C8: it becomes an error only at the scope that owns it."""
    seen = []

    @ai.flow(timeout=5)
    async def slow() -> None:
        try:
            await trio.sleep(10)
        except BaseException as exc:
            seen.append(type(exc))
            raise

    with pytest.raises(trio.TooSlowError) as caught, trio.fail_after(1):
        await slow()
    assert seen == [trio.Cancelled]
    assert not isinstance(caught.value, DeadlineExceeded)


async def test_of_equal_deadlines_the_outer_one_owns(ai, autojump_clock):
    """C8: equal deadlines are one case of the outer scope being cancelled too."""

    @ai.flow(timeout=5)
    async def inner() -> None:
        await trio.sleep(10)

    @ai.flow(timeout=5)
    async def outer() -> None:
        await inner()

    with pytest.raises(DeadlineExceeded, match=r"^/flow/outer "):
        await outer()
    with trio.move_on_after(5) as scope:
        await inner()
    assert scope.cancelled_caught


def test_an_outer_deadline_that_passes_unnoticed_during_the_cleanup_owns(ai):
    """C8: an outer scope that is cancelled by the time the cleanup has ended owns, though trio did not look yet."""
    clock = BusyClock()

    @ai.flow(timeout=1)
    async def work() -> None:
        try:
            clock.now = 1
            await trio.sleep_forever()
        finally:
            clock.now = 9

    async def main() -> bool:
        with trio.move_on_after(8) as scope:
            await work()
        return scope.cancelled_caught

    assert trio.run(main, clock=clock)


def test_a_deadline_that_is_moved_away_in_the_last_moment_does_not_own(ai):
    """C8: the outer scope must be cancelled, not merely have been about to be."""
    clock = BusyClock()

    @ai.flow(timeout=1)
    async def work() -> None:
        clock.now = 1
        await trio.sleep_forever()

    async def main() -> None:
        with trio.move_on_after(1.5) as scope:
            scope.deadline = math.inf
            await work()

    with pytest.raises(DeadlineExceeded):
        trio.run(main, clock=clock)


@attrs.frozen
class Level:
    """One level of a tree of deadlines: what is declared, and how long its cleanup takes."""

    timeout: int
    is_action: bool
    cleanup: int


levels = st.lists(
    st.builds(Level, timeout=st.integers(1, 6), is_action=st.booleans(), cleanup=st.integers(0, 4)),
    min_size=1,
    max_size=5,
)


def owner_of(tree: list[Level]) -> int:
    """The oracle: the outermost level whose deadline has passed when the cleanup inside it has ended."""
    now = min(level.timeout for level in tree)
    for number in reversed(range(len(tree))):
        now += tree[number].cleanup
        if not any(level.timeout <= now for level in tree[:number]) and tree[number].timeout <= now:
            return number
    raise AssertionError("some deadline passes")


def callers_of(tree: list[Level]) -> list:
    """What stands at each level and calls the next one: a run with a timeout, or a plain scope."""
    ai = Genkit()

    async def level(number: int) -> None:
        try:
            await callers[number + 1]()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(tree[number].cleanup)

    def caller_of(number: int):
        if tree[number].is_action:
            return ai.flow(name=str(number), timeout=tree[number].timeout)(partial(level, number))

        async def scoped() -> None:
            with trio.move_on_after(tree[number].timeout) as scope:
                await level(number)
            if scope.cancelled_caught:
                raise trio.TooSlowError(f"/scope/{number} ")

        return scoped

    callers = [*(caller_of(number) for number in range(len(tree))), trio.sleep_forever]
    return callers


@hypothesis.given(levels)
def test_the_outermost_scope_that_is_cancelled_by_the_end_of_the_cleanup_raises(tree):
    """C8: for any tree of deadlines, runs and plain scopes mixed, one owns, and it is the outermost."""
    with pytest.raises(trio.TooSlowError) as caught:
        trio.run(callers_of(tree)[0], clock=trio.testing.MockClock(autojump_threshold=0))
    owner = owner_of(tree)
    assert str(caught.value).startswith(f"/{'flow' if tree[owner].is_action else 'scope'}/{owner} ")


@pytest.mark.parametrize(("duration", "late"), [(1.0, False), (1.5, True)])
async def test_a_value_after_the_deadline_is_returned_and_marked(ai, autojump_clock, caplog, duration, late):
    """C9, C30: a function that met no checkpoint after its deadline returns its value; the span is late."""
    runs = []

    @ai.flow(timeout=1)
    async def busy() -> str:
        runs.append(current_run())
        autojump_clock.jump(duration)
        return "value"

    assert await busy() == "value"
    assert (runs[0].late, runs[0].state) == (late, State.SUCCEEDED)
    assert ("/flow/busy returned a value 0.500 s after its deadline" in caplog.messages) is late


async def test_a_value_after_the_callers_deadline_is_late_too(ai, autojump_clock):
    """C9: the deadline of a run is its caller's too."""
    runs = []

    @ai.flow
    async def busy() -> str:
        runs.append(current_run())
        autojump_clock.jump(3)
        return "value"

    with trio.move_on_after(1):
        assert await busy() == "value"
    assert runs[0].late
