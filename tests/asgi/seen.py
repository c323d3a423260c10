"""What a test has seen of its runs."""

import trio

from genkit_trio.lowlevel import current_run


class Seen:
    """The runs that have begun, and how they ended."""

    def __init__(self):
        self.runs = []
        self.began = trio.Event()

    def note(self) -> None:
        self.runs.append(current_run())
        self.began.set()

    @property
    def ends(self):
        return [(run.state, run.cause) for run in self.runs]
