"""The spans of a test, as values to look at."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from .._tracing import Span, recording


class RecordedSpans:
    """The spans that have started since the recording began: runs and steps, nested and detached."""

    def __init__(self) -> None:
        self.started_spans: Final[list[Span]] = []
        """All of them, in the order in which they started."""
        self.ended_spans: Final[list[Span]] = []
        """Those that have ended, in the order in which they did."""

    def started(self, span: Span) -> None:
        """Take note that *span* has started."""
        self.started_spans.append(span)

    def ended(self, span: Span) -> None:
        """Take note that *span* has ended."""
        self.ended_spans.append(span)

    @property
    def open_spans(self) -> list[Span]:
        """Those that have not ended."""
        return [span for span in self.started_spans if span.end is None]

    def named(self, name: str) -> list[Span]:
        """Return the spans called *name*: runs have the name of their action, steps their own."""
        return [span for span in self.started_spans if span.name == name]

    def sole(self, name: str) -> Span:
        """Return the only span called *name*.

        Raises:
          LookupError: if there is none, or more than one.
        """
        found = self.named(name)
        if len(found) != 1:
            names = ", ".join(span.name for span in self.started_spans) or "none"
            raise LookupError(f"{len(found)} spans are called {name!r}; what has started: {names}")
        return found[0]

    def tree(self) -> str:
        """Return the spans as an indented tree, one line each with name and state, for a test to compare or print."""
        return "".join(self._lines(None, 0))

    def _lines(self, parent: Span | None, depth: int) -> Generator[str, None, None]:
        shown = set(map(id, self.started_spans))
        for span in self.started_spans:
            is_child = span.parent is parent if parent is not None else id(span.parent) not in shown
            if is_child:
                yield f"{'  ' * depth}{span.name} {span.state.value}\n"
                yield from self._lines(span, depth + 1)


@contextmanager
def record_spans() -> Generator[RecordedSpans, None, None]:
    """Record the spans of the traces that start in the block, for this trio run; also those that end after it."""
    spans = RecordedSpans()
    with recording(spans):
        yield spans
