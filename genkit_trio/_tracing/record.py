"""A span as Genkit's telemetry server reads it: values in, values out.

The server refuses ``null``: what is absent is left out. Times are milliseconds since the epoch, and a span that has not
ended says so with an end of 0.
"""

import traceback
from collections.abc import Iterable
from typing import Final

from .._wire import ActionKey, JsonValue
from .span import RemoteSpan, Span

OK: Final = 0
ERROR: Final = 2
_SOURCE: Final = "_genkit_trio_failure_source"


def trace_record(spans: Iterable[Span]) -> dict[str, JsonValue]:
    """Return what the server is told of *spans*, some or all spans of one trace.

    Raises:
      ValueError: if there is no span.
    """
    record: dict[str, JsonValue] = {}
    records: dict[str, JsonValue] = {}
    for span in spans:
        record["traceId"] = span.trace_id
        records[span.span_id] = span_record(span)
        # The trace is named after its root; other posts leave these out, and the server keeps what it has.
        if span.parent is None:
            record["displayName"] = span.name
            record["startTime"] = span.start * 1000
            if span.end is not None:
                record["endTime"] = span.end * 1000
    if not records:
        raise ValueError("a trace record needs at least one span")
    record["spans"] = records
    return record


def span_record(span: Span) -> dict[str, JsonValue]:
    """Return what the server is told of *span*, which may still be running."""
    attributes: dict[str, JsonValue] = {**attributes_of(span)}
    record: dict[str, JsonValue] = {
        "spanId": span.span_id,
        "traceId": span.trace_id,
        "startTime": span.start * 1000,
        "endTime": 0 if span.end is None else span.end * 1000,
        "displayName": span.name,
        "spanKind": "INTERNAL",
        "attributes": attributes,
        "links": [_link(linked) for linked in span.links],
        "instrumentationLibrary": {"name": "genkit-tracer", "version": "v1"},
        "sameProcessAsParentSpan": {"value": not isinstance(span.parent, RemoteSpan)},
        "status": {"code": OK},
        "timeEvents": {"timeEvent": []},
    }
    if span.parent is not None:
        record["parentSpanId"] = span.parent.span_id
    message = error_message(span)
    if message is not None:
        record["status"] = {"code": ERROR, "message": message}
        record["timeEvents"] = {"timeEvent": [_exception_event(span, message)]}
    return record


def attributes_of(span: Span) -> dict[str, str | bool]:
    """Return all attributes of *span* by the names that Genkit's tools know; its own ones win."""
    attributes: dict[str, str | bool] = {"genkit:name": span.name, "genkit:type": span.span_type}
    if span.subtype:
        attributes["genkit:metadata:subtype"] = span.subtype
    if span.span_type == "action":
        attributes["genkit:key"] = str(ActionKey(span.subtype, span.name))
    attributes["genkit:path"] = attributes["genkit:qualifiedPath"] = span.path
    if span.parent is None:
        attributes["genkit:isRoot"] = True
    if span.end is not None:
        attributes.update(_outcome_of(span))
    attributes.update(span.attributes)
    return attributes


def error_message(span: Span) -> str | None:
    """Return in one line why *span* has no value: its error or the cause of its cancellation; else `None`."""
    if span.cause is not None:
        return f"cancelled: {span.cause.value}"
    if span.error is None:
        return None
    try:
        return str(span.error) or type(span.error).__name__
    except Exception:  # the user's __str__
        return f"{type(span.error).__name__}, whose text cannot be made"


def note_failure_source(span: Span) -> None:
    """Remember that *span* failed with its error, if no other span did before; to be called in the order of ends.

    An error passes from a child to its parents as the same object, so the first that it fails is where it came from.
    """
    if span.error is not None:
        # Past __setattr__, which an exception class of the user may forbid.
        vars(span.error).setdefault(_SOURCE, span.span_id)


def is_failure_source(span: Span) -> bool:
    """Whether *span* is the first that its error failed."""
    return span.error is not None and vars(span.error).get(_SOURCE) == span.span_id


def _outcome_of(span: Span) -> dict[str, str | bool]:
    message = error_message(span)
    outcome: dict[str, str | bool] = {"genkit:state": "success" if message is None else "error"}
    if message is not None:
        outcome["genkit:error"] = message
    if is_failure_source(span):
        outcome["genkit:isFailureSource"] = True
    if span.cause is not None:
        outcome["genkit:metadata:cause"] = span.cause.value
    if span.late:
        outcome["genkit:metadata:late"] = "true"
    return outcome


def _link(span: Span) -> JsonValue:
    return {"context": {"traceId": span.trace_id, "spanId": span.span_id, "traceFlags": 1}}


def _exception_event(span: Span, message: str) -> JsonValue:
    attributes: dict[str, JsonValue] = {"exception.type": "trio.Cancelled", "exception.message": message}
    if span.error is not None:
        attributes["exception.type"] = type_name(span.error)
        attributes["exception.stacktrace"] = "".join(traceback.format_exception(span.error))
    return {
        "time": (span.end or span.start) * 1000,
        "annotation": {"description": "exception", "attributes": attributes},
    }


def type_name(exc: BaseException) -> str:
    """Return the class of *exc*, with its module unless it is built in."""
    cls = type(exc)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
