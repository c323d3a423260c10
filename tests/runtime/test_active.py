"""The live tree, and cancelling by trace id."""

import math
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, PublicError, State, open_runtime, run_all, run_any
from genkit_trio._runtime import cancel_by_trace_id
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import AppRequest
from tests.runtime.flows import flow


@pytest.fixture
def ai() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    @ai.flow(timeout=100)
    async def timed() -> None:
        await trio.sleep_forever()

    @ai.flow(max_concurrency=1)
    async def single() -> None:
        await trio.sleep_forever()

    @ai.flow
    async def tidy() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)

    @ai.flow
    async def parent() -> None:
        await run_all(forever, timed)

    return ai


async def begin(nursery: trio.Nursery, fn, *args) -> str:
    """Start a task, and return the trace id of the run that it makes."""
    before = {run.trace_id for run in live_runs()}
    nursery.start_soon(fn, *args)
    await trio.testing.wait_all_tasks_blocked()
    [new] = {run.trace_id for run in live_runs()} - before
    return new


async def test_the_tree_shows_every_run(ai, autojump_clock):
    """C29: key, ids, parent, state, deadline, cause, start."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flow(ai, "parent"))
        await trio.testing.wait_all_tasks_blocked()
        [root] = live_runs()
        assert (root.key, root.state, root.deadline, root.cause) == ("/flow/parent", State.RUNNING, math.inf, None)
        assert {child.key for child in root.children} == {"/flow/forever", "/flow/timed"}
        assert {child.trace_id for child in root.children} == {root.trace_id}
        assert len({root.span_id, *(child.span_id for child in root.children)}) == 3
        assert sorted(child.deadline for child in root.children) == [pytest.approx(100), math.inf]
        assert all(child.start >= root.start for child in root.children)
        nursery.cancel_scope.cancel()
    assert live_runs() == ()


async def test_a_run_that_waits_for_a_place_is_queued(ai):
    """C29: and is seen while it waits."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flow(ai, "single"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(flow(ai, "single"))
        await trio.testing.wait_all_tasks_blocked()
        assert [run.state for run in live_runs()] == [State.RUNNING, State.QUEUED]
        nursery.cancel_scope.cancel()


async def test_a_run_that_cleans_up_shows_its_cause(ai, autojump_clock):
    """C29: who asked it to stop."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "tidy"), timeout=None)
        timed = runtime.spawn(flow(ai, "tidy"), timeout=1)
        await trio.testing.wait_all_tasks_blocked()
        spawned.cancel()
        await trio.sleep(1.5)
        causes = {run.trace_id: run.cause for run in live_runs()}
        assert causes == {spawned.trace_id: Cause.CANCEL_API, timed.trace_id: Cause.DEADLINE}


async def test_an_unknown_trace_is_not_found(ai):
    """C26: NOT_FOUND, also for a run that has ended."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "forever"), timeout=None)
        await trio.testing.wait_all_tasks_blocked()
        spawned.cancel()
        with pytest.raises(PublicError):
            await spawned.output()
        for trace_id in ("0" * 32, "", spawned.trace_id):
            with pytest.raises(PublicError) as caught:
                runtime.cancel(trace_id)
            assert caught.value.status.name == "NOT_FOUND"


async def test_a_run_that_is_simply_awaited_cannot_be_cancelled(ai):
    """C26: FAILED_PRECONDITION."""
    async with trio.open_nursery() as nursery:
        trace_id = await begin(nursery, flow(ai, "forever"))
        with pytest.raises(PublicError) as caught:
            cancel_by_trace_id(trace_id)
        assert caught.value.status.name == "FAILED_PRECONDITION"
        assert [run.cause for run in live_runs()] == [None]
        nursery.cancel_scope.cancel()


async def _told(errors, fn):
    try:
        await fn()
    except PublicError as exc:
        errors.append(exc.status.name)


async def _streamed(action):
    async with action.stream() as stream:
        await stream.output()


@pytest.mark.parametrize("kind", ["timeout", "stream", "run_all", "spawn"])
async def test_a_run_with_a_scope_is_cancelled_and_its_caller_told(ai, kind, autojump_clock):
    """C26: CANCELLED; idempotent while it ends."""
    errors: list[str] = []
    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        ways = {
            "timeout": flow(ai, "timed"),
            "stream": partial(_streamed, flow(ai, "forever")),
            "run_all": partial(run_all, flow(ai, "forever")),
            "spawn": lambda: runtime.spawn(flow(ai, "forever"), timeout=None).output(),
        }
        trace_id = await begin(nursery, _told, errors, ways[kind])
        runtime.cancel(trace_id)
        runtime.cancel(trace_id)
    assert errors == ["CANCELLED"]
    assert live_runs() == ()


async def test_a_branch_of_a_race_is_cancelled_and_the_others_go_on(ai, autojump_clock):
    """C26: run_any gives each branch a scope."""

    @ai.flow
    async def winner() -> str:
        await trio.sleep(5)
        return "won"

    results = []

    async def race():
        results.append(await run_any(flow(ai, "forever"), winner))

    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(race)
        await trio.testing.wait_all_tasks_blocked()
        [loser] = [run for run in live_runs() if run.key == "/flow/forever"]
        runtime.cancel(loser.trace_id)
        await trio.testing.wait_all_tasks_blocked()
        assert [run.key for run in live_runs()] == ["/flow/winner"]
    assert results == ["won"]


async def test_a_run_of_an_edge_is_cancelled(ai, autojump_clock):
    """C26: 499."""
    request = AppRequest("/forever", parts=[b""])
    async with trio.open_nursery() as nursery:
        trace_id = await begin(nursery, request.play, flow_app(ai))
        cancel_by_trace_id(trace_id)
    assert request.error[:2] == (499, "CANCELLED")
