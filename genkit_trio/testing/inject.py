"""What must hold at any moment, tried at every moment: events that happen at each step of the scheduler in turn.

A scenario is an async function of a `Trial`. It names events, such as a cancellation, and does its work; what it
raises is a failure. `explore` runs it again and again, and lets an event happen at step 0, at step 1, and so on,
until the work is over before the event; and all of it once for each seed, since trio chooses at random which of the
tasks that are ready comes first::

    async def scenario(trial):
        with trial.cancelled_by("cancel"):
            with trial.counted("connection"):
                await work()

    explore(scenario, ["cancel"])

Time is virtual, so nothing in a scenario may wait for a thread, a process or a socket. Where one does,
`explore_moments` lets the events happen at random moments of real time.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from .happenings import AtMoment as AtMoment
from .happenings import AtStep as AtStep
from .happenings import Injection as Injection
from .playing import REAL_SECONDS, VIRTUAL_SECONDS, Played, Stage, needs_real_time, play
from .playing import Scenario as Scenario
from .trial import Trial as Trial

SEEDS: Final = 20
"""How many orders of the tasks are tried."""
_LATE: Final = 1.1
"""By how much an event may come later than the scenario ends: some must find it over."""
_UNDISTURBED: Final = 3
"""How many runs without events tell how long one takes."""


class InjectionFailure(AssertionError):
    """A scenario did not stand what happened to it. Its text says how to repeat it, and what the tasks were.

    Args:
      report: the text.
      injections: what has happened.
      seed: that of the scheduler.
    """

    def __init__(self, report: str, injections: tuple[Injection, ...], seed: int) -> None:
        super().__init__(report)
        self.injections: Final = injections
        self.seed: Final = seed


@attrs.frozen
class Exploration:
    """What `explore` and `explore_moments` have done."""

    trials: int
    """How often the scenario was run."""
    happened: Counter[str]
    """In how many of these runs each event came before the end."""
    steps: int
    """The steps of the longest run."""


def explore(
    scenario: Scenario, events: Iterable[str] = ("cancel",), *, seeds: Iterable[int] = range(SEEDS), pairs: int = 0
) -> Exploration:
    """Run *scenario* with each of *events* at each step of the scheduler, and without any.

    Time is virtual. The scenario is run once for each step, event and seed.

    Args:
      scenario: what is run.
      events: what happens, by the names that the scenario gives; each in runs of its own.
      seeds: of the scheduler.
      pairs: how many runs with two events, at steps of their own, hypothesis chooses in addition.

    Raises:
      InjectionFailure: at the first run that fails; of pairs, the one with the smallest steps.
      ValueError: if the scenario names no such event.
      RuntimeError: for pairs, without hypothesis.
    """
    names, numbers, explorer = tuple(events), tuple(seeds), _Explorer(scenario, Stage(seed=0))
    for seed in numbers:
        explorer.look_for(names, seed)
        for name in names:
            explorer.try_each_step(name, seed)
    if pairs and numbers:
        _try_pairs(explorer, names, numbers, pairs)
    return explorer.done()


def explore_moments(
    scenario: Scenario,
    events: Sequence[str] = ("cancel",),
    *,
    moments: int = 500,
    seed: int = 0,
    seconds: float = REAL_SECONDS,
) -> Exploration:
    """Run *scenario* in real time with one of *events* at a random moment, *moments* times.

    Moments lie anywhere in the time that a run takes to which nothing happens, counted from its first `Trial.on`, and
    a little after. The order of the tasks is seeded as in `explore`, but the time that threads take is not: a failure
    need not come again.

    Args:
      scenario: what is run.
      events: what happens, by the names that the scenario gives.
      moments: how many runs.
      seed: of the moments and of the scheduler.
      seconds: after which a run is said to hang.

    Raises:
      InjectionFailure: at the first run that fails.
      ValueError: if the scenario names no such event.
    """
    chance = random.Random(seed)  # chooses moments; nothing secret
    explorer = _Explorer(scenario, Stage(seed=seed, seconds=seconds, steps=math.inf, is_virtual=False, is_watched=True))
    explorer.look_for(events, seed)
    # The run above has started what all others find: threads, processes, caches.
    shortest = min(explorer.try_once((), seed).happenings.seconds for _ in range(_UNDISTURBED))
    for number in range(moments):
        injection = AtMoment(events[number % len(events)], chance.uniform(0, _LATE * shortest))
        happenings = explorer.try_once((injection,), seed + number).happenings
        if not happenings.events:
            shortest = min(shortest, happenings.seconds)
    return explorer.done()


def replay(scenario: Scenario, *injections: Injection, seed: int = 0) -> None:
    """Run *scenario* once, as the text of an `InjectionFailure` says.

    Args:
      scenario: what is run.
      injections: what happens; with moments among them, time is real.
      seed: of the scheduler.

    Raises:
      InjectionFailure: if it fails.
    """
    is_virtual = not needs_real_time(injections)
    seconds = VIRTUAL_SECONDS if is_virtual else REAL_SECONDS
    _Explorer(scenario, Stage(seed=seed, seconds=seconds, is_virtual=is_virtual)).try_once(injections, seed)


class _Explorer:
    """Runs one scenario often, and notes how that went."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self._scenario: Final = scenario
        self._stage: Final = stage
        self._trials = 0
        self._happened: Final[Counter[str]] = Counter()
        self.steps = 0
        """The steps of the longest run."""

    def done(self) -> Exploration:
        """Return what was done."""
        return Exploration(self._trials, self._happened, self.steps)

    def look_for(self, events: Iterable[str], seed: int) -> None:
        """Run without events, and refuse those that the scenario does not name."""
        known = self.try_once((), seed).happenings.known
        for event in events:
            if event not in known:
                raise ValueError(f"the scenario names no event {event!r}; it has {', '.join(map(repr, known))}")

    def try_each_step(self, event: str, seed: int) -> None:
        """Run with *event* at step 0, at step 1, and so on, until a run is over before its step."""
        step = 0
        while self.try_once((AtStep(event, step),), seed).happenings.events:
            step += 1

    def try_once(self, injections: tuple[Injection, ...], seed: int) -> Played:
        """Run once.

        Raises:
          InjectionFailure: if that fails.
        """
        stage = attrs.evolve(self._stage, seed=seed)
        played = play(self._scenario, injections, stage)
        self._trials += 1
        self._happened.update(set(played.happenings.events))
        self.steps = max(self.steps, played.happenings.steps)
        if played.error is not None:
            raise self._failure_of(played, injections, stage) from played.error
        return played

    def _failure_of(self, played: Played, injections: tuple[Injection, ...], stage: Stage) -> InjectionFailure:
        trees = played.happenings.trees
        if not stage.is_watched:
            # The same again, but watched: looking at every run would cost more than running it.
            trees = play(self._scenario, injections, attrs.evolve(stage, is_watched=True)).happenings.trees
        what = " and ".join(map(str, injections)) or "nothing happening to it"
        call = ", ".join(["scenario", *map(repr, injections), f"seed={stage.seed}"])
        lines = [
            f"the scenario failed, with {what} and seed {stage.seed}: {_text_of(played.error)}",
            f"run it again with replay({call})",
            *trees,
        ]
        return InjectionFailure("\n".join(lines), injections, stage.seed)


def _text_of(error: BaseException | None) -> str:
    if isinstance(error, BaseExceptionGroup):
        group: BaseExceptionGroup[BaseException] = error  # pyright: ignore[reportUnknownVariableType]  # because isinstance gives no type argument
        return "; ".join(map(_text_of, group.exceptions))
    return f"{type(error).__name__}: {error}"


def _try_pairs(explorer: _Explorer, events: Sequence[str], seeds: Sequence[int], pairs: int) -> None:
    try:
        from hypothesis import HealthCheck, Phase, given, settings, strategies
        from hypothesis import seed as hypothesis_seed
    except ModuleNotFoundError as exc:
        raise RuntimeError("pairs= needs hypothesis; install it with: pip install hypothesis") from exc

    steps = strategies.integers(0, max(explorer.steps, 1))
    injections = strategies.builds(AtStep, strategies.sampled_from(events), steps)

    @settings(
        max_examples=pairs,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @hypothesis_seed(seeds[0])
    @given(injections, injections, strategies.sampled_from(seeds))
    def try_pair(first: Injection, second: Injection, seed: int) -> None:
        explorer.try_once((first, second), seed)

    try:
        try_pair()
    except InjectionFailure as exc:
        # What hypothesis adds repeats a part of the report.
        exc.__notes__.clear()
        raise
