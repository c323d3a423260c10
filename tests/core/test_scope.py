"""The scope of a run, and what its cancellation is called."""

import math

import pytest
import trio

from genkit_trio import Cause, DeadlineExceeded, PublicError, Status
from genkit_trio._core import RunScope, current_run, error_of_cause, leave_branch, run_all


async def test_the_first_cause_stays_and_is_told_once(autojump_clock):
    """C26: cancelling is idempotent."""
    told = []
    scope = RunScope()
    scope.on_cancel = lambda: told.append(scope.cause)
    scope.cancel(Cause.CANCEL_API)
    scope.cancel(Cause.DRAIN)
    assert told == [Cause.CANCEL_API]
    assert scope.cancel_called
    assert scope.cancelled_at == trio.current_time()


async def test_a_scope_whose_deadline_has_passed_has_no_other_cause(autojump_clock):
    """C29: what came first is the cause."""
    scope = RunScope(deadline=5)
    assert not scope.cancel_called
    autojump_clock.jump(5)
    assert scope.cancel_called
    scope.cancel(Cause.DRAIN)
    assert scope.cause is None
    assert scope.cancelled_at == math.inf


async def test_a_deadline_is_only_ever_tightened():
    """C7: the minimum of all that was given."""
    scope = RunScope(deadline=10)
    for deadline, expected in ((20, 10), (5, 5), (math.inf, 5)):
        scope.tighten(deadline)
        assert scope.cancel_scope.deadline == expected


async def test_trio_is_told_the_cause_too(ai):
    scope = RunScope()
    with scope.cancel_scope:
        scope.cancel(Cause.DRAIN)
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as exc:
            assert exc.reason == "drain"
            raise


@pytest.mark.parametrize(
    ("cause", "status", "message", "retry_after"),
    [
        (Cause.DEADLINE, Status.DEADLINE_EXCEEDED, "x did not finish within its deadline", None),
        (Cause.DRAIN, Status.UNAVAILABLE, "x was stopped because the server is shutting down", 1),
        *((cause, Status.CANCELLED, "x was cancelled", None) for cause in (Cause.CANCEL_API, Cause.CLIENT_DISCONNECT)),
    ],
)
def test_the_error_of_a_cause_has_its_status(cause, status, message, retry_after):
    """C8, C26: what the caller of a cancelled run receives."""
    error = error_of_cause(cause, "x")
    assert isinstance(error, PublicError)
    assert (error.status, str(error), error.retry_after) == (status, message, retry_after)
    assert isinstance(error, DeadlineExceeded) is (cause is Cause.DEADLINE)


async def test_a_run_that_has_left_the_branches_is_none_of_theirs(ai):
    """C6: what belongs to the runtime is not cancelled with the block in which it was started."""

    @ai.flow
    async def work() -> bool:
        return current_run().can_be_cancelled

    async def branch() -> bool:
        leave_branch()
        return await work()

    assert await run_all(branch, work) == (False, True)


async def test_a_lent_scope_is_given_back_as_it_was(ai):
    """C26: it is that of another run then, and who would cancel the first is too late."""

    @ai.flow
    async def work(number: int) -> int:
        assert lent.shield
        return number

    with trio.CancelScope() as lent:
        scope = RunScope(trio.current_time() + 5, lent)
        assert await work.execute(work.new_run(None, scope=scope), 7) == 7
        scope.cancel(Cause.CANCEL_API)
        assert not lent.shield
        await trio.lowlevel.checkpoint()
    assert not lent.cancel_called
    assert scope.cause is None


async def test_a_run_whose_lent_scope_was_cancelled_before_it_began_never_starts(ai):
    """C2: whoever lent the scope sees that it was cancelled."""

    @ai.flow
    async def work() -> None:
        raise AssertionError

    with trio.CancelScope() as lent:
        scope = RunScope(trio.current_time() + 5, lent)
        scope.cancel(Cause.CANCEL_API)
        await work.execute(work.new_run(None, scope=scope))
    assert lent.cancelled_caught
