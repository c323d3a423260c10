"""Log lines for the telemetry server, each with the trace and the span in which it was logged: OTLP as JSON."""

import logging
import traceback
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from .._version import __version__
from .._wire import JsonValue
from .record import type_name
from .span import Span, current_span

MAX_RECORDS: Final = 200
"""How many lines go into one document."""

# What sending a line makes others log would be sent in turn, and so on.
_NEVER_SENT: Final = ("genkit_trio.telemetry", "httpcore2", "httpx2")
# From the gravest: where the range of Python's levels begins, and what OpenTelemetry calls it.
_SEVERITIES: Final = (
    (logging.CRITICAL, 21, "FATAL"),
    (logging.ERROR, 17, "ERROR"),
    (logging.WARNING, 13, "WARN"),
    (logging.INFO, 9, "INFO"),
    (logging.DEBUG, 5, "DEBUG"),
)


class LogOutbox(logging.Handler):
    """A handler for `logging`, of any thread, in which log lines wait to be sent.

    Args:
      capacity: how many lines may wait; further ones are dropped.
      wake: called, from any thread, when there is something to send.
    """

    def __init__(self, capacity: int, wake: Callable[[], None]) -> None:
        super().__init__()
        self.dropped = 0
        self._capacity: Final = capacity
        self._wake: Final = wake
        self._records: Final[deque[JsonValue]] = deque()

    def __len__(self) -> int:
        return len(self._records)

    def emit(self, record: logging.LogRecord) -> None:
        """Let *record* wait, unless there is no room. `logging` calls this, one thread at a time."""
        if record.name.startswith(_NEVER_SENT):
            return
        if len(self._records) >= self._capacity:
            self.dropped += 1
            return
        try:
            self._records.append(log_record(record, current_span.get()))
        except Exception:  # a wrong format: logging has its own way to say so
            self.handleError(record)
            return
        self._wake()

    def take(self) -> list[JsonValue]:
        """Take out the oldest lines."""
        return [self._records.popleft() for _ in range(min(len(self._records), MAX_RECORDS))]

    def document_of(self, batch: list[JsonValue]) -> JsonValue:
        """Return what the server is told of *batch*."""
        return log_document(batch)

    def give_back(self, batch: list[JsonValue]) -> None:
        """Put back lines that were not sent."""
        self._records.extendleft(reversed(batch))


@contextmanager
def handling(handler: logging.Handler) -> Generator[None, None, None]:
    """Let *handler* see what is logged anywhere in the process, for the length of the block."""
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def log_document(records: list[JsonValue]) -> JsonValue:
    """Return *records* as one OTLP document."""
    scope: JsonValue = {"name": "genkit-trio", "version": __version__}
    resource: JsonValue = {"attributes": [], "droppedAttributesCount": 0}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": records}]}]}


def log_record(record: logging.LogRecord, span: Span | None) -> JsonValue:
    """Return *record*, which was logged in *span*, as OTLP writes it."""
    number, text = _severity_of(record.levelno)
    written: dict[str, JsonValue] = {
        "timeUnixNano": str(int(record.created * 1e9)),
        "severityNumber": number,
        "severityText": text,
        "body": {"stringValue": record.getMessage()},
        "attributes": [_attribute(name, value) for name, value in _attributes_of(record).items()],
    }
    if span is not None:
        written["traceId"] = span.trace_id
        written["spanId"] = span.span_id
    return written


def _attributes_of(record: logging.LogRecord) -> dict[str, str]:
    attributes = {"logger.name": record.name}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        attributes["exception.type"] = type_name(error)
        attributes["exception.message"] = str(error)
        attributes["exception.stacktrace"] = "".join(traceback.format_exception(error))
    return attributes


def _attribute(name: str, value: str) -> JsonValue:
    return {"key": name, "value": {"stringValue": value}}


def _severity_of(level: int) -> tuple[int, str]:
    return next(((number, text) for least, number, text in _SEVERITIES if level >= least), (1, "TRACE"))
