"""Playing a scenario once: with a seeded scheduler, in virtual or in real time, and never without an end."""

# Seeding the scheduler has no public way, see the end of this module.
# pyright: reportPrivateUsage=false

import gc
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

import attrs
import trio
import trio.testing
from trio._core import _run

from .happenings import AtMoment, Happenings, Injection
from .tasktree import WATCHDOG, task_tree
from .trial import Trial

Scenario: TypeAlias = Callable[[Trial], Awaitable[object]]
"""What is played: an async function of a `Trial`, which raises when something is not as it must be."""


VIRTUAL_SECONDS: Final = 100_000.0
"""Seconds after which a scenario is said to hang where time is virtual: every task of it waits for ever."""
REAL_SECONDS: Final = 30.0
"""And where time is real."""


@attrs.frozen(kw_only=True)
class Stage:
    """Where a scenario is played.

    Args:
      seed: that of the scheduler.
      seconds: when the scenario is said to hang, in its own time.
      steps: of the scheduler, after which it is said to hang.
      is_virtual: whether time is virtual, and jumps ahead whenever every task waits.
      is_watched: whether the tree of tasks is kept each time that something happens.
    """

    seed: int
    seconds: float = VIRTUAL_SECONDS
    steps: float = 100_000
    is_virtual: bool = True
    is_watched: bool = False


@attrs.frozen
class Played:
    """One run of a scenario, seen from its end."""

    happenings: Happenings
    error: BaseException | None
    """What the scenario has raised, or a check after it."""


def play(scenario: Scenario, injections: Sequence[Injection], stage: Stage) -> Played:
    """Run *scenario* to its end while *injections* happen."""
    trial = Trial(injections, is_watched=stage.is_watched)
    clock = trio.testing.MockClock(autojump_threshold=0) if stage.is_virtual else None
    error: BaseException | None = None
    try:
        with _scheduled_by(stage.seed):
            trio.run(_Play(scenario, trial, stage).run, clock=clock, instruments=[trial.happenings])
    except (Exception, BaseExceptionGroup) as exc:
        error = exc
    return Played(trial.happenings, error)


def needs_real_time(injections: Sequence[Injection]) -> bool:
    """Return whether *injections* name moments of real time."""
    return any(isinstance(each, AtMoment) for each in injections)


class _Play(trio.abc.Instrument):
    """One run, and the watch over its end."""

    def __init__(self, scenario: Scenario, trial: Trial, stage: Stage) -> None:
        self._scenario: Final = scenario
        self._trial: Final = trial
        self._stage: Final = stage
        self._whole = trio.CancelScope()
        self._hang = ""

    async def run(self) -> None:
        """Run the scenario; the main task."""
        trio.lowlevel.add_instrument(self)
        trio.lowlevel.spawn_system_task(self._watch, name=WATCHDOG)
        with self._whole:
            await self._scenario(self._trial)
            self._trial.happenings.note_end()
        if self._hang:
            raise AssertionError(self._hang)
        self._trial.check()

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Look for a scenario that turns in circles; called by trio."""
        if self._trial.happenings.steps > self._stage.steps and not self._hang:
            self._break_off(f"not over after {self._stage.steps} steps")

    async def _watch(self) -> None:
        await trio.sleep(self._stage.seconds)
        self._break_off(f"not over after {self._stage.seconds} seconds")

    def _break_off(self, reason: str) -> None:
        self._hang = f"{reason}, with these tasks:\n{task_tree()}"
        # What hangs in a shield would never see the cancellation.
        for each in gc.get_objects():
            if type(each) is trio.CancelScope:
                each.shield = False
        self._whole.cancel()


@contextmanager
def _scheduled_by(seed: int) -> Generator[None, None, None]:
    """Let trio's choice among the tasks that are ready be a function of *seed*.

    trio has no public way; the property tests of hypothesis use the same two names.
    """
    before = _run._ALLOW_DETERMINISTIC_SCHEDULING, _run._r.getstate()
    _allow_deterministic_scheduling(allowed=True)
    _run._r.seed(seed)
    try:
        yield
    finally:
        _allow_deterministic_scheduling(allowed=before[0])
        _run._r.setstate(before[1])


def _allow_deterministic_scheduling(*, allowed: bool) -> None:
    setattr(_run, "_ALLOW_DETERMINISTIC_SCHEDULING", allowed)  # noqa: B010  # trio declares it final
