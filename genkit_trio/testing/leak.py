"""What a test can leave behind, and how that is told."""

from collections.abc import Iterable
from typing import Final, Literal

import attrs

LeakKind = Literal["task", "stream", "run", "span", "place", "thread", "process", "descriptor"]
"""What can outlive the block that it was made in.

* ``task``: a task that no nursery around the block owns: a system task, or one in a nursery that was not closed.
* ``stream``: such a task that is the run of a stream whose block was not left.
* ``run``: a run whose task has ended, and which is in the tree of live runs all the same.
* ``span``: a span that was recorded, and will not end.
* ``place``: a place of a limiter, held by a run or task that has ended.
* ``thread``: a worker thread that nobody waits for.
* ``process``: a child process; of worker processes one that is at work, since idle ones stay warm.
* ``descriptor``: a file descriptor: a file, a socket, a pipe.
"""


@attrs.frozen
class Leak:
    """One thing that was left behind."""

    kind: LeakKind
    what: str
    """The thing, in words."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class LeakError(AssertionError):
    """A block, or a test, has left something behind.

    Args:
      leaks: what.
    """

    def __init__(self, leaks: Iterable[Leak]) -> None:
        self.leaks: Final = tuple(leaks)
        super().__init__("left behind:\n" + "\n".join(f"  {leak}" for leak in self.leaks))
