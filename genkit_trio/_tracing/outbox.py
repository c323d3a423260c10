"""What waits to be sent: bounded, and in the batches in which it goes out."""

from collections import OrderedDict
from typing import Final, Protocol, TypeVar

from .._wire import JsonValue
from .record import trace_record
from .span import Span

# Encoding a batch holds trio's thread: a hundred spans take it for about a millisecond.
MAX_SPANS: Final = 100
# Characters of values, for the same reason. A single span may have more; the server takes bodies of 100 MB.
MAX_TEXT: Final = 1_000_000

T = TypeVar("T")


class Outbox(Protocol[T]):
    """What `Sender` sends from."""

    dropped: int
    """How many things were lost because there was no room or no time."""

    def __len__(self) -> int:
        """Return how many things wait."""
        ...

    def take(self) -> list[T]:
        """Take out what makes the next document; there is something."""
        ...

    def document_of(self, batch: list[T]) -> JsonValue:
        """Return what is sent for *batch*."""
        ...

    def give_back(self, batch: list[T]) -> None:
        """Put back a batch that was not sent."""
        ...


class SpanOutbox:
    """Spans that wait, by trace: one document is about one trace.

    A span that started and ended while it waited goes out once, as ended.

    Args:
      capacity: how many spans may wait; further ones are dropped.
    """

    def __init__(self, capacity: int) -> None:
        self.dropped = 0
        self._capacity: Final = capacity
        self._traces: Final[OrderedDict[str, dict[str, Span]]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, trace_id: str) -> bool:
        return trace_id in self._traces

    def put(self, span: Span) -> None:
        """Let *span* wait, unless it waits already or there is no room."""
        spans = self._traces.get(span.trace_id)
        if spans is not None and span.span_id in spans:
            return
        if self._count >= self._capacity:
            self.dropped += 1
            return
        self._add(span)

    def put_first(self, trace_id: str) -> None:
        """Let the trace *trace_id*, which waits, be the next that is sent."""
        self._traces.move_to_end(trace_id, last=False)

    def take(self) -> list[Span]:
        """Take out the spans of the trace that waits longest, or as many of them as fit into one document."""
        trace_id, spans = next(iter(self._traces.items()))
        batch: list[Span] = []
        text = 0
        while spans and len(batch) < MAX_SPANS and text < MAX_TEXT:
            span = spans.pop(next(iter(spans)))
            batch.append(span)
            text += sum(len(value) for value in span.attributes.values() if isinstance(value, str))
        self._count -= len(batch)
        if spans:
            # A trace that never stops growing must not keep the others waiting.
            self._traces.move_to_end(trace_id)
        else:
            del self._traces[trace_id]
        return batch

    def document_of(self, batch: list[Span]) -> JsonValue:
        """Return what the server is told of *batch*."""
        return trace_record(batch)

    def give_back(self, batch: list[Span]) -> None:
        """Put back a batch that was not sent; it had its room."""
        for span in batch:
            if span.span_id not in self._traces.get(span.trace_id, ()):
                self._add(span)

    def _add(self, span: Span) -> None:
        self._traces.setdefault(span.trace_id, {})[span.span_id] = span
        self._count += 1
