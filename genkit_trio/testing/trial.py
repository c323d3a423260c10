"""One run of a scenario: what can happen to it, and what it opens and closes."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final

import trio

from .._runtime import live_runs
from .happenings import Happenings, Injection


class Trial:
    """One run of a scenario: what can happen to it, what has happened, and what it opens and closes.

    `explore` makes it. A scenario says what its events are, in whatever way fits: a scope that is cancelled, a
    deadline that passes, an error that is raised, or any function.

    An event happens to whoever is registered for it then; when nobody is yet, to the first who will be.

    Args:
      injections: what happens, and when.
      is_watched: whether the tree of tasks is kept each time.
    """

    def __init__(self, injections: Sequence[Injection] = (), *, is_watched: bool = False) -> None:
        # For the one who plays the trial: it is a trio instrument too.
        self.happenings: Final = Happenings(injections, is_watched=is_watched)
        self._begun: Final[Counter[str]] = Counter()
        self._ended: Final[Counter[str]] = Counter()

    @property
    def events(self) -> tuple[str, ...]:
        """What has happened so far, in order."""
        return tuple(self.happenings.events)

    def on(self, event: str, act: Callable[[], object]) -> None:
        """Say what happens when *event* does: *act* is called, between two steps of the scheduler.

        It may be said of an event more than once; then all of it happens.
        """
        self.happenings.on(event, act)

    @contextmanager
    def cancelled_by(self, event: str = "cancel") -> Generator[trio.CancelScope, None, None]:
        """Cancel the block when *event* happens."""
        with trio.CancelScope() as scope:
            self.on(event, scope.cancel)
            yield scope

    @contextmanager
    def timed_out_by(self, event: str = "deadline") -> Generator[trio.CancelScope, None, None]:
        """Let the deadline of the block pass when *event* happens."""

        def pass_deadline() -> None:
            scope.deadline = trio.current_time()

        with trio.CancelScope() as scope:
            self.on(event, pass_deadline)
            yield scope

    @contextmanager
    def failing_by(self, event: str, error: Exception) -> Generator[None, None, None]:
        """Raise *error* out of the block, from its next checkpoint, when *event* happens."""
        with self.cancelled_by(event) as scope:
            yield
        if scope.cancelled_caught:
            raise error

    @contextmanager
    def counted(self, name: str = "block") -> Generator[None, None, None]:
        """Count the block in and out: whatever happens, both numbers must be the same in the end."""
        self._begun[name] += 1
        try:
            yield
        finally:
            self._ended[name] += 1

    def begun(self, name: str = "block") -> int:
        """Return how often the blocks that are `counted` under *name* have been entered."""
        return self._begun[name]

    def check(self) -> None:
        """Look around after the scenario, as `explore` does: nothing that has begun may still be there.

        Raises:
          AssertionError: if a counted block was not left, or a run of an action is alive.
          Exception: what the function of an event has raised.
        """
        if self.happenings.errors:
            raise self.happenings.errors[0]
        for name, begun in self._begun.items():
            if begun != self._ended[name]:
                raise AssertionError(f"{name!r} was entered {begun} times and left {self._ended[name]} times")
        runs = live_runs()
        if runs:
            raise AssertionError(f"runs are left: {', '.join(run.key for run in runs)}")
