"""What a block can leave behind, each in turn."""

import os
import socket
import subprocess
import sys
import time
from contextlib import AsyncExitStack

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio._core import current_roots
from genkit_trio.lowlevel import ActionKey, Run, current_thread_limiter
from genkit_trio.testing import LeakError, leaks, no_leaks, record_spans
from genkit_trio.testing.leaks import no_task_leaks
from tests.core.worker_functions import process_id


@pytest.fixture
def ai() -> Genkit:
    return Genkit()


@pytest.fixture(autouse=True)
def _little_grace(monkeypatch):
    monkeypatch.setattr(leaks, "_GRACE", 0.02)


def kinds(caught: pytest.ExceptionInfo[LeakError]) -> list[str]:
    return [leak.kind for leak in caught.value.leaks]


async def test_a_block_that_leaves_nothing_passes(ai):
    @ai.flow(max_concurrency=1)
    async def count(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.to_thread.run_sync(os.getpid)

    async with no_leaks():
        async with open_runtime(ai), count.stream() as stream:
            await stream.output()
        with socket.socket():
            await count()


async def test_an_error_of_the_block_is_not_hidden_by_what_it_leaves():
    held: list[socket.socket] = []
    with pytest.raises(ValueError, match="mine"):
        async with no_leaks():
            held.append(socket.socket())
            raise ValueError("mine")
    held.pop().close()


async def test_a_system_task_is_a_leak():
    stop = trio.Event()
    with pytest.raises(LeakError, match=r"left behind:\n  task: .*Event.wait, at .*_sync.py:\d+") as caught:
        async with no_leaks():
            trio.lowlevel.spawn_system_task(stop.wait)
    assert kinds(caught) == ["task"]
    stop.set()


async def test_a_task_that_is_about_to_end_is_not_a_leak():
    stop = trio.Event()
    async with no_leaks():
        trio.lowlevel.spawn_system_task(stop.wait)
        stop.set()


async def test_a_task_of_a_nursery_around_the_block_belongs_to_that():
    async with trio.open_nursery() as nursery:
        async with no_leaks():
            nursery.start_soon(trio.sleep_forever)
        nursery.cancel_scope.cancel()


async def test_a_nursery_that_another_task_opens_belongs_to_that_task(ai):
    @ai.flow
    async def slow() -> None:
        await trio.sleep_forever()

    async with open_runtime(ai) as runtime:
        async with no_leaks():
            spawned = runtime.spawn(slow, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
        spawned.cancel()


async def test_a_stream_whose_block_is_not_left_is_a_leak(ai):
    @ai.flow
    async def endless(ctx: RunContext[int]) -> None:
        await trio.sleep_forever()

    stack = AsyncExitStack()
    with pytest.raises(
        LeakError, match="stream: the block that receives the chunks of /flow/endless has not"
    ) as caught:
        async with no_leaks():
            await stack.enter_async_context(endless.stream())
            await trio.testing.wait_all_tasks_blocked()
    assert kinds(caught) == ["stream"]
    await stack.aclose()


async def test_a_task_in_a_nursery_that_is_not_closed_is_a_leak(ai):
    @ai.flow
    async def slow() -> None:
        await trio.sleep_forever()

    stack = AsyncExitStack()
    with pytest.raises(LeakError, match=r"task: .*slow, in a run of /flow/slow, at"):
        async with no_leaks():
            nursery = await stack.enter_async_context(trio.open_nursery())
            nursery.start_soon(slow)
            await trio.testing.wait_all_tasks_blocked()
    nursery.cancel_scope.cancel()
    await stack.aclose()


async def test_a_run_that_stays_in_the_tree_is_a_leak():
    async def begin(run: Run) -> None:
        run.begin(0)

    run = Run(ActionKey("flow", "lost"), None, None, {}, None, None)
    with pytest.raises(LeakError, match="run: /flow/lost is in the tree of live runs") as caught:
        async with no_leaks(), trio.open_nursery() as nursery:  # noqa: ASYNC112  # a task that ends
            nursery.start_soon(begin, run)
    assert kinds(caught) == ["run"]
    current_roots().discard(run)


async def test_a_span_that_does_not_end_is_a_leak():
    run = Run(ActionKey("flow", "lost"), None, None, {}, None, None)
    with record_spans() as spans, pytest.raises(LeakError, match="span: 'lost' has started and not ended"):
        async with no_task_leaks(spans=spans):
            spans.started(run)


async def test_a_span_of_a_run_that_goes_on_elsewhere_is_not_a_leak(ai):
    @ai.flow
    async def outer() -> None:
        await inner()

    @ai.flow
    async def inner() -> None:
        await trio.sleep_forever()

    async with open_runtime(ai) as runtime:
        with record_spans() as spans:
            async with no_task_leaks(spans=spans):
                spawned = runtime.spawn(outer, timeout=None)
                await trio.testing.wait_all_tasks_blocked()
            spawned.cancel()


async def test_a_place_of_a_task_that_has_ended_is_a_leak():
    limiter = current_limiter.get()
    with pytest.raises(LeakError, match="place: one of 3, held by <Task") as caught:
        async with no_leaks(), trio.open_nursery() as nursery:  # noqa: ASYNC112  # a task that ends
            nursery.start_soon(limiter.acquire)
    assert kinds(caught) == ["place"]
    limiter.release_on_behalf_of(*limiter.statistics().borrowers)


async def test_a_place_of_a_run_that_has_ended_is_a_leak():
    run = Run(ActionKey("flow", "lost"), None, None, {}, None, None)
    limiter = current_limiter.get()
    async with no_leaks():
        limiter.acquire_on_behalf_of_nowait(run)
    limiter.release_on_behalf_of(run)
    with pytest.raises(LeakError, match="place: one of 3, held by /flow/lost, which has ended"):
        async with no_leaks():
            limiter.acquire_on_behalf_of_nowait(run)
            run.succeed()
    limiter.release_on_behalf_of(run)


async def test_a_thread_without_a_caller_is_a_leak():
    release: list[bool] = []
    with pytest.raises(LeakError, match="thread: 1 worker threads go on without their callers") as caught:
        async with no_leaks(), trio.open_nursery() as nursery:
            nursery.start_soon(_abandon, release)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    assert kinds(caught) == ["thread"]
    release.append(True)
    await _until_no_thread_runs()


async def _until_no_thread_runs() -> None:
    while current_thread_limiter().borrowed_tokens:  # noqa: ASYNC110  # an abandoned thread tells nobody
        await trio.sleep(0.001)


async def test_a_thread_whose_caller_waits_is_not_a_leak():
    release: list[bool] = []
    async with trio.open_nursery() as nursery:
        async with no_leaks():
            nursery.start_soon(_abandon, release)
            await trio.testing.wait_all_tasks_blocked()
        release.append(True)


async def _abandon(release: list[bool]) -> None:
    def wait() -> None:
        while not release:
            time.sleep(0.001)

    await trio.to_thread.run_sync(wait, abandon_on_cancel=True, limiter=current_thread_limiter())


async def test_a_descriptor_is_a_leak():
    held: list[socket.socket] = []
    with pytest.raises(LeakError, match=r"descriptor: \d+, socket:") as caught:
        async with no_leaks():
            held.append(socket.socket())
    assert kinds(caught) == ["descriptor"]
    held.pop().close()


@pytest.mark.io
async def test_a_process_is_a_leak():
    with pytest.raises(LeakError, match=r"process: \d+, .*python.* time.sleep") as caught:
        async with no_leaks():
            process = _start()
    process.kill()
    process.wait()
    assert kinds(caught) == ["process"]


@pytest.mark.io
async def test_what_is_allowed_is_no_leak():
    async with no_leaks(allow=["process", "descriptor"]):
        process = _start(subprocess.PIPE)
    with process:
        process.kill()


def _start(output: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=output)


@pytest.mark.extra
@pytest.mark.io
async def test_a_worker_process_that_idles_is_not_a_leak(ai):
    work = ai.flow(run_in="process")(process_id)
    async with no_leaks():
        assert await work() > 0


@pytest.mark.extra
@pytest.mark.io
async def test_a_worker_process_that_works_is_a_leak():
    from tests.core.worker_functions import busy

    work = Genkit().flow(run_in="process")(busy)
    async with trio.open_nursery() as nursery:
        with pytest.raises(LeakError, match="process: 1 worker processes are at work"):
            async with no_leaks():
                nursery.start_soon(work)
                await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()


class _CurrentLimiter:
    """A limiter of each trio run, kept as applications keep theirs."""

    _limiter = trio.lowlevel.RunVar[trio.CapacityLimiter]("test_leaks.limiter")

    def get(self) -> trio.CapacityLimiter:
        self._limiter.set(trio.CapacityLimiter(3))
        return self._limiter.get()


current_limiter = _CurrentLimiter()
