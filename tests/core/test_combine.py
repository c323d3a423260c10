"""Running several things at once: all of them, or the first that succeeds."""

from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, State, run_all, run_any
from genkit_trio._core import current_run
from tests.core.logged import Logged


async def value_of(value, delay=0.0):
    await trio.sleep(delay)
    return value


async def fail(error, delay=0.0):
    await trio.sleep(delay)
    raise error


class Strange:
    """A value that does not like to be compared."""

    def __eq__(self, other):
        raise RuntimeError("do not compare me")

    __hash__ = None


async def test_the_values_come_in_the_order_of_the_arguments(autojump_clock):
    """C4: run_all returns a tuple in argument order."""
    assert await run_all(partial(value_of, 1, 3), partial(value_of, 2, 2), partial(value_of, 3, 1)) == (1, 2, 3)
    assert trio.current_time() == pytest.approx(3)


async def test_the_branches_of_run_all_run_at_the_same_time():
    """C4: all have started before one may end."""
    started = []
    all_started = trio.Event()

    async def branch(number):
        started.append(number)
        if len(started) == 3:
            all_started.set()
        with trio.fail_after(5):
            await all_started.wait()
        return number

    assert await run_all(*(partial(branch, number) for number in range(3))) == (0, 1, 2)


async def test_nothing_to_run_gives_nothing_and_is_a_checkpoint():
    """C4: run_all() is ()."""
    with trio.testing.assert_checkpoints():
        assert await run_all() == ()


async def test_run_any_of_nothing_is_refused():
    """C4: run_any() is ValueError."""
    with pytest.raises(ValueError, match=r"^run_any needs something to run; give it at least one thunk$"):
        await run_any()


async def test_values_are_not_compared():
    value = Strange()
    assert (await run_all(partial(value_of, value), partial(value_of, 2)))[0] is value
    assert await run_any(partial(value_of, value)) is value


async def test_the_first_failure_cancels_the_siblings_and_waits_for_them(autojump_clock, ai):
    """C4, C1: run_all cancels the siblings on the first failure, cause sibling_failed, and waits for their cleanup."""
    error, sibling, runs = ValueError("a"), Logged(), []

    @ai.flow
    async def waiting() -> None:
        runs.append(current_run())
        await sibling()

    with pytest.raises(ValueError, match="a") as caught:
        await run_all(waiting, partial(fail, error, 1))
    assert caught.value is error
    assert sibling.ended
    assert trio.current_time() == pytest.approx(2)
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.SIBLING_FAILED)


async def test_several_failures_come_as_a_group(autojump_clock):
    """C3, C4: what is not one error stays a group."""
    with pytest.raises(ExceptionGroup) as caught:
        await run_all(Logged(error=KeyError("b")), partial(fail, ValueError("a"), 1))
    assert {type(exc) for exc in caught.value.exceptions} == {KeyError, ValueError}


async def test_a_group_that_a_branch_raises_stays_a_group():
    """C3: one level is taken off, that of the library's own nursery."""
    error = ExceptionGroup("mine", [ValueError("a")])
    with pytest.raises(ExceptionGroup) as caught:
        await run_all(partial(fail, error), partial(value_of, 1))
    assert caught.value is error


async def test_a_failure_is_raised_bare_from_nested_run_alls():
    """C3: groups made by the library's nurseries are collapsed to a sole leaf."""
    error = ValueError("a")
    with pytest.raises(ValueError, match="a") as caught:
        await run_all(partial(run_all, partial(run_all, partial(fail, error))))
    assert caught.value is error


async def test_a_group_with_cancelled_is_never_collapsed(autojump_clock):
    """C3: a failure in the cleanup of something that was cancelled from outside keeps the Cancelled beside it."""
    seen = []
    with pytest.raises(ExceptionGroup), trio.move_on_after(1):
        try:
            await run_all(Logged(error=ValueError("a")), trio.sleep_forever)
        except BaseExceptionGroup as group:
            seen.extend(sorted(type(exc).__name__ for exc in group.exceptions))
            raise
    assert seen == ["Cancelled", "ValueError"]


async def test_the_first_success_wins_and_the_losers_clean_up(autojump_clock, ai):
    """C4, C1: run_any returns the first success, cancels the losers (lost_race), and returns after their cleanup."""
    loser, runs = Logged(), []

    @ai.flow
    async def waiting() -> None:
        runs.append(current_run())
        await loser()

    assert await run_any(waiting, partial(fail, ValueError("a")), partial(value_of, 2, 1)) == 2
    assert loser.ended
    assert trio.current_time() == pytest.approx(2)
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.LOST_RACE)


async def test_the_winners_value_stands_whatever_the_losers_raise(autojump_clock):
    """C2, C4: what losers raise while they clean up is theirs, also when a nursery of theirs makes a group of it."""

    async def grouped():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Logged(error=KeyError("b")))
            nursery.start_soon(trio.sleep_forever)

    assert await run_any(grouped, Logged(error=ValueError("a")), partial(value_of, 2, 1)) == 2


async def test_when_all_fail_their_errors_come_as_a_group_in_order(autojump_clock):
    """C4: when all fail, run_any raises their ExceptionGroup."""
    errors = [ValueError("a"), ValueError("b"), ExceptionGroup("c", [KeyError("c")])]
    with pytest.raises(ExceptionGroup, match=r"^no branch of run_any succeeded") as caught:
        await run_any(*(partial(fail, error, 3 - number) for number, error in enumerate(errors)))
    assert list(caught.value.exceptions) == errors


async def test_a_single_failure_of_run_any_is_a_group_too():
    """C4: the caller need not know how many there were."""
    with pytest.raises(ExceptionGroup) as caught:
        await run_any(partial(fail, ValueError("a")))
    assert len(caught.value.exceptions) == 1


@pytest.mark.parametrize("combine", [run_all, run_any])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_a_base_exception_ends_everything(combine, error):
    other = Logged(cleanup=0)
    with pytest.raises(error):
        await combine(partial(fail, error), other)
    assert other.ended


@pytest.mark.parametrize("combine", [run_all, run_any])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_a_limit_bounds_how_many_run_at_once(combine, limit, autojump_clock):
    """C4: limit= is how many branches run at once."""
    running = most = 0

    async def branch(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1
        if combine is run_any:
            raise ValueError(number)
        return number

    thunks = [partial(branch, number) for number in range(6)]
    if combine is run_all:
        assert await run_all(*thunks, limit=limit) == tuple(range(6))
    else:
        with pytest.raises(ExceptionGroup):
            await run_any(*thunks, limit=limit)
    assert most == limit


@pytest.mark.parametrize("combine", [run_all, run_any])
async def test_a_limit_of_nothing_is_refused(combine):
    with pytest.raises(ValueError, match=r"^limit is 0; it must be 1 or more$"):
        await combine(partial(value_of, 1), limit=0)


async def test_what_waits_for_a_place_never_starts_once_a_branch_has_failed(autojump_clock):
    """C4: the failure cancels those that have not started as well."""
    started = []

    async def branch():
        started.append(1)

    with pytest.raises(ValueError, match="a"):
        await run_all(partial(fail, ValueError("a"), 1), branch, limit=1)
    assert started == []


async def test_what_waits_for_a_place_never_starts_once_the_race_is_won(autojump_clock):
    """C4: a decided race starts nothing."""
    started = []

    async def branch():
        started.append(1)

    assert await run_any(partial(value_of, 1, 1), Logged(), branch, branch, branch, limit=2) == 1
    assert started == []


async def test_values_are_kept_when_the_caller_is_cancelled_in_the_last_moment():
    """C2: when every branch has returned, the values are returned."""
    scope = trio.CancelScope()

    async def branch(value):
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        scope.cancel()
        return value

    with scope:
        assert await run_all(partial(branch, 1), partial(branch, 2)) == (1, 2)
        assert await run_any(partial(branch, 3), partial(branch, 3)) == 3
        await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught


async def test_the_winner_is_kept_when_the_caller_is_cancelled_while_losers_clean_up(autojump_clock):
    """C2: the value of the winner is not thrown away."""
    with trio.move_on_after(2) as scope:
        assert await run_any(partial(value_of, 1, 1), Logged(cleanup=5)) == 1
    assert not scope.cancelled_caught
