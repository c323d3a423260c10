"""The seam for exporters: the recorders of a trio run are told when spans start and end.

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


class _Several:
    """Several recorders as one."""

    def __init__(self, recorders: tuple[Recorder, ...]) -> None:
        self._recorders: Final = recorders

    def started(self, span: "Span") -> None:
        for recorder in self._recorders:
            recorder.started(span)

    def ended(self, span: "Span") -> None:
        for recorder in self._recorders:
            recorder.ended(span)


class _Installed:
    """How many recorders there are, in all trio runs: asking is cheap while there is none."""

    count = 0


_recorders: Final = trio.lowlevel.RunVar[tuple[Recorder, ...]]("genkit_trio.recorders", ())
_recorder: Final = trio.lowlevel.RunVar["Recorder | None"]("genkit_trio.recorder", None)


@contextmanager
def recording(recorder: Recorder) -> Generator[None, None, None]:
    """Let *recorder* see the traces that start in this trio run, for the length of the block.

    Blocks may overlap: then each recorder sees what starts in its own. A span that starts in the block is reported
    to the end, also when that comes after the block, and so are the spans below it.
    """
    _install((*_recorders.get(), recorder))
    _Installed.count += 1
    try:
        yield
    finally:
        _Installed.count -= 1
        left = list(_recorders.get())
        left.remove(recorder)
        _install(tuple(left))


def current_recorder() -> Recorder | None:
    """Return what stands for the recorders of this trio run, or `None`."""
    return _recorder.get() if _Installed.count else None


def _install(recorders: tuple[Recorder, ...]) -> None:
    _recorders.set(recorders)
    _recorder.set(_Several(recorders) if len(recorders) > 1 else next(iter(recorders), None))
