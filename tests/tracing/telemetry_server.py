"""A telemetry server in memory that is as strict as Genkit's: what is required must be there, and nothing is null."""

import json
import math
from collections.abc import Awaitable, Callable

import httpx2

URL = "http://telemetry.test:4033"
KINDS = {"INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"}


class TelemetryServer:
    """Merges posts as Genkit's server does.

    Args:
      before: awaited with the path before each answer; what it returns is the status of the answer.
    """

    def __init__(self, before: Callable[[str], Awaitable[int]] | None = None):
        self.posts: list[tuple[str, dict]] = []
        self.traces: dict[str, dict] = {}
        self.lines: list[dict] = []
        self.before = before
        self.busy = 0
        self.transport = httpx2.MockTransport(self._answer)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        assert self.busy == 0, "two requests at a time"
        self.busy += 1
        try:
            status = 200 if self.before is None else await self.before(request.url.path)
        finally:
            self.busy -= 1
        if status == 200:
            self._take(request)
        return httpx2.Response(status, text="OK")

    def _take(self, request: httpx2.Request) -> None:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        assert str(request.url).startswith(URL + "/api/")
        body = json.loads(request.content.decode("ascii"))
        path = request.url.path
        if path == "/api/traces":
            check_trace(body)
            self._merge(body)
        else:
            assert path == "/api/otlp"
            check_logs(body)
            self.lines += body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
        self.posts.append((path, body))

    def _merge(self, trace: dict) -> None:
        kept = self.traces.setdefault(trace["traceId"], {"spans": {}})
        kept.update({name: value for name, value in trace.items() if name != "spans"})
        for span_id, span in trace["spans"].items():
            before = kept["spans"].get(span_id)
            if before is None or span["endTime"] or not before["endTime"]:
                kept["spans"][span_id] = span

    @property
    def spans(self) -> dict[str, dict]:
        """All spans by their names, which must be distinct."""
        spans = [span for trace in self.traces.values() for span in trace["spans"].values()]
        named = {span["displayName"]: span for span in spans}
        assert len(named) == len(spans)
        return named

    def posts_with(self, name: str) -> list[dict]:
        """The records of the span of that name, in the order in which they came."""
        found = [body["spans"].values() for path, body in self.posts if path == "/api/traces"]
        return [span for spans in found for span in spans if span["displayName"] == name]


def check_trace(trace: dict) -> None:
    _no_null(trace)
    _fields(
        trace,
        {"traceId": _hex(32), "spans": dict},
        {"displayName": str, "startTime": _number, "endTime": _number},
    )
    assert trace["spans"]
    for span_id, span in trace["spans"].items():
        check_span(span)
        assert span["spanId"] == span_id
        assert span["traceId"] == trace["traceId"]
    roots = [span for span in trace["spans"].values() if "parentSpanId" not in span]
    assert ("displayName" in trace) == bool(roots)


def check_span(span: dict) -> None:
    _fields(
        span,
        {
            "spanId": _hex(16),
            "traceId": _hex(32),
            "startTime": _number,
            "endTime": _number,
            "attributes": dict,
            "displayName": str,
            "spanKind": str,
            "instrumentationLibrary": dict,
        },
        {
            "parentSpanId": _hex(16),
            "links": list,
            "sameProcessAsParentSpan": dict,
            "status": dict,
            "timeEvents": dict,
            "truncated": bool,
        },
    )
    assert span["spanKind"] in KINDS
    assert all(isinstance(value, str | bool) for value in span["attributes"].values())
    _fields(span["instrumentationLibrary"], {"name": str}, {"version": str})
    _fields(span["status"], {"code": _number}, {"message": str})
    for link in span["links"]:
        _fields(link["context"], {"traceId": _hex(32), "spanId": _hex(16), "traceFlags": _number}, {})
    for event in span["timeEvents"]["timeEvent"]:
        _fields(event, {"time": _number, "annotation": dict}, {})
        _fields(event["annotation"], {"attributes": dict, "description": str}, {})


def check_logs(document: dict) -> None:
    _no_null(document)
    [resource_logs] = document["resourceLogs"]
    [scope_logs] = resource_logs["scopeLogs"]
    _fields(scope_logs["scope"], {"name": str, "version": str}, {})
    assert scope_logs["logRecords"]
    for line in scope_logs["logRecords"]:
        _fields(
            line,
            {"timeUnixNano": str, "severityNumber": int, "severityText": str, "body": dict, "attributes": list},
            {"traceId": _hex(32), "spanId": _hex(16)},
        )
        assert line["timeUnixNano"].isdigit()
        _fields(line["body"], {"stringValue": str}, {})


def _fields(value: dict, required: dict, optional: dict) -> None:
    assert set(required) <= set(value)
    assert set(value) <= {*required, *optional}
    for name, part in value.items():
        wanted = required.get(name) or optional[name]
        assert isinstance(part, wanted) if isinstance(wanted, type) else wanted(part), (name, part)


def _no_null(value: object) -> None:
    assert value is not None
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _no_null(part)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _hex(length: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and len(value) == length and not set(value) - set("0123456789abcdef")
