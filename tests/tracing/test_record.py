"""Spans as Genkit's telemetry server reads them."""

import pytest

from genkit_trio._tracing import Cause, RemoteSpan, Span
from genkit_trio._tracing.record import note_failure_source, span_record, trace_record
from tests.tracing.telemetry_server import check_span, check_trace


def _flow(name: str = "echo", parent: Span | None = None) -> Span:
    return Span(name, "action", "flow", parent)


def _failed(span: Span, error: BaseException) -> dict:
    span.fail(error)
    note_failure_source(span)
    return span_record(span)


def test_a_running_span_has_an_end_of_zero_and_no_state():
    span = _flow()
    record = span_record(span)
    check_span(record)
    assert record["endTime"] == 0
    assert record["startTime"] == span.start * 1000
    assert record["status"] == {"code": 0}
    assert record["attributes"] == {
        "genkit:name": "echo",
        "genkit:type": "action",
        "genkit:metadata:subtype": "flow",
        "genkit:key": "/flow/echo",
        "genkit:path": "/{echo,t:flow}",
        "genkit:qualifiedPath": "/{echo,t:flow}",
        "genkit:isRoot": True,
    }


def test_a_child_of_a_span_of_another_process_is_in_its_trace_and_begins_a_path():
    span = _flow(parent=RemoteSpan("a" * 32, "b" * 16))
    record = span_record(span)
    check_span(record)
    assert (record["traceId"], record["parentSpanId"]) == ("a" * 32, "b" * 16)
    assert record["sameProcessAsParentSpan"] == {"value": False}
    assert record["attributes"]["genkit:path"] == "/{echo,t:flow}"


def test_a_root_has_no_parent_and_a_child_names_its_own():
    root = _flow()
    step = Span("step1", "flowStep", "", root)
    assert "parentSpanId" not in span_record(root)
    record = span_record(step)
    check_span(record)
    assert record["parentSpanId"] == root.span_id
    assert record["attributes"] == {
        "genkit:name": "step1",
        "genkit:type": "flowStep",
        "genkit:path": "/{echo,t:flow}/{step1,t:flowStep}",
        "genkit:qualifiedPath": "/{echo,t:flow}/{step1,t:flowStep}",
    }


def test_a_success_says_so_and_has_no_error():
    span = _flow()
    span.set_attribute("genkit:output", '"hello"')
    span.succeed()
    record = span_record(span)
    check_span(record)
    assert record["endTime"] == span.end * 1000
    assert record["status"] == {"code": 0}
    assert record["timeEvents"] == {"timeEvent": []}
    assert record["attributes"]["genkit:state"] == "success"
    assert record["attributes"]["genkit:output"] == '"hello"'
    assert "genkit:error" not in record["attributes"]


def test_an_attribute_that_was_set_wins():
    span = _flow()
    span.set_attribute("genkit:type", "util")
    assert span_record(span)["attributes"]["genkit:type"] == "util"


def test_a_failure_has_its_message_its_status_and_an_exception_event():
    span = _flow()
    try:
        raise ValueError("bad n")
    except ValueError as exc:
        record = _failed(span, exc)
    check_span(record)
    assert record["status"] == {"code": 2, "message": "bad n"}
    assert record["attributes"]["genkit:state"] == "error"
    assert record["attributes"]["genkit:error"] == "bad n"
    [event] = record["timeEvents"]["timeEvent"]
    assert event["time"] == record["endTime"]
    assert event["annotation"]["description"] == "exception"
    attributes = event["annotation"]["attributes"]
    assert attributes["exception.type"] == "ValueError"
    assert attributes["exception.message"] == "bad n"
    assert attributes["exception.stacktrace"].startswith("Traceback (most recent call last):")
    assert attributes["exception.stacktrace"].endswith("ValueError: bad n\n")


class _Mute(Exception):
    """An error that says nothing."""


class _Broken(Exception):
    """An error whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_an_error_without_a_text_is_named_by_its_type():
    record = _failed(_flow(), _Mute())
    assert record["status"] == {"code": 2, "message": "_Mute"}
    [event] = record["timeEvents"]["timeEvent"]
    assert event["annotation"]["attributes"]["exception.type"] == f"{__name__}._Mute"


def test_an_error_whose_text_cannot_be_made_is_recorded_all_the_same():
    record = _failed(_flow(), _Broken())
    check_span(record)
    assert record["status"]["message"] == "_Broken, whose text cannot be made"


def test_the_innermost_span_that_failed_is_the_source():
    root = _flow()
    child = _flow("child", root)
    error = ValueError("x")
    inner, outer = _failed(child, error), _failed(root, error)
    assert inner["attributes"]["genkit:isFailureSource"] is True
    assert "genkit:isFailureSource" not in outer["attributes"]


def test_a_new_error_has_a_new_source():
    root = _flow()
    child = _flow("child", root)
    inner, outer = _failed(child, ValueError("x")), _failed(root, KeyError("y"))
    assert inner["attributes"]["genkit:isFailureSource"] is True
    assert outer["attributes"]["genkit:isFailureSource"] is True


def test_a_cancelled_span_is_an_error_that_names_its_cause():
    """C29: the cause of a cancelled run can be seen."""
    span = _flow()
    span.cancel(Cause.SIBLING_FAILED)
    record = span_record(span)
    check_span(record)
    assert record["status"] == {"code": 2, "message": "cancelled: sibling_failed"}
    assert record["attributes"]["genkit:state"] == "error"
    assert record["attributes"]["genkit:metadata:cause"] == "sibling_failed"
    assert "genkit:isFailureSource" not in record["attributes"]
    [event] = record["timeEvents"]["timeEvent"]
    assert event["annotation"]["attributes"] == {
        "exception.type": "trio.Cancelled",
        "exception.message": "cancelled: sibling_failed",
    }


def test_a_late_value_is_marked():
    """C9: the span of a run that returned after its deadline says so."""
    span = _flow()
    span.late = True
    span.succeed()
    record = span_record(span)
    assert record["attributes"]["genkit:metadata:late"] == "true"
    assert record["attributes"]["genkit:state"] == "success"


def test_links_name_the_other_trace():
    span, starter = _flow(), _flow("starter")
    span.links = (starter,)
    record = span_record(span)
    check_span(record)
    [link] = record["links"]
    assert link == {"context": {"traceId": starter.trace_id, "spanId": starter.span_id, "traceFlags": 1}}


def test_a_trace_with_its_root_has_the_name_and_the_times_of_the_root():
    root = _flow()
    child = _flow("child", root)
    child.succeed()
    running = trace_record([child, root])
    check_trace(running)
    assert set(running["spans"]) == {child.span_id, root.span_id}
    assert (running["displayName"], running["startTime"]) == ("echo", root.start * 1000)
    assert "endTime" not in running
    root.succeed()
    assert trace_record([root])["endTime"] == root.end * 1000


def test_a_trace_without_its_root_has_neither_name_nor_times():
    child = _flow("child", _flow())
    record = trace_record([child])
    check_trace(record)
    assert set(record) == {"traceId", "spans"}


def test_a_trace_of_no_spans_is_refused():
    with pytest.raises(ValueError, match="at least one span"):
        trace_record([])
