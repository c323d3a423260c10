"""The runs of branches: what they are cancelled for, and by whom."""

from contextlib import suppress
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, PublicError, Status, run_all, run_any
from genkit_trio._core import current_roots, current_run
from tests.core.logged import Logged


async def value_of(value, delay=0.0):
    await trio.sleep(delay)
    return value


@pytest.mark.parametrize("combine", [run_all, run_any])
async def test_a_cancelled_caller_cancels_every_branch(combine, autojump_clock, ai):
    """C5: and it is the caller's cancellation that they report."""
    runs, others = [], [Logged(), Logged()]

    @ai.flow
    async def waiting(number: int) -> None:
        runs.append(current_run())
        await others[number]()

    with trio.move_on_after(1) as scope:
        await combine(partial(waiting, 0), partial(waiting, 1))
    assert scope.cancelled_caught
    assert [other.ended for other in others] == [True, True]
    assert [run.cause for run in runs] == [Cause.DEADLINE, Cause.DEADLINE]


@pytest.mark.parametrize("combine", [run_all, run_any])
async def test_a_failed_cleanup_after_a_cancellation_is_not_the_cause_of_it(combine, autojump_clock, ai):
    """C29: the first cause stays."""
    runs = []

    @ai.flow
    async def waiting() -> None:
        runs.append(current_run())
        await Logged(cleanup=2)()

    async def stubborn():
        try:
            await trio.sleep_forever()
        finally:
            if combine is run_any:
                return 1  # noqa: ASYNC104, B012  # it swallows its cancellation: that is the case
            raise ValueError("cleanup")

    with suppress(ExceptionGroup), trio.move_on_after(1):
        await combine(waiting, stubborn)
    assert runs[0].cause is Cause.DEADLINE


async def test_runs_below_a_branch_are_cancelled_with_their_parent(autojump_clock, ai):
    """C29: the run of a branch lost the race; what runs inside it was cancelled with its parent, however it runs."""
    causes = {}

    @ai.flow
    async def leaf(name: str) -> None:
        run = current_run()
        try:
            await trio.sleep_forever()
        finally:
            causes[name] = run

    @ai.flow
    async def stem() -> None:
        causes["stem"] = current_run()
        async with leaf.stream("streamed") as stream, trio.open_nursery() as nursery:
            nursery.start_soon(run_all, partial(leaf, "all"))
            nursery.start_soon(run_any, partial(leaf, "any"))
            nursery.start_soon(leaf, "awaited")
            await stream.output()

    @ai.flow
    async def root() -> None:
        await run_any(stem, partial(run_all, partial(leaf, "direct")), partial(value_of, 1, 1))

    await root()
    assert {name: run.cause for name, run in causes.items()} == {
        "stem": Cause.LOST_RACE,
        "direct": Cause.LOST_RACE,
        "streamed": Cause.PARENT_CANCELLED,
        "all": Cause.PARENT_CANCELLED,
        "any": Cause.PARENT_CANCELLED,
        "awaited": Cause.PARENT_CANCELLED,
    }


async def _cancel_the_first_root(cause):
    await trio.testing.wait_all_tasks_blocked()
    run = min(current_roots().runs, key=lambda run: run.name)
    assert run.can_be_cancelled
    run.request_cancel(cause)


async def test_cancelling_one_root_of_run_all_fails_it_with_cancelled(ai):
    """C26: run_all gives its branches a scope; the one is cancelled, the others are its siblings."""
    runs = {}

    @ai.flow
    async def first() -> None:
        runs["first"] = current_run()
        await trio.sleep_forever()

    @ai.flow
    async def second() -> None:
        runs["second"] = current_run()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_the_first_root, Cause.CANCEL_API)
        with pytest.raises(PublicError, match=r"^a branch of run_all was cancelled$") as caught:
            await run_all(first, second)
    assert caught.value.status is Status.CANCELLED
    assert runs["first"].cause is Cause.CANCEL_API
    assert runs["second"].cause is Cause.SIBLING_FAILED


async def test_cancelling_one_root_of_run_any_leaves_the_others(ai, autojump_clock):
    """C26: run_any gives each branch a scope of its own."""
    runs = []

    @ai.flow
    async def first() -> None:
        runs.append(current_run())
        await trio.sleep_forever()

    @ai.flow
    async def second() -> str:
        await trio.sleep(5)
        return "second"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_the_first_root, Cause.DRAIN)
        assert await run_any(first, second) == "second"
    assert runs[0].cause is Cause.DRAIN
    with pytest.raises(ExceptionGroup) as caught:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_the_first_root, Cause.CANCEL_API)
            await run_any(first)
    assert caught.group_contains(PublicError, match="a branch of run_any was cancelled")


async def test_a_run_that_is_merely_awaited_cannot_be_cancelled_by_itself(ai):
    """C26: for a run that application code merely awaits, it is FAILED_PRECONDITION."""

    @ai.flow
    async def work() -> None:
        run = current_run()
        assert not run.can_be_cancelled
        with pytest.raises(PublicError, match=r"^/flow/work has no cancel scope of its own") as caught:
            run.request_cancel(Cause.CANCEL_API)
        assert caught.value.status is Status.FAILED_PRECONDITION

    await work()


async def test_what_comes_after_a_block_is_no_branch_of_it(ai):
    """C26: only what the branches start belongs to them."""

    @ai.flow
    async def work() -> bool:
        return current_run().can_be_cancelled

    assert await run_all(work, work) == (True, True)
    assert await run_any(work) is True
    assert await work() is False


async def test_the_runs_of_branches_are_children_of_the_run_that_combines(ai):
    """C29: every run links itself to its parent."""
    parents = []

    @ai.flow
    async def child() -> None:
        parents.append(current_run().parent_run)

    @ai.flow
    async def parent() -> None:
        await run_all(child, child, limit=1)
        assert parents == [current_run()] * 2

    await parent()
