"""Sync functions in threads and processes."""

import os
import pickle
import sys
import threading  # noqa: TID251  # to tell one thread from another
import time
from contextvars import ContextVar
from types import ModuleType

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, RunContext
from genkit_trio.lowlevel import current_run, current_thread_limiter, live_runs
from tests.core import worker_functions

colour = ContextVar("colour", default="none")


async def _set(event: trio.Event) -> None:
    event.set()


async def _shielded(event: trio.Event) -> None:
    with trio.CancelScope(shield=True):
        await event.wait()


async def test_a_sync_function_runs_in_a_thread_with_the_context_variables_of_its_caller():
    """C19: and with the run as the current one."""
    ai = Genkit()

    @ai.flow
    def where(number: int) -> tuple[int, bool, str, str]:
        return number, threading.current_thread() is threading.main_thread(), colour.get(), current_run().key

    colour.set("red")
    assert await where(7) == (7, False, "red", "/flow/where")


async def test_the_limiter_is_our_own_and_has_forty_places():
    """C19: slow actions do not hold up trio's own threads."""
    limiter = current_thread_limiter()
    assert limiter is current_thread_limiter()
    assert limiter is not trio.to_thread.current_default_thread_limiter()
    assert limiter.total_tokens == 40


async def test_a_call_holds_one_place_of_the_limiter():
    ai = Genkit()
    began, release = trio.Event(), trio.Event()

    @ai.flow
    def hold() -> None:
        trio.from_thread.run(_set, began)
        trio.from_thread.run(release.wait)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold)
        await began.wait()
        assert current_thread_limiter().borrowed_tokens == 1
        assert trio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
        release.set()
    assert current_thread_limiter().borrowed_tokens == 0


async def test_an_error_of_the_thread_is_the_error_of_the_run():
    """C3: the same object."""
    ai = Genkit()
    error = ValueError("oops")

    @ai.flow
    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="oops") as caught:
        await fail()
    assert caught.value is error


@pytest.mark.parametrize("poll", ["ours", "trio's", "send"])
async def test_a_thread_that_polls_stops_when_its_run_is_cancelled(poll):
    """C19: at its next poll, whichever way it polls."""
    ai = Genkit()
    began = trio.Event()
    stopped = []

    @ai.flow
    def spin(ctx: RunContext[int]) -> None:
        trio.from_thread.run(_set, began)
        polls = {"ours": ctx.check_cancelled, "trio's": trio.from_thread.check_cancelled}
        _poll_until_cancelled(polls.get(poll, lambda: ctx.send_chunk_sync(1)), lambda: stopped.append(poll))

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(spin)
            await began.wait()
            nursery.cancel_scope.cancel()
    assert stopped == [poll]


def _poll_until_cancelled(poll, on_cancel) -> None:
    try:
        while True:
            poll()
            time.sleep(0.001)
    except trio.Cancelled:
        on_cancel()
        raise


async def test_a_thread_sends_chunks_and_waits_for_the_reader():
    """C14, C19: send_chunk_sync is bounded as send_chunk is."""
    ai = Genkit()

    @ai.flow(chunk_buffer=2)
    def count(n: int, ctx: RunContext[int]) -> str:
        for number in range(n):
            ctx.send_chunk_sync(number)
        return "done"

    async with count.stream(10) as stream:
        assert [chunk async for chunk in stream] == list(range(10))
        assert await stream.output() == "done"


async def test_a_cancelled_call_waits_for_its_thread_and_gets_its_value():
    """C19, C9: without a poll the value comes late."""
    ai = Genkit()
    began, release = trio.Event(), trio.Event()
    values = []

    @ai.flow
    def stubborn() -> str:
        trio.from_thread.run(_set, began)
        trio.from_thread.run(_shielded, release)
        return "late"

    async def call() -> None:
        values.append(await stubborn())

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            await began.wait()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
                assert values == []
                assert [run.key for run in live_runs()] == ["/flow/stubborn"]
                release.set()
    assert values == ["late"]


async def test_an_abandoned_thread_is_left_and_keeps_its_place_in_the_limiter(caplog):
    """C19: the run returns at once; C30: said once."""
    ai = Genkit()
    began, ended = trio.Event(), trio.Event()
    token = trio.lowlevel.current_trio_token()

    @ai.flow(abandon_on_cancel=True)
    def stubborn() -> None:
        trio.from_thread.run_sync(began.set, trio_token=token)
        gate.acquire()
        trio.from_thread.run_sync(ended.set, trio_token=token)

    gate = threading.Semaphore(0)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stubborn)
            await began.wait()
            nursery.cancel_scope.cancel()
        assert live_runs() == ()
        assert current_thread_limiter().borrowed_tokens == 1
        gate.release()
        await ended.wait()
        while current_thread_limiter().borrowed_tokens:  # noqa: ASYNC110  # the thread is about to give it back
            await trio.lowlevel.checkpoint()
    assert [record for record in caplog.records if "left its worker thread" in record.getMessage()] != []


async def test_an_abandonable_thread_that_is_not_cancelled_returns_as_any_other():
    ai = Genkit()

    @ai.flow(abandon_on_cancel=True)
    def double(number: int) -> int:
        return 2 * number

    assert await double(4) == 8


async def test_waiting_for_a_thread_counts_against_the_deadline(autojump_clock):
    """C10: the limiter's line is no shelter."""
    ai = Genkit()

    @ai.flow(timeout=2)
    def never() -> None:
        raise AssertionError

    limiter = current_thread_limiter()
    limiter.total_tokens = 1
    async with limiter:
        with pytest.raises(trio.TooSlowError):
            await never()
    assert trio.current_time() == pytest.approx(2)


def test_a_function_for_a_process_is_at_module_level():
    """C19: checked at definition."""
    ai = Genkit()

    def inner() -> None: ...

    class Holder:
        def method(self) -> None: ...

    for fn in (inner, lambda: None, Holder().method):
        with pytest.raises(ValueError, match="not a function at module level"):
            ai.flow(name="f", run_in="process")(fn)


def test_what_a_process_cannot_do_is_refused_at_definition():
    """C19: no ctx; nothing to abandon; nothing async."""
    ai = Genkit()

    def wants_context(ctx: RunContext[int]) -> None: ...

    with pytest.raises(ValueError, match="run context"):
        ai.flow(name="f", run_in="process")(wants_context)
    with pytest.raises(ValueError, match="abandon_on_cancel"):
        ai.flow(name="f", run_in="process", abandon_on_cancel=True)(worker_functions.busy)
    with pytest.raises(ValueError, match="is async"):
        ai.flow(name="f", run_in="process")(_set)


async def test_without_the_extra_a_process_is_refused_with_its_name(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "trio_parallel", None)
    flow = Genkit().flow(run_in="process")(worker_functions.double)
    with pytest.raises(RuntimeError, match=r"genkit-trio\[process\]"):
        await flow(1)


@pytest.mark.extra
@pytest.mark.io
async def test_a_function_runs_in_a_process():
    """C19: the worker imports it by name."""
    pytest.importorskip("trio_parallel")
    ai = Genkit()
    double = ai.flow(run_in="process")(worker_functions.double)
    where = ai.flow(run_in="process")(worker_functions.process_id)
    with trio.fail_after(60):
        assert await double(21) == 42
        assert await where() != os.getpid()


@pytest.mark.extra
@pytest.mark.io
async def test_a_decorated_function_runs_in_a_process():
    """C19: the worker takes the function out of its action."""
    pytest.importorskip("trio_parallel")
    with trio.fail_after(60):
        assert await worker_functions.decorated(21) == 63


@pytest.mark.extra
@pytest.mark.io
async def test_an_error_comes_back_from_the_process():
    pytest.importorskip("trio_parallel")
    flow = Genkit().flow(run_in="process")(worker_functions.fail)
    with trio.fail_after(60), pytest.raises(ValueError, match="oops"):
        await flow("oops")


@pytest.mark.extra
@pytest.mark.io
async def test_cancelling_kills_the_process_and_the_next_call_has_another():
    """C5, C19: it need not poll."""
    pytest.importorskip("trio_parallel")
    ai = Genkit()
    busy = ai.flow(run_in="process", timeout=1)(worker_functions.busy)
    where = ai.flow(run_in="process")(worker_functions.process_id)
    with trio.fail_after(60):
        before = await where()
        with pytest.raises(GenkitError) as caught:
            await busy()
        assert caught.value.status.name == "DEADLINE_EXCEEDED"
        after = await where()
    assert before != after
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_the_limiter_belongs_to_one_trio_run():
    async def limiter() -> trio.CapacityLimiter:
        return current_thread_limiter()

    assert trio.run(limiter) is not trio.run(limiter)


class _WorkersInThisProcess:
    """The face of trio-parallel, which takes the call apart and puts it together again as a worker process does."""

    async def run_sync(self, fn, *args, kill_on_cancel):
        await trio.lowlevel.checkpoint()
        assert kill_on_cancel
        again, given = pickle.loads(pickle.dumps((fn, args)))
        return again(*given)


@pytest.fixture
def _workers_here(monkeypatch):
    monkeypatch.setitem(sys.modules, "trio_parallel", _WorkersInThisProcess())


@pytest.mark.usefixtures("_workers_here")
async def test_a_worker_imports_the_function_or_the_action_that_has_its_name():
    """C19: and calls what it finds there, with the input that was pickled."""
    ai = Genkit()
    assert await ai.flow(run_in="process")(worker_functions.double)(21) == 42
    assert await worker_functions.decorated(14) == 42


@pytest.mark.usefixtures("_workers_here")
async def test_a_worker_finds_what_the_program_itself_defines(monkeypatch):
    """C19: in a worker process, the program's main module has another name."""
    program = ModuleType("__mp_main__")
    program.double = worker_functions.double
    monkeypatch.setitem(sys.modules, "__mp_main__", program)

    def double(number: int) -> int:
        raise AssertionError("the one of the parent")

    double.__module__, double.__qualname__ = "__main__", "double"
    assert await Genkit().flow(run_in="process")(double)(21) == 42
