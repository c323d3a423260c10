"""Something happens at every step of the scheduler in turn: the harness for what must hold at any moment."""

import random
from collections.abc import Awaitable, Callable, Iterator

import trio
import trio.testing
from trio._core import _run


class AtStep(trio.abc.Instrument):
    """Calls *act* once, after the step of that number."""

    def __init__(self, step: int, act: Callable[[], object]):
        self.left = step
        self.act = act

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()


Scene = Callable[[Callable[[Callable[[], object]], None]], Awaitable[object]]


def at_every_step(scene: Scene, *, seeds: int) -> Iterator[tuple[int, int]]:
    """Run *scene* again and again; in each run what it arms happens one step later than in the run before.

    The scene is given ``arm(act)``. After each run this yields the seed and the step, for the test to look around;
    it ends when a run was over before its step.
    """
    for seed in range(seeds):
        step, fired = 0, True
        while fired:
            step += 1
            fired = _play(scene, seed, step)
            yield seed, step


def _play(scene: Scene, seed: int, step: int) -> bool:
    armed: list[AtStep] = []

    def arm(act: Callable[[], object]) -> None:
        armed.append(AtStep(step, act))
        trio.lowlevel.add_instrument(armed[-1])

    # trio shuffles the tasks that are ready, and takes the dice from here; a failure is then one that can be repeated.
    _run._ALLOW_DETERMINISTIC_SCHEDULING, before = True, _run._ALLOW_DETERMINISTIC_SCHEDULING
    _run._r.seed(seed)
    try:
        trio.run(scene, arm, clock=trio.testing.MockClock(autojump_threshold=0))
    finally:
        _run._ALLOW_DETERMINISTIC_SCHEDULING = before
        _run._r.seed(random.random())
    return armed[0].left <= 0
