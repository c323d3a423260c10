"""What a test has seen of runs in another thread."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from genkit_trio.lowlevel import current_run

PATIENCE = 10


class Noted:
    """The runs that have begun and ended, and how far they got."""

    def __init__(self):
        self.began = threading.Event()
        self.ended = threading.Event()
        self.runs = []
        self.sent = 0

    @contextmanager
    def run(self) -> Generator[None, None, None]:
        """Note the current run."""
        self.runs.append(current_run())
        self.began.set()
        try:
            yield
        finally:
            self.ended.set()

    def wait_began(self) -> None:
        assert self.began.wait(PATIENCE)

    def wait_ended(self) -> None:
        assert self.ended.wait(PATIENCE)

    @property
    def ends(self):
        return [(run.state, run.cause) for run in self.runs]


def flow(ai, name):
    """Return the flow of that name."""
    return next(action for action in ai.registry.actions() if action.name == name)
