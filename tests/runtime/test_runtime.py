"""The runtime: what it owns, and how it ends."""

import logging
from contextvars import ContextVar

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, GenkitError, PublicError, State, current_context, open_runtime
from genkit_trio.lowlevel import current_run, current_runtime, live_runs
from tests.runtime.flows import ai, ends, flow

__all__ = ["ai", "ends"]

colour = ContextVar("colour", default="none")


async def test_a_runtime_is_current_for_the_length_of_its_block(ai):
    assert current_runtime(ai.registry) is None
    async with open_runtime(ai) as runtime:
        assert current_runtime(ai.registry) is runtime
        assert current_runtime(Genkit().registry) is None
    assert current_runtime(ai.registry) is None


async def test_an_application_has_one_runtime_at_a_time(ai):
    async with open_runtime(ai):
        with pytest.raises(RuntimeError, match="has an open runtime already"):
            async with open_runtime(ai):
                raise AssertionError
        assert current_runtime(ai.registry) is not None
    async with open_runtime(ai):
        pass


async def test_two_applications_have_a_runtime_each(ai):
    other = Genkit()
    async with open_runtime(ai) as one, open_runtime(other) as two:
        assert one is not two


async def test_the_end_of_the_block_waits_for_running_runs(ai, ends, autojump_clock):
    """C27: they get the drain timeout; children of running runs go on."""

    @ai.flow
    async def parent() -> str:
        await trio.sleep(5)
        return await flow(ai, "sleep")(5)

    async with open_runtime(ai, drain_timeout=25) as runtime:
        spawned = runtime.spawn(parent, timeout=None)
        await trio.testing.wait_all_tasks_blocked()
    assert trio.current_time() == pytest.approx(10)
    assert ends == ["slept 5"]
    assert await spawned.output() == "slept"


async def test_new_roots_and_spawns_are_refused_while_draining(ai, ends, autojump_clock):
    """C27: both with UNAVAILABLE and a time to wait; also a spawn from a run that is allowed to finish."""
    errors = []

    @ai.flow
    async def late() -> None:
        await trio.sleep(1)
        try:
            runtime.spawn(flow(ai, "sleep"), 1, timeout=None)
        except PublicError as exc:
            errors.append(exc)

    async def root():
        await trio.sleep(1)
        assert runtime.is_draining
        with pytest.raises(PublicError) as caught:
            await flow(ai, "sleep")(1)
        errors.append(caught.value)

    async with trio.open_nursery() as nursery, open_runtime(ai) as runtime:
        assert not runtime.is_draining
        runtime.spawn(late, timeout=None)
        nursery.start_soon(root)
        await trio.testing.wait_all_tasks_blocked()
    assert [error.status.name for error in errors] == ["UNAVAILABLE", "UNAVAILABLE"]
    assert [error.retry_after for error in errors] == [1, 1]
    assert ends == []


async def test_roots_are_welcome_again_after_the_end(ai, ends, autojump_clock):
    async with open_runtime(ai):
        pass
    assert await flow(ai, "sleep")(1) == "slept"


async def test_what_still_runs_after_the_drain_timeout_is_cancelled(ai, ends, autojump_clock):
    """C27: cause drain."""
    async with open_runtime(ai, drain_timeout=7, cleanup_grace=3) as runtime:
        spawned = runtime.spawn(flow(ai, "forever"), timeout=None)
        await trio.testing.wait_all_tasks_blocked()
    assert trio.current_time() == pytest.approx(7)
    assert ends == ["forever at 7: Cause.DRAIN"]
    assert spawned.state is State.CANCELLED
    with pytest.raises(GenkitError) as caught:
        await spawned.output()
    assert caught.value.status.name == "UNAVAILABLE"


async def test_cleanup_gets_its_grace(ai, ends, caplog, autojump_clock):
    """C27: shielded cleanup within the grace ends in silence."""
    async with open_runtime(ai, drain_timeout=1, cleanup_grace=5) as runtime:
        runtime.spawn(flow(ai, "tidy"), 4, timeout=None)
        await trio.testing.wait_all_tasks_blocked()
    assert trio.current_time() == pytest.approx(5)
    assert ends == ["tidied"]
    assert caplog.records == []


async def test_what_is_alive_after_the_grace_is_logged_with_its_stack(ai, ends, caplog, autojump_clock):
    """C27: with its key, its trace, and where it stands."""
    async with open_runtime(ai, drain_timeout=1, cleanup_grace=2) as runtime:
        spawned = runtime.spawn(flow(ai, "tidy"), 10, timeout=None)
        await trio.testing.wait_all_tasks_blocked()
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    text = record.getMessage()
    assert "/flow/tidy did not stop within 2.0 s" in text
    assert spawned.trace_id in text
    assert "in tidy" in text
    assert flow.__code__.co_filename in text


async def test_a_task_of_an_edge_ends_with_the_runtime(ai, autojump_clock):
    """C28: also one that is no run."""
    with trio.fail_after(60):
        async with open_runtime(ai) as runtime:
            runtime.start_soon(trio.sleep_forever)


async def test_a_run_that_is_simply_awaited_elsewhere_is_waited_for_and_logged_but_not_cancelled(
    ai, ends, caplog, autojump_clock
):
    """C27: the runtime has no scope of it; its caller ends it."""
    async with trio.open_nursery() as nursery:
        async with open_runtime(ai, drain_timeout=1, cleanup_grace=1):
            nursery.start_soon(flow(ai, "sleep"), 5)
            await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() == pytest.approx(2)
    assert ends == ["slept 5"]
    assert "/flow/sleep did not stop" in caplog.text


async def test_a_run_that_was_spawned_just_before_the_end_is_drained(ai, ends, autojump_clock):
    """C6, C27: it was accepted, so it runs."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), 1, timeout=None)
    assert ends == ["slept 1"]
    assert spawned.state is State.SUCCEEDED


async def test_the_run_in_which_the_block_stands_does_not_wait_for_itself(ai, autojump_clock):
    """C27: no wait that cannot end."""

    @ai.flow
    async def main() -> str:
        async with open_runtime(ai) as runtime:
            runtime.spawn(flow(ai, "sleep"), 1, timeout=None)
        return "done"

    assert await main() == "done"
    assert trio.current_time() == pytest.approx(1)


async def test_a_body_that_raises_cancels_the_runs_at_once(ai, ends, autojump_clock):
    with pytest.raises(ValueError, match="oops"):  # the block is what raises  # the block is what raises
        async with open_runtime(ai) as runtime:
            spawned = runtime.spawn(flow(ai, "forever"), timeout=None)
            await trio.testing.wait_all_tasks_blocked()
            raise ValueError("oops")
    assert ends == ["forever at 0: Cause.DRAIN"]
    assert spawned.state is State.CANCELLED
    assert current_runtime(ai.registry) is None


async def test_a_body_that_is_cancelled_cancels_the_runs_at_once(ai, ends, autojump_clock):
    with trio.move_on_after(3):
        async with open_runtime(ai) as runtime:
            runtime.spawn(flow(ai, "forever"), timeout=None)
            await trio.sleep_forever()
    assert ends[0].startswith("forever at 3")
    assert live_runs() == ()


async def test_a_drain_that_is_cancelled_cancels_the_runs_at_once(ai, ends, autojump_clock):
    """C27: also those that are not the runtime's own, such as an edge's."""
    with trio.move_on_after(3):
        async with open_runtime(ai, drain_timeout=20) as runtime:
            spawned = runtime.spawn(flow(ai, "tidy"), 1, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
    assert trio.current_time() == pytest.approx(4)
    assert spawned.state is State.CANCELLED
    assert ends == ["tidied"]


async def test_spawning_while_a_body_that_raised_is_cleaned_up_is_refused(ai, ends, autojump_clock):
    """C27: the runtime is ending."""
    errors = []

    @ai.flow
    async def last_wish() -> None:
        try:
            await trio.sleep_forever()
        finally:
            try:
                runtime.spawn(flow(ai, "forever"), timeout=None)
            except PublicError as exc:
                errors.append(exc.status.name)

    with pytest.raises(ValueError, match="oops"):  # the block is what raises  # the block is what raises
        async with open_runtime(ai) as runtime:
            runtime.spawn(last_wish, timeout=None)
            await trio.testing.wait_all_tasks_blocked()
            raise ValueError("oops")
    assert errors == ["UNAVAILABLE"]
    assert ends == []


async def test_spawning_after_the_end_is_refused(ai):
    """C6: the runtime's nursery is the only door."""
    async with open_runtime(ai) as runtime:
        pass
    with pytest.raises(PublicError) as caught:
        runtime.spawn(flow(ai, "forever"), timeout=None)
    assert caught.value.status.name == "UNAVAILABLE"


async def test_a_spawned_run_that_raises_what_is_not_an_exception_ends_the_runtime(ai):
    @ai.flow
    async def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):  # the block is what raises  # the block is what raises
        async with open_runtime(ai) as runtime:
            spawned = runtime.spawn(leave, timeout=None)
            await trio.sleep_forever()
    assert spawned.state is State.FAILED
    with pytest.raises(GenkitError):
        await spawned.output()


async def test_a_spawned_run_is_a_new_root_with_a_link_to_its_starter(ai, autojump_clock):
    """C6: it keeps context and context variables, and not the deadline."""
    seen = {}

    @ai.flow
    async def child() -> str:
        run = current_run()
        seen.update(context=dict(current_context()), colour=colour.get(), parent=run.parent, deadline=run.deadline)
        seen.update(links=run.links)
        await trio.sleep(10)
        return "done"

    @ai.flow(timeout=5)
    async def parent() -> tuple[str, object]:
        colour.set("red")
        spawned = runtime.spawn(child, timeout=20)
        colour.set("blue")
        return spawned, current_run()

    async with open_runtime(ai) as runtime:
        spawned, run = await parent(context={"auth": "me"})
        assert await spawned.output() == "done"
    assert seen == {
        "context": {"auth": "me"},
        "colour": "red",
        "parent": None,
        "deadline": pytest.approx(20),
        "links": (run,),
    }
    assert spawned.trace_id != run.trace_id


async def test_a_spawned_run_may_be_given_another_context_and_an_init_value(ai):
    seen = []

    @ai.flow
    async def child() -> None:
        seen.append((dict(current_context()), current_run().init, current_run().links))

    async with open_runtime(ai) as runtime:
        await runtime.spawn(child, timeout=None, context={"auth": "you"}, init=7).output()
    assert seen == [({"auth": "you"}, 7, ())]


async def test_the_timeout_of_a_spawn_must_be_written(ai):
    """C6: None must be written."""
    async with open_runtime(ai) as runtime:
        with pytest.raises(TypeError):
            runtime.spawn(flow(ai, "forever"))


async def test_a_run_outlives_the_scope_in_which_it_was_spawned(ai, ends, autojump_clock):
    """C6: nobody's deadline but its own."""
    async with open_runtime(ai) as runtime:
        with trio.move_on_after(1) as scope:
            spawned = runtime.spawn(flow(ai, "sleep"), 3, timeout=None)
            await spawned.output()
        assert scope.cancelled_caught
        assert spawned.state is State.RUNNING
        assert await spawned.output() == "slept"


async def test_the_runtime_lists_and_cancels(ai, ends, autojump_clock):
    """C26, C29: through the runtime, what the module offers."""
    async with open_runtime(ai) as runtime:
        spawned = runtime.spawn(flow(ai, "forever"), timeout=None)
        await trio.testing.wait_all_tasks_blocked()
        [run] = runtime.live()
        assert run.trace_id == spawned.trace_id
        runtime.cancel(run.trace_id)
    assert spawned.state is State.CANCELLED
    assert ends == [f"forever at {trio.current_time():.0f}: {Cause.CANCEL_API}"]
