"""Events at every step of a scenario, and the report when one of them breaks it."""

import sys
import time

import pytest
import trio
import trio.testing

from genkit_trio import Genkit
from genkit_trio.testing import AtMoment, AtStep, InjectionFailure, explore, explore_moments, replay


async def pause(seconds=1):
    """Wait, in the virtual time of a scenario."""
    await trio.sleep(seconds)


async def careful(trial):
    """Wait three times, and clean up."""
    with trial.cancelled_by("cancel"), trial.counted("place"):
        for _ in range(3):
            await pause(1)


async def careless(trial):
    """Wait three times, and clean up only what was not cancelled in the second."""
    place = 0
    with trial.cancelled_by("cancel"):
        place += 1
        for _ in range(2):
            await trio.lowlevel.checkpoint()
        place -= 1
        await pause(1)
    if place:
        raise RuntimeError(f"{place} places are taken")


def test_a_scenario_is_run_with_the_event_at_each_step_and_then_without_it():
    steps = []

    async def scenario(trial):
        await careful(trial)
        steps.append(trial.events)

    explored = explore(scenario, seeds=range(2))
    # Step 4 is the last, and the scenario is over then.
    assert steps == [(), *[("cancel",)] * 4, (), ()] * 2
    assert explored.happened == {"cancel": 2 * 5}
    assert explored.steps == 4
    assert explored.trials == 2 * 7


def test_the_first_step_that_breaks_a_scenario_is_reported():
    with pytest.raises(InjectionFailure) as caught:
        explore(careless)
    assert caught.value.injections == (AtStep("cancel", 0),)
    assert caught.value.seed == 0
    assert isinstance(caught.value.__cause__, RuntimeError)
    first, second, third, task, *stack = str(caught.value).splitlines()
    assert first == "the scenario failed, with 'cancel' at step 0 and seed 0: RuntimeError: 1 places are taken"
    assert second == "run it again with replay(scenario, AtStep(event='cancel', step=0), seed=0)"
    assert third.startswith("the tasks when 'cancel' happened, after a step of ")
    assert task.endswith(".run")
    assert len(stack) == 1


def test_a_failure_can_be_repeated():
    with pytest.raises(InjectionFailure, match="1 places are taken"):
        replay(careless, AtStep("cancel", 1), seed=0)
    replay(careless, AtStep("cancel", 3), seed=0)
    with pytest.raises(InjectionFailure, match="1 places are taken"):
        replay(careless, AtMoment("cancel", 0.0))


def test_the_report_shows_the_tasks_and_where_they_wait():
    async def child():
        await pause(1)

    async def scenario(trial):
        with trial.cancelled_by("cancel") as scope:
            async with trio.open_nursery() as nursery:  # noqa: ASYNC112  # the child is a task of its own
                nursery.start_soon(child, name="the child")
        assert not scope.cancelled_caught

    with pytest.raises(InjectionFailure) as caught:
        replay(scenario, AtStep("cancel", 2))
    report = str(caught.value)
    assert "\n    the child\n" in report
    assert "test_inject.py:" in report
    assert ".child" in report
    assert "  | trio's sleep\n" in f"{report}\n"
    assert "watchdog" not in report


def test_the_order_of_the_tasks_is_a_function_of_the_seed():
    def order(seed):
        names = []

        async def child(name):
            names.append(name)

        async def scenario(trial):
            async with trio.open_nursery() as nursery:
                for name in "abcde":
                    nursery.start_soon(child, name)

        replay(scenario, seed=seed)
        return "".join(names)

    orders = [order(seed) for seed in range(20)]
    assert [order(seed) for seed in range(20)] == orders
    assert len(set(orders)) > 1


def test_time_is_virtual():
    async def scenario(trial):
        trial.on("nothing", lambda: None)
        await pause(5000)

    begin = time.perf_counter()
    explore(scenario, ["nothing"], seeds=[0])
    assert time.perf_counter() - begin < 60


def test_a_deadline_passes_as_deadlines_do():
    sources = []

    async def scenario(trial):
        with trial.timed_out_by("deadline") as scope:
            try:
                await pause(1)
            except trio.Cancelled as exc:
                sources.append(exc.source)
                raise
        assert scope.cancelled_caught == bool(trial.events)

    replay(scenario, AtStep("deadline", 1))
    assert sources == ["deadline"]


def test_an_error_is_raised_out_of_its_block():
    caught = []

    async def scenario(trial):
        try:
            with trial.failing_by("failure", ValueError("boom")):
                await pause(1)
        except ValueError as exc:
            caught.append(str(exc))

    explore(scenario, ["failure"], seeds=[0])
    assert set(caught) == {"boom"}


def test_an_event_happens_to_all_that_are_registered_or_else_to_the_first_who_is():
    seen = []

    async def scenario(trial):
        trial.on("first", lambda: None)
        await trio.lowlevel.checkpoint()
        trial.on("event", lambda: seen.append(1))
        trial.on("event", lambda: seen.append(2))
        await trio.lowlevel.checkpoint()
        trial.on("event", lambda: seen.append(3))

    replay(scenario, AtStep("event", 0))
    assert seen == [1]
    replay(scenario, AtStep("event", 2))
    assert seen == [1, 1, 2]


def test_two_events_can_happen_at_one_step():
    async def scenario(trial):
        trial.on("a", lambda: None)
        trial.on("b", lambda: None)
        await trio.lowlevel.checkpoint()
        assert trial.events == ("a", "b")

    replay(scenario, AtStep("a", 1), AtStep("b", 1))


def test_pairs_find_what_one_event_alone_does_not():
    async def scenario(trial):
        with trial.cancelled_by("cancel") as first:
            try:
                await pause(1)
            finally:
                with trio.CancelScope(shield=True), trial.cancelled_by("impatience") as second:
                    await pause(1)
        assert not (first.cancelled_caught and second.cancelled_caught)

    explore(scenario, ["cancel", "impatience"], seeds=range(2))
    with pytest.raises(InjectionFailure) as caught:
        explore(scenario, ["cancel", "impatience"], seeds=range(2), pairs=100)
    assert {injection.event for injection in caught.value.injections} == {"cancel", "impatience"}


def test_pairs_need_hypothesis(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(RuntimeError, match="pairs= needs hypothesis"):
        explore(careful, seeds=[0], pairs=1)


def test_an_unknown_event_is_refused():
    with pytest.raises(ValueError, match=r"^the scenario names no event 'drain'; it has 'cancel'$"):
        explore(careful, ["drain"])


def test_a_block_that_is_not_left_is_a_failure():
    async def scenario(trial):
        blocks.append(trial.counted("place"))
        blocks[-1].__enter__()
        assert trial.begun("place") == 1

    blocks = []
    with pytest.raises(InjectionFailure, match="'place' was entered 1 times and left 0 times"):
        explore(scenario, [])


def test_a_run_that_is_left_is_a_failure():
    ai = Genkit()

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    async def scenario(trial):
        trio.lowlevel.spawn_system_task(forever)
        await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(InjectionFailure, match="runs are left: /flow/forever"):
        explore(scenario, [])


def test_what_an_event_raises_is_a_failure():
    async def scenario(trial):
        trial.on("event", lambda: 1 / 0)
        await trio.lowlevel.checkpoint()

    with pytest.raises(InjectionFailure, match="ZeroDivisionError"):
        explore(scenario, ["event"])


def test_the_errors_in_a_group_are_told_one_by_one():
    async def scenario(trial):
        raise ExceptionGroup("several", [ValueError("a"), ExceptionGroup("more", [KeyError("b")])])

    with pytest.raises(InjectionFailure, match="seed 0: ValueError: a; KeyError: 'b'"):
        explore(scenario, [])


def test_a_scenario_that_hangs_is_broken_off_and_its_tasks_are_shown():
    async def scenario(trial):
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    with pytest.raises(InjectionFailure, match=r"not over after 100000\.0 seconds(.|\n)*trio's sleep_forever"):
        explore(scenario, [])


def test_a_scenario_that_turns_in_circles_is_broken_off():
    async def scenario(trial):
        trial.on("event", lambda: None)
        while True:  # noqa: ASYNC110  # nothing ever happens
            await trio.lowlevel.checkpoint()

    with pytest.raises(InjectionFailure, match="not over after 100000 steps"):
        replay(scenario)


def test_a_scenario_that_hangs_in_real_time_is_broken_off():
    async def scenario(trial):
        await trio.sleep_forever()

    with pytest.raises(InjectionFailure, match=r"not over after 0\.01 seconds"):
        explore_moments(scenario, [], seconds=0.01)


def test_a_thread_is_met_at_random_moments():
    async def scenario(trial):
        with trial.cancelled_by("cancel"), trial.counted("thread"):
            await trio.to_thread.run_sync(time.sleep, 0.005)

    explored = explore_moments(scenario, moments=20)
    assert explored.trials == 20 + 4
    assert explored.happened["cancel"] > 0


def test_moments_lie_where_something_can_happen():
    """What a scenario opens before it names an event takes most of its time, and is not what is looked at."""

    async def scenario(trial):
        await trio.to_thread.run_sync(time.sleep, 0.03)
        with trial.cancelled_by("cancel"):
            await trio.to_thread.run_sync(time.sleep, 0.003)

    assert explore_moments(scenario, moments=20).happened["cancel"] > 10


def test_a_failure_at_a_random_moment_names_it():
    async def scenario(trial):
        with trial.cancelled_by("cancel"):
            await trio.to_thread.run_sync(time.sleep, 0.005)
        assert not trial.events

    with pytest.raises(InjectionFailure, match=r"with 'cancel' after 0\.\d{6} s and seed \d+") as caught:
        explore_moments(scenario, moments=20)
    assert "the tasks when 'cancel' happened" in str(caught.value)
