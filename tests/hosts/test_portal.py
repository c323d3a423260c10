"""Actions called by blocking code."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial

import pytest
import trio

from genkit_trio import (
    Cause,
    DeadlineExceeded,
    Genkit,
    State,
    current_context,
    run_all,
)
from genkit_trio.hosts import open_portal
from genkit_trio.lowlevel import current_run, recording
from tests.hosts.noted import PATIENCE, flow


def test_a_call_blocks_until_the_output_is_there(ai, portal):
    assert portal.call(flow(ai, "double"), 21) == 42


def test_values_pass_as_they_are():
    """C3: it is a call of this process, so nothing is converted."""
    ai = Genkit()
    value = object()

    @ai.flow
    async def same(given: object) -> object:
        return given

    with open_portal(ai) as portal:
        assert portal.call(same, value) is value


def test_the_error_is_the_one_that_the_run_raised():
    """C3: the same object, with the trace noted."""
    ai = Genkit()
    error = ValueError("boom")

    @ai.flow
    async def fail() -> None:
        raise error

    with open_portal(ai) as portal, pytest.raises(ValueError, match="boom") as caught:
        portal.call(fail)
    assert caught.value is error
    assert error.__notes__[0].startswith("genkit trace ")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=["exit", "interrupt"])
def test_what_is_not_an_exception_is_the_callers_and_leaves_the_runtime_alone(error):
    ai = Genkit()

    @ai.flow
    async def leave(number: int) -> int:
        if number:
            raise error
        return number

    with open_portal(ai) as portal:
        with pytest.raises(type(error)) as caught:
            portal.call(leave, 1)
        assert caught.value is error
        assert portal.call(leave, 0) == 0


def test_the_default_of_the_input_is_used():
    ai = Genkit()

    @ai.flow
    async def greet(name: str = "you") -> str:
        return f"Hello, {name}!"

    with open_portal(ai) as portal:
        assert portal.call(greet) == "Hello, you!"


def test_the_context_variables_of_the_thread_are_seen_and_kept(portal):
    ai = Genkit()
    variable = ContextVar("variable", default="none")

    @ai.flow
    async def look() -> str:
        seen = variable.get()
        variable.set("the run's")
        return seen

    variable.set("the thread's")
    assert portal.call(look) == "the thread's"
    assert variable.get() == "the thread's"


def test_the_context_and_the_init_value_are_given():
    ai = Genkit()

    @ai.flow
    async def look() -> tuple[dict[str, object], object]:
        run = current_run()
        assert run is not None
        return dict(current_context()), run.init

    with open_portal(ai) as portal:
        assert portal.call(look) == ({}, None)
        assert portal.call(look, context={"auth": {"uid": 7}}, init=3) == ({"auth": {"uid": 7}}, 3)


def test_a_timeout_ends_the_run(ai, portal, noted):
    """C8: the run's own deadline."""
    with pytest.raises(DeadlineExceeded):
        portal.call(flow(ai, "forever"), timeout=0.01)
    assert noted.ends == [(State.CANCELLED, Cause.DEADLINE)]


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_timeout_that_has_passed_starts_nothing(ai, portal, noted, seconds):
    """C7: zero or less."""
    with pytest.raises(DeadlineExceeded):
        portal.call(flow(ai, "forever"), timeout=seconds)
    assert noted.runs == []


def test_an_interrupt_cancels_the_run_and_waits_for_it(ai, portal, noted):
    """C5: the interrupt is raised when the run has ended."""
    with pytest.raises(KeyboardInterrupt):
        portal.call(flow(ai, "interrupt"))
    assert noted.ends == [(State.CANCELLED, Cause.CALLER_CANCELLED)]
    assert portal.call(flow(ai, "double"), 1) == 2


def test_a_second_interrupt_does_not_wait_for_the_cleanup(portal, noted):
    ai = Genkit()
    release = threading.Event()

    @ai.flow
    async def untidy() -> None:
        try:
            with noted.run():
                os.kill(os.getpid(), 2)
                await trio.sleep_forever()
        finally:
            os.kill(os.getpid(), 2)
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(release.wait)

    with pytest.raises(KeyboardInterrupt):
        portal.call(untidy)
    assert noted.runs[0].state is State.RUNNING
    release.set()


def test_many_threads_call_at_once():
    """Every one of them is inside before any one is let go."""
    ai = Genkit()
    inside = []

    @ai.flow
    async def meet(number: int) -> int:
        inside.append(number)
        while len(inside) < 30:  # noqa: ASYNC110  # so that none waits for an event of another's
            await trio.lowlevel.checkpoint()
        return number

    with open_portal(ai) as portal, ThreadPoolExecutor(30) as threads:
        assert list(threads.map(partial(portal.call, meet), range(30))) == list(range(30))


def test_any_async_function_can_be_run(ai, portal):
    double = flow(ai, "double")
    assert portal.run(run_all, partial(double, 1), partial(double, 2)) == (2, 4)
    assert portal.run(partial(double, 3)) == 6


def test_an_interrupt_cancels_a_function_too(portal, noted):
    async def wait() -> None:
        with noted.run():
            os.kill(os.getpid(), 2)
            await trio.sleep_forever()

    with pytest.raises(KeyboardInterrupt):
        portal.run(wait)
    assert noted.ended.is_set()


def test_a_coroutine_in_place_of_a_function_is_explained(ai, portal):
    with pytest.raises(TypeError, match="given a coroutine"):
        portal.run(flow(ai, "double")(3))


def test_a_call_from_the_thread_of_trio_is_refused(portal):
    """It would wait for itself."""
    ai = Genkit()

    @ai.flow
    async def inner() -> None: ...

    @ai.flow
    async def outer() -> None:
        portal.call(inner)

    with pytest.raises(RuntimeError, match="await the action"):
        portal.call(outer)


def test_a_call_in_a_process_that_was_forked_is_refused(ai, portal, monkeypatch):
    """The thread of trio is not there, and the call would wait for ever."""
    monkeypatch.setattr(os, "getpid", lambda: 0)
    with pytest.raises(RuntimeError, match="before the process was forked"):
        portal.call(flow(ai, "double"), 1)


def test_a_call_inside_asyncio_works_too(ai, portal):
    """A notebook's thread has a loop that runs."""

    async def main() -> int:
        return portal.call(flow(ai, "double"), 4)

    assert asyncio.run(main()) == 8


def test_a_sync_flow_of_the_same_runtime_calls_as_part_of_its_run(portal, noted):
    """C5: what cancels the flow cancels the call; C29: the run is its child."""
    ai = Genkit()

    @ai.flow
    async def leaf() -> None:
        with noted.run():
            await trio.sleep_forever()

    @ai.flow(timeout=0.5)
    def branch() -> None:
        portal.call(leaf)

    with pytest.raises(DeadlineExceeded):
        portal.call(branch)
    [run] = noted.runs
    assert (run.state, run.parent.name) == (State.CANCELLED, "branch")


def test_a_sync_flow_of_another_runtime_calls_in_the_same_trace(portal):
    """C29: the run is not a child there, which another thread would have to touch; it is recorded here."""
    ai, other = Genkit(), Genkit()
    spans = Spans()

    @ai.flow
    async def inner() -> object:
        run = current_run()
        assert run is not None
        return run.trace_id, run.parent_run, dict(run.context)

    @other.flow
    def outer() -> object:
        run = current_run()
        assert run is not None
        return run.trace_id, portal.call(inner)

    def call_other() -> object:
        with open_portal(other) as second:
            return second.call(outer, context={"who": "me"})

    async def recorded() -> object:
        with recording(spans):
            return await trio.to_thread.run_sync(call_other)

    trace_id, found = portal.run(recorded)
    assert found == (trace_id, None, {"who": "me"})
    assert spans.names == ["inner"]


class Spans:
    """A recorder that keeps the names of what has ended."""

    def __init__(self):
        self.names = []

    def started(self, span): ...

    def ended(self, span):
        self.names.append(span.name)


def test_a_thread_of_the_users_own_that_carries_a_run_is_no_part_of_it(ai, portal):
    """It has no task that could be cancelled."""
    found = []

    @ai.flow
    async def look() -> object:
        run = current_run()
        assert run is not None
        return run.parent_run

    @ai.flow
    def start() -> None:
        context = copy_context()
        thread = threading.Thread(target=lambda: context.run(lambda: found.append(portal.call(look))))
        thread.start()
        thread.join(PATIENCE)

    portal.call(start)
    assert found == [None]
