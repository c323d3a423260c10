"""For those who build kinds of actions, edges and stores of their own."""

from ._ai import ToolDecorator as ToolDecorator
from ._core import ActionDecorator as ActionDecorator
from ._core import ChunkChannel as ChunkChannel
from ._core import Registry as Registry
from ._core import Run as Run
from ._core import RunScope as RunScope
from ._core import current_run as current_run
from ._core import current_thread_limiter as current_thread_limiter
from ._runtime import current_runtime as current_runtime
from ._runtime import live_runs as live_runs
from ._tracing import OpenTelemetryBridge as OpenTelemetryBridge
from ._tracing import Recorder as Recorder
from ._tracing import Span as Span
from ._tracing import current_span as current_span
from ._tracing import recording as recording
from ._wire import ABSENT as ABSENT
from ._wire import Absent as Absent
from ._wire import ActionKey as ActionKey
from ._wire import JsonValue as JsonValue

__all__ = [
    "ABSENT",
    "Absent",
    "ActionDecorator",
    "ActionKey",
    "ChunkChannel",
    "JsonValue",
    "OpenTelemetryBridge",
    "Recorder",
    "Registry",
    "Run",
    "RunScope",
    "Span",
    "ToolDecorator",
    "current_run",
    "current_runtime",
    "current_span",
    "current_thread_limiter",
    "live_runs",
    "recording",
]
