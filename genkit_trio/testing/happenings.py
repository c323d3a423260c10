"""What happens to a scenario, and when: after a step of the scheduler, or after a while in real time."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import attrs
import trio

from .tasktree import UNSEEN, task_tree

Act: TypeAlias = Callable[[], object]


@attrs.frozen
class AtStep:
    """Something happens after a step of the scheduler.

    Args:
      event: what happens, by the name that the scenario has given it.
      step: the number of the step, counted from the scenario's first `Trial.on`; 0 is that moment itself.
    """

    event: str
    step: int

    def __str__(self) -> str:
        return f"{self.event!r} at step {self.step}"


@attrs.frozen
class AtMoment:
    """Something happens after a while, in real time: for scenarios with threads, processes or sockets.

    Args:
      event: what happens, by the name that the scenario has given it.
      moment: seconds, counted from the scenario's first `Trial.on`.
    """

    event: str
    moment: float

    def __str__(self) -> str:
        return f"{self.event!r} after {self.moment:.6f} s"


Injection: TypeAlias = AtStep | AtMoment
"""What happens, and when."""


class Happenings(trio.abc.Instrument):
    """Lets *injections* happen in one run of a scenario.

    Args:
      injections: what is to happen.
      is_watched: whether the tree of tasks is kept each time.
    """

    def __init__(self, injections: Sequence[Injection], *, is_watched: bool = False) -> None:
        self.steps = 0
        """The steps since the first `on`."""
        self.seconds = 0.0
        """From the first `on` to the end of the scenario."""
        self.events: Final[list[str]] = []
        """What has happened."""
        self.trees: Final[list[str]] = []
        """What the tasks were each time."""
        self.errors: Final[list[Exception]] = []
        """What acts have raised."""
        self._at_steps: Final = [each for each in injections if isinstance(each, AtStep)]
        self._at_moments: Final = [each for each in injections if isinstance(each, AtMoment)]
        self._is_watched: Final = is_watched
        self._acts: Final[dict[str, list[Act]]] = {}
        self._awaited: Final[set[str]] = set()
        self._begin = 0.0

    @property
    def known(self) -> tuple[str, ...]:
        """The events that the scenario has named."""
        return tuple(self._acts)

    def on(self, event: str, act: Act) -> None:
        """Say what happens when *event* does; see `Trial.on`."""
        is_first = not self._acts
        self._acts.setdefault(event, []).append(act)
        if event in self._awaited:
            self._awaited.discard(event)
            self._call(act)
        if is_first:
            self._begin = trio.current_time()
            self._look_at_step()
            for each in self._at_moments:
                trio.lowlevel.spawn_system_task(self._wait_and_happen, each)

    def note_end(self) -> None:
        """Note that the scenario is over."""
        if self._acts:
            self.seconds = trio.current_time() - self._begin

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count the step; called by trio."""
        if self._acts and task.name not in UNSEEN:
            self.steps += 1
            self._look_at_step()

    def _look_at_step(self) -> None:
        for each in self._at_steps:
            if each.step == self.steps:
                self._happen(each.event)

    async def _wait_and_happen(self, injection: AtMoment) -> None:
        await trio.sleep(injection.moment)
        self._happen(injection.event)

    def _happen(self, event: str) -> None:
        self.events.append(event)
        if self._is_watched:
            task = trio.lowlevel.current_task()
            self.trees.append(f"the tasks when {event!r} happened, after a step of {task.name!r}:\n{task_tree()}")
        acts = self._acts.get(event)
        if acts is None:
            self._awaited.add(event)
            return
        for act in acts:
            self._call(act)

    def _call(self, act: Act) -> None:
        # trio would log what an instrument raises, and go on without the instrument.
        try:
            act()
        except Exception as exc:
            self.errors.append(exc)
