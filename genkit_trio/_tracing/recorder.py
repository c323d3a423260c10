"""The seam for exporters: one recorder per trio run is told when spans start and end.

Without a recorder nothing is encoded and nothing is kept: a span is then garbage when its run is.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import trio

if TYPE_CHECKING:
    from .span import Span


class Recorder(Protocol):
    """Keeps what it wants of spans. It is called in the middle of runs, so it never waits and never raises."""

    def started(self, span: "Span") -> None:
        """Take note that *span* has started, with the attributes that it has by now."""

    def ended(self, span: "Span") -> None:
        """Take note that *span* has ended."""


class _Installed:
    """How many recorders there are, in all trio runs: asking is cheap while there is none."""

    count = 0


_recorder: Final = trio.lowlevel.RunVar["Recorder | None"]("genkit_trio.recorder", None)


@contextmanager
def recording(recorder: Recorder) -> Generator[None, None, None]:
    """Let *recorder* see the spans that start in this trio run, for the length of the block.

    Raises:
      RuntimeError: if another one is installed in this trio run.
    """
    if _recorder.get() is not None:
        raise RuntimeError("this trio run has a recorder of spans already; combine them into one")
    _recorder.set(recorder)
    _Installed.count += 1
    try:
        yield
    finally:
        _Installed.count -= 1
        _recorder.set(None)


def current_recorder() -> Recorder | None:
    """Return the recorder of this trio run, or `None`."""
    return _recorder.get() if _Installed.count else None
