"""Calling an action: entry, value, errors and cancellation of a run in the caller's own task."""

import gc
import math

import pytest
import trio
import trio.testing

from genkit_trio import (
    Cause,
    DeadlineExceeded,
    PublicError,
    State,
    Status,
)
from genkit_trio._core import current_roots, current_run


async def test_a_call_runs_in_the_callers_task_without_nursery_or_scope(ai, passes):
    """C2: a plain call has no nursery, no extra task and no scope of its own."""
    here = trio.lowlevel.current_task()
    seen = []

    @ai.flow
    async def look() -> None:
        task = trio.lowlevel.current_task()
        seen.append((task, list(task.child_nurseries), task._cancel_status))

    nurseries, status, spawned = list(here.child_nurseries), here._cancel_status, passes.spawned
    await look()
    assert seen == [(here, nurseries, status)]
    assert passes.spawned == spawned


async def test_a_timeout_is_one_scope_and_still_no_task(ai, passes):
    """C2: no scope unless a timeout was declared."""
    here = trio.lowlevel.current_task()
    seen = []

    @ai.flow(timeout=5)
    async def look() -> None:
        seen.append(trio.lowlevel.current_task()._cancel_status.parent)

    spawned = passes.spawned
    await look()
    assert seen == [here._cancel_status]
    assert passes.spawned == spawned


async def test_a_call_that_need_not_wait_is_not_a_schedule_point(ai, passes):
    """C2: at entry it is a cancel point, not a schedule point; nor is there one at the end."""

    @ai.flow
    async def double(x: int) -> int:
        return 2 * x

    await trio.lowlevel.checkpoint()
    before = passes.steps
    assert [await double(x) for x in range(50)] == [2 * x for x in range(50)]
    assert passes.steps == before


async def test_a_function_never_starts_when_its_caller_is_cancelled(ai):
    """C2: when the caller is cancelled, the function never starts."""
    started = []

    @ai.flow
    async def work() -> None:
        started.append(1)

    with trio.CancelScope() as scope:
        scope.cancel()
        await work()
    assert scope.cancelled_caught
    assert started == []


class BusyClock(trio.abc.Clock):
    """A clock that passes as a program holds the thread, by its own word."""

    now = 0.0

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return 0


@pytest.mark.parametrize("timeout", [math.inf, 100])
def test_a_function_never_starts_after_a_deadline_that_trio_has_not_noticed(ai, timeout):
    """C2: a deadline that passed since the last scheduler pass counts at entry."""
    started = []
    clock = BusyClock()

    @ai.flow(timeout=timeout)
    async def work() -> None:
        started.append(1)

    async def main() -> bool:
        with trio.move_on_after(5) as scope:
            clock.now = 5
            await work()
        return scope.cancelled_caught

    assert trio.run(main, clock=clock)
    assert started == []


async def test_a_shield_hides_the_callers_cancellation_at_entry(ai):
    """C2: what counts at entry is what the caller itself would feel."""

    @ai.flow
    async def work() -> str:
        return "done"

    with trio.CancelScope() as scope:
        scope.cancel()
        with trio.CancelScope(shield=True):
            assert await work() == "done"


@pytest.mark.parametrize("options", [{}, {"timeout": 50}, {"max_concurrency": 1}])
async def test_the_value_of_a_run_is_not_thrown_away_when_its_caller_is_cancelled(ai, options):
    """C2: there is no cancel point after the function returned, also when both happen in one pass."""
    values = []
    scope = trio.CancelScope()

    @ai.flow(**options)
    async def work() -> str:
        await trio.lowlevel.checkpoint()
        scope.cancel()
        return "value"

    with scope:
        values.append(await work())
        await trio.lowlevel.checkpoint()
    assert values == ["value"]
    assert scope.cancelled_caught


async def test_a_loop_of_actions_that_never_wait_is_ended_by_a_checkpoint_of_its_own(ai, autojump_clock):
    """C2: each entry is a cancel point, but trio looks at other tasks only at a schedule point."""
    calls = 0

    @ai.flow
    async def quick() -> None:
        nonlocal calls
        calls += 1

    with trio.move_on_after(1):
        while True:
            await quick()
            if calls % 100 == 0:
                await trio.sleep(0.25)
    assert calls == 400


async def test_an_error_reaches_the_caller_as_the_object_that_was_raised(ai):
    """C3: errors are never wrapped; the trace id is a note, once per object, of the outermost run."""
    error = ValueError("broken")
    traces = []

    @ai.flow
    async def inner() -> None:
        traces.append(current_run().trace_id)
        raise error

    @ai.flow(timeout=3, max_concurrency=1)
    async def outer() -> None:
        await inner()

    for _ in range(2):
        with pytest.raises(ValueError, match="broken") as caught:
            await outer()
        assert caught.value is error
    assert error.__notes__ == [f"genkit trace {traces[0]}"]


async def test_a_group_that_a_function_raises_stays_the_group_it_is(ai):
    """C3: a group of the user's passes as it is, also with a single member."""
    error = ExceptionGroup("mine", [ValueError("a")])

    @ai.flow(timeout=3)
    async def work() -> None:
        raise error

    with pytest.raises(ExceptionGroup) as caught:
        await work()
    assert caught.value is error


async def test_a_group_of_a_users_nursery_stays_a_group(ai):
    """C3: only the library's own nurseries are collapsed."""

    async def fail() -> None:
        raise ValueError("a")

    @ai.flow
    async def work() -> None:
        async with trio.open_nursery() as nursery:  # noqa: ASYNC112  # a nursery of the user is the case
            nursery.start_soon(fail)

    with pytest.raises(ExceptionGroup) as caught:
        await work()
    assert [type(exc) for exc in caught.value.exceptions] == [ValueError]


async def test_cancelled_passes_without_a_note(ai, autojump_clock):
    """C3: Cancelled passes untouched."""
    seen = []

    @ai.flow
    async def work() -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled as exc:
            seen.append(exc)
            raise

    with trio.move_on_after(1):
        try:
            await work()
        except trio.Cancelled as exc:
            assert exc is seen[0]
            raise
    assert not hasattr(seen[0], "__notes__")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
async def test_a_base_exception_passes_as_it_is(ai, error):
    """C3: nothing is wrapped, and the run has failed, not been cancelled."""
    runs = []

    @ai.flow(timeout=5)
    async def work() -> None:
        runs.append(current_run())
        raise error

    with pytest.raises(error):
        await work()
    assert runs[0].state is State.FAILED


async def test_a_parent_may_handle_the_failure_of_a_child(ai):
    """C4: a child's failure is raised at the parent's await, and the parent may handle it."""

    @ai.flow
    async def child() -> str:
        raise ValueError("broken")

    @ai.flow
    async def parent() -> str:
        try:
            return await child()
        except ValueError as exc:
            return f"handled {exc}"

    assert await parent() == "handled broken"


async def test_all_tasks_below_a_cancelled_parent_are_told_in_the_same_pass(ai, passes):
    """C5: descendants in tasks of their own get Cancelled in the same scheduler pass, unless shielded."""
    told, shielded, released = [], [], trio.Event()

    @ai.flow
    async def leaf(name: str) -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            told.append(passes.passes)
            raise

    @ai.flow
    async def guarded() -> None:
        with trio.CancelScope(shield=True):
            await released.wait()
            shielded.append(passes.passes)

    @ai.flow
    async def branch() -> None:
        async with leaf.stream("streamed") as stream:
            await stream.output()

    @ai.flow
    async def parent() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(leaf, "own task")
            nursery.start_soon(branch)
            nursery.start_soon(guarded)
            await leaf("own await")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(parent)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
        released.set()
    assert len(told) == 3
    assert len(set(told)) == 1
    assert len(shielded) == 1


async def test_a_run_ends_only_when_its_cleanup_has_ended(ai, autojump_clock):
    """C1: a run ends when its function, every run below it and their cleanup have ended."""
    ended = []

    @ai.flow
    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.move_on_after(3, shield=True):
                await trio.sleep(2)
                ended.append("child")

    @ai.flow(timeout=1)
    async def parent() -> None:
        async with child.stream() as stream:
            await stream.output()

    with pytest.raises(DeadlineExceeded):
        await parent()
    assert ended == ["child"]
    assert trio.current_time() == pytest.approx(3)
    assert not current_roots().runs


async def test_a_run_that_has_ended_is_not_kept(ai):
    """C29: the tree holds what is alive, nothing else."""

    @ai.flow
    async def child() -> None:
        pass

    @ai.flow
    async def work() -> None:
        await child()
        assert current_run().children == set()

    await work()
    gc.collect()
    assert current_roots().runs == set()


async def test_a_run_with_a_timeout_can_be_cancelled_by_itself(ai, autojump_clock):
    """C26: a run with a timeout can be cancelled by itself; its caller gets CANCELLED."""
    runs = []

    @ai.flow(timeout=100)
    async def work() -> None:
        runs.append(current_run())
        await trio.sleep_forever()

    async def cancel() -> None:
        await trio.testing.wait_all_tasks_blocked()
        runs[0].request_cancel(Cause.CANCEL_API)
        runs[0].request_cancel(Cause.DRAIN)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel)
        with pytest.raises(PublicError, match=r"^/flow/work was cancelled") as caught:
            await work()
    assert caught.value.status is Status.CANCELLED
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.CANCEL_API)


async def test_a_run_that_is_cancelled_before_it_begins_never_starts(ai):
    """C2: that holds for a scope of its own as well."""
    started = []

    @ai.flow
    async def work() -> None:
        started.append(1)

    async with work.stream():
        pass
    assert started == []
