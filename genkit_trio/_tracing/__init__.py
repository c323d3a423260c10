"""Spans: what ran, under what, when, and how it ended; and where they are sent."""

from .export import SpanExporter as SpanExporter
from .ids import new_span_id as new_span_id
from .ids import new_trace_id as new_trace_id
from .otel import OpenTelemetryBridge as OpenTelemetryBridge
from .recorder import Recorder as Recorder
from .recorder import recording as recording
from .span import Cause as Cause
from .span import RemoteSpan as RemoteSpan
from .span import Span as Span
from .span import State as State
from .span import current_span as current_span

__all__ = [
    "Cause",
    "OpenTelemetryBridge",
    "Recorder",
    "RemoteSpan",
    "Span",
    "SpanExporter",
    "State",
    "current_span",
    "new_span_id",
    "new_trace_id",
    "recording",
]
