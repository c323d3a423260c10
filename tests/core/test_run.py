"""Runs as nodes of the tree of what is alive: parents, states, causes, roots."""

from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio import Cause, DeadlineExceeded, PublicError, State, Status, current_context, run_step
from genkit_trio._core import RunScope, current_roots, current_run
from genkit_trio._tracing import current_span


async def test_a_run_knows_everything_that_is_asked_about_it(ai, autojump_clock):
    """C29: action key, trace id, span id, parent, state, deadline, cause, start and end."""
    runs = []

    @ai.flow(timeout=10)
    async def child() -> None:
        runs.append(current_run())
        assert runs[-1].state is State.RUNNING
        assert runs[-1].end is None

    @ai.flow
    async def parent() -> None:
        runs.append(current_run())
        await child()

    with trio.move_on_after(20):
        await parent()
    outer, inner = runs
    assert (outer.key, inner.key) == ("/flow/parent", "/flow/child")
    assert (outer.parent_run, inner.parent_run) == (None, outer)
    assert inner.trace_id == outer.trace_id
    assert inner.span_id != outer.span_id
    assert (outer.state, inner.state) == (State.SUCCEEDED, State.SUCCEEDED)
    assert (outer.deadline, inner.deadline) == (20, 10)
    assert (outer.cause, inner.cause) == (None, None)
    assert outer.start <= inner.start <= inner.end <= outer.end


async def test_the_live_tree_can_be_read_at_any_moment(ai):
    """C29: each run links itself to its parent, roots live in a set; the links go when they end."""
    seen = []

    @ai.flow
    async def leaf(name: str) -> None:
        await release.wait()

    @ai.flow
    async def root() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(leaf, "a")
            nursery.start_soon(leaf, "b")

    def tree() -> dict:
        return {run.name: [child.name for child in run.children or ()] for run in current_roots().runs}

    release = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(root)
        nursery.start_soon(leaf, "alone")
        await trio.testing.wait_all_tasks_blocked()
        seen.append(tree())
        release.set()
        await trio.testing.wait_all_tasks_blocked()
        seen.append(tree())
    assert seen == [{"root": ["leaf", "leaf"], "leaf": []}, {}]


async def test_a_root_knows_its_task(ai):
    """C29: the stack of what will not stop can be shown."""

    @ai.flow
    async def root() -> bool:
        return current_run().task is trio.lowlevel.current_task()

    assert await root()


def test_roots_live_in_one_trio_run(ai):
    """C29: a per-trio-run set; outside there is none."""
    with pytest.raises(RuntimeError):
        current_roots()

    async def main():
        return current_roots()

    assert trio.run(main) is not trio.run(main)


async def test_a_failure_is_a_state_with_its_error(ai):
    """C29: failed."""
    runs, error = [], ValueError("x")

    @ai.flow
    async def work() -> None:
        runs.append(current_run())
        raise error

    with pytest.raises(ValueError, match="x"):
        await work()
    assert (runs[0].state, runs[0].error, runs[0].cause) == (State.FAILED, error, None)


async def _cause_in(ai, cancel, **options):
    """The cause of a run that waits, and of a child that it merely awaits, when *cancel(run)* is called."""
    runs = []

    @ai.flow
    async def child() -> None:
        runs.append(current_run())
        await trio.sleep_forever()

    @ai.flow(name="work", **options)
    async def work() -> None:
        runs.append(current_run())
        await child()

    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def later() -> None:
            await trio.testing.wait_all_tasks_blocked()
            cancel(runs[0])

        with trio.CancelScope() as scope:
            runs_scope.append(scope)
            with suppress(DeadlineExceeded, PublicError):
                await work()
    assert [run.state for run in runs] == [State.CANCELLED] * 2
    return [run.cause for run in runs]


runs_scope: list[trio.CancelScope] = []


async def test_a_scope_of_the_application_is_the_caller(ai):
    """C29: where the library owns no scope, the cause is read from Cancelled.source."""
    assert await _cause_in(ai, lambda run: runs_scope[-1].cancel()) == [Cause.CALLER_CANCELLED] * 2


async def test_a_deadline_of_the_application_is_a_deadline(ai, autojump_clock):
    """C29: deadline, else caller_cancelled."""
    assert await _cause_in(ai, lambda run: setattr(runs_scope[-1], "deadline", 5)) == [Cause.DEADLINE] * 2


async def test_an_inner_timeout_that_ends_as_the_caller_is_cancelled_is_no_deadline_of_the_run(ai, autojump_clock):
    """C29: trio.Cancelled tells of the innermost scope; every sleep has one, with a deadline."""
    runs = []

    @ai.flow
    async def work() -> None:
        runs.append(current_run())
        with trio.move_on_after(1):
            try:
                await trio.sleep_forever()
            finally:
                outer.cancel()

    with trio.CancelScope() as outer:
        await work()
    assert [run.cause for run in runs] == [Cause.CALLER_CANCELLED]


async def test_a_timeout_is_a_deadline_and_its_children_go_with_the_parent(ai, autojump_clock):
    """C29: what runs below a run whose own scope is cancelled has the cause parent_cancelled."""
    assert await _cause_in(ai, lambda run: None, timeout=5) == [Cause.DEADLINE, Cause.PARENT_CANCELLED]


@pytest.mark.parametrize(
    "cause", [Cause.CANCEL_API, Cause.CLIENT_DISCONNECT, Cause.CLIENT_STALLED, Cause.DRAIN, Cause.INTERRUPT]
)
async def test_a_run_that_is_cancelled_by_itself_has_the_cause_that_was_given(ai, cause):
    """C29: the closed enum of causes."""
    causes = await _cause_in(ai, lambda run: run.request_cancel(cause), timeout=1000)
    assert causes == [cause, Cause.PARENT_CANCELLED]


async def test_the_first_cause_stays(ai):
    """C26: cancelling is idempotent."""

    def cancel(run):
        run.request_cancel(Cause.CLIENT_DISCONNECT)
        run.request_cancel(Cause.DRAIN)

    causes = await _cause_in(ai, cancel, timeout=1000)
    assert causes[0] is Cause.CLIENT_DISCONNECT


def test_the_causes_are_a_closed_list():
    """C29: the words of the contract."""
    causes = (
        "deadline client_disconnect client_stalled consumer_stopped cancel_api caller_cancelled parent_cancelled "
        "sibling_failed lost_race interrupt drain"
    )
    assert " ".join(cause.value for cause in Cause) == causes
    assert " ".join(state.value for state in State) == "queued running succeeded failed cancelled"


async def test_a_group_of_cancelled_from_a_users_nursery_is_a_cancellation(ai, autojump_clock):
    """C29: however many tasks were told."""
    runs = []

    @ai.flow
    async def work() -> None:
        runs.append(current_run())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(trio.sleep_forever)

    with trio.move_on_after(1):
        await work()
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.DEADLINE)


@pytest.mark.parametrize("in_nursery", [True, False])
async def test_an_error_in_the_cleanup_of_a_cancelled_run_is_a_failure(ai, autojump_clock, in_nursery):
    """C29: the state is that of what the caller gets, also when trio has taken the Cancelled out of a group."""
    runs = []

    async def cleanup() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError("cleanup")

    @ai.flow(timeout=1)
    async def work() -> None:
        runs.append(current_run())
        if not in_nursery:
            await cleanup()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cleanup)
            nursery.start_soon(trio.sleep_forever)

    with pytest.raises((KeyError, ExceptionGroup)) as caught:
        await work()
    assert (runs[0].state, runs[0].error) == (State.FAILED, caught.value)


async def test_an_outer_scope_that_takes_over_is_the_cause(ai, autojump_clock):
    """C8, C29: the run has its caller's deadline as its cause."""
    runs = []

    @ai.flow(timeout=1)
    async def work() -> None:
        runs.append(current_run())
        try:
            await trio.sleep_forever()
        finally:
            autojump_clock.jump(8)

    with trio.move_on_after(5) as scope:
        await work()
    assert scope.cancelled_caught
    assert (runs[0].state, runs[0].cause) == (State.CANCELLED, Cause.DEADLINE)


async def test_new_roots_are_refused_while_draining_and_children_go_on(ai):
    """C29: the set of roots is what a runtime drains."""

    @ai.flow
    async def child() -> str:
        return "child"

    @ai.flow
    async def root() -> str:
        current_roots().draining = True
        return await child()

    assert await root() == "child"
    with pytest.raises(PublicError, match=r"^/flow/child was not started: shutting down") as caught:
        await child()
    assert (caught.value.status, caught.value.retry_after) == (Status.UNAVAILABLE, 1)
    assert current_roots().runs == set()
    current_roots().draining = False


async def test_waiting_until_idle_waits_for_every_root_but_ones_own(ai):
    idle = []
    release = trio.Event()

    @ai.flow
    async def waiting() -> None:
        await release.wait()

    @ai.flow
    async def watcher() -> None:
        await current_roots().wait_idle()
        idle.append(len(current_roots().runs))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting)
        nursery.start_soon(waiting)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(run_step, "watch", watcher)
        nursery.start_soon(current_roots().wait_idle)
        await trio.testing.wait_all_tasks_blocked()
        assert idle == []
        release.set()
    assert idle == [1]
    await current_roots().wait_idle()


async def test_leaving_a_tree_that_was_never_entered_does_nothing(ai):
    @ai.flow
    async def work() -> None:
        pass

    work.new_run(None, scope=None).leave()
    assert current_roots().runs == set()


async def test_the_current_span_is_as_before_after_a_run(ai):
    @ai.flow(timeout=1)
    async def work(broken: bool) -> None:
        assert current_run().name == "work"
        if broken:
            raise ValueError("x")

    await work(False)
    with pytest.raises(ValueError, match="x"):
        await work(True)
    assert current_span.get() is None
    assert current_run() is None
    assert current_context() == {}


async def test_a_run_may_be_given_a_scope_that_has_expired(ai, autojump_clock):
    """C2, C8: an opener's scope counts at entry, and its expiry is an exceeded deadline."""
    started = []

    @ai.flow
    async def work() -> None:
        started.append(1)

    run = work.new_run(None, scope=RunScope(deadline=-1))
    with pytest.raises(DeadlineExceeded):
        await work.execute(run)
    assert started == []
    assert (run.state, run.cause) == (State.CANCELLED, Cause.DEADLINE)
