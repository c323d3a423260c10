"""The light span: one timed, named piece of work in a trace.

A span costs about a microsecond and always exists, because trace ids are part of the protocol. It knows nothing of
exporters: those read it when it has ended. The span that is current is carried by a context variable, so it follows
tasks and worker threads without being passed by hand.
"""

import enum
from collections.abc import Mapping
from contextvars import ContextVar
from time import time
from types import MappingProxyType
from typing import Literal

from .ids import new_span_id, new_trace_id
from .recorder import Recorder, current_recorder

SpanType = Literal["action", "flowStep", "util", "promptTemplate"]
"""The values of ``genkit:type`` that Genkit's tools know."""


class State(enum.Enum):
    """Where a run is in its life."""

    QUEUED = "queued"
    """It waits for a place (``max_concurrency``)."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Cause(enum.Enum):
    """Why a run was cancelled."""

    DEADLINE = "deadline"
    CLIENT_DISCONNECT = "client_disconnect"
    CLIENT_STALLED = "client_stalled"
    CONSUMER_STOPPED = "consumer_stopped"
    """The consumer of its stream left the block."""
    CANCEL_API = "cancel_api"
    """Somebody cancelled it by its trace id or its handle."""
    CALLER_CANCELLED = "caller_cancelled"
    """A cancel scope of the application around the call."""
    PARENT_CANCELLED = "parent_cancelled"
    SIBLING_FAILED = "sibling_failed"
    LOST_RACE = "lost_race"
    INTERRUPT = "interrupt"
    DRAIN = "drain"
    """The runtime shuts down and its drain timeout is over."""


class Span:
    """One timed piece of work.

    Args:
      name: the display name.
      span_type: Genkit's type of span.
      subtype: the kind of action, for spans of type ``action``; else empty.
      parent: the span that this one is part of; it gives the trace id. Without one, a new trace begins.
    """

    # What most spans never change stands here once, not in each of them: making a span is the hot path of a call.
    state = State.RUNNING
    end: float | None = None
    cause: Cause | None = None
    error: BaseException | None = None
    late = False
    """Whether the work returned a value after its deadline."""
    links: "tuple[Span, ...]" = ()
    """Spans of other traces that have to do with this one, such as that of the run which spawned it."""
    attributes: Mapping[str, str | bool] = MappingProxyType({})
    recorder: Recorder | None = None
    """Who is told of the span's end; found when it starts."""
    _trace_id: str | None = None
    _span_id: str | None = None

    def __init__(self, name: str, span_type: SpanType, subtype: str, parent: "Span | None") -> None:
        self.name = name
        self.span_type = span_type
        self.subtype = subtype
        self.parent = parent
        self.start = time()

    @property
    def trace_id(self) -> str:
        """The id of the trace: 32 hexadecimal digits. Drawn when somebody first asks, the same ever after."""
        if self._trace_id is None:
            self._trace_id = new_trace_id() if self.parent is None else self.parent.trace_id
        return self._trace_id

    @property
    def span_id(self) -> str:
        """The id of the span: 16 hexadecimal digits. Drawn when somebody first asks, the same ever after."""
        if self._span_id is None:
            self._span_id = new_span_id()
        return self._span_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.state.value} trace={self.trace_id} span={self.span_id}>"

    @property
    def path(self) -> str:
        """Where the span stands in its trace, in Genkit's grammar: ``/{echo,t:flow}/{step1,t:flowStep}``."""
        # Only a segment that is not the first names its subtype, and only in the span's own path: what Genkit JS does.
        above = "" if self.parent is None else self.parent._segments()
        shown = "" if self.parent is None or self.subtype in {"", "flow"} else f",s:{self.subtype}"
        return f"{above}/{{{self.name},t:{self._shown_type}{shown}}}"

    def set_attribute(self, name: str, value: str | bool) -> None:  # noqa: FBT001  # a value, not a switch
        """Attach one attribute; a later value of the same name replaces it."""
        self.attributes = {**self.attributes, name: value}

    def find_recorder(self) -> Recorder | None:
        """Find the recorder: that of the parent, or of this trio run."""
        recorder = current_recorder() if self.parent is None else self.parent.recorder
        if recorder is not None:
            self.recorder = recorder
        return recorder

    def succeed(self) -> None:
        """End the span: the work returned."""
        self.state = State.SUCCEEDED
        self.end = time()
        if self.recorder is not None:
            self.recorder.ended(self)

    def fail(self, error: BaseException) -> None:
        """End the span: the work raised *error*."""
        self.state = State.FAILED
        self.error = error
        self._end()

    def cancel(self, cause: Cause) -> None:
        """End the span: the work was cancelled, because of *cause*."""
        self.state = State.CANCELLED
        self.cause = cause
        self._end()

    def _end(self) -> None:
        self.end = time()
        if self.recorder is not None:
            self.recorder.ended(self)

    @property
    def _shown_type(self) -> str:
        return "flow" if self.subtype == "flow" else self.span_type

    def _segments(self) -> str:
        above = "" if self.parent is None else self.parent._segments()
        return f"{above}/{{{self.name},t:{self._shown_type}}}"


class RemoteSpan(Span):
    """A span of another process, as the parent of spans here. It is never recorded: its own process does that.

    Args:
      trace_id: the id of its trace.
      span_id: its own.
    """

    def __init__(self, trace_id: str, span_id: str) -> None:
        super().__init__("", "util", "", None)
        self._trace_id = trace_id
        self._span_id = span_id
        self.find_recorder()

    def _segments(self) -> str:
        return ""


current_span: ContextVar[Span | None] = ContextVar("genkit_trio.current_span", default=None)
"""The innermost span that is running here; `None` outside any run."""
