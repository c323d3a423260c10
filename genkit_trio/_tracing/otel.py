"""The bridge to OpenTelemetry: spans of runs become spans of a tracer provider that the user passes.

They have the same ids and the same parents as ours. While a run is under way its OpenTelemetry span is the current
one, so what other instrumentation records there becomes part of the trace. Nothing global is touched.
"""

import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from .._version import __version__
from .record import attributes_of, error_message, note_failure_source
from .span import RemoteSpan, Span

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context

logger = logging.getLogger("genkit_trio")


class OpenTelemetryBridge:
    """A recorder that starts and ends OpenTelemetry spans.

    A run without a parent begins a new trace in OpenTelemetry too. If another library's span is current when one of
    ours starts, ours has a link to it.

    Args:
      provider: makes the spans: that of ``opentelemetry-sdk``, or a subclass. Another one could not be told the ids.

    Raises:
      RuntimeError: without the ``otel`` extra.
      TypeError: if *provider* chooses all ids itself.
    """

    def __init__(self, provider: "trace.TracerProvider") -> None:
        try:
            from opentelemetry import context, trace
        except ModuleNotFoundError as exc:
            message = "a bridge to OpenTelemetry needs its API; install it with: pip install 'genkit-trio[otel]'"
            raise RuntimeError(message) from exc
        self._context: Final = context
        self._trace: Final = trace
        self._tracer: Final = provider.get_tracer("genkit_trio", __version__)
        # With OTEL_SDK_DISABLED the provider is the SDK's and makes no spans: the bridge then does nothing, too.
        if not isinstance(self._tracer, trace.NoOpTracer):
            _choose_ids_of(self._tracer)
        self._open: Final[dict[Span, tuple[trace.Span, Token[Context]]]] = {}
        self._has_complained = False

    def started(self, span: Span) -> None:
        """Start the OpenTelemetry span of *span*, and make it current in this task."""
        try:
            self._start(span)
        except Exception:  # a sampler or processor of the user's: no reason to fail a run
            self._complain()

    def ended(self, span: Span) -> None:
        """End the OpenTelemetry span of *span*."""
        try:
            self._end(span)
        except Exception:  # a processor of the user's: no reason to fail a run
            self._complain()

    def _start(self, span: Span) -> None:
        here = self._context.get_current()
        above = self._trace.INVALID_SPAN if span.parent is None else self._span_of(span.parent)
        parent = self._trace.set_span_in_context(above, here)
        chosen = _ids.set((span.trace_id, span.span_id))
        try:
            started = self._tracer.start_span(
                span.name,
                parent,
                attributes=attributes_of(span),
                links=list(self._links_of(span)),
                start_time=_nanoseconds(span.start),
            )
        finally:
            _ids.reset(chosen)
        self._open[span] = started, self._context.attach(self._trace.set_span_in_context(started, here))

    def _end(self, span: Span) -> None:
        note_failure_source(span)
        if span not in self._open:
            return
        started, token = self._open.pop(span)
        self._context.detach(token)
        end = _nanoseconds(span.end)
        started.set_attributes(attributes_of(span))
        if span.error is not None:
            started.record_exception(span.error, timestamp=end)
        message = error_message(span)
        if message is not None:
            started.set_status(self._trace.StatusCode.ERROR, message)
        started.end(end)

    def _span_of(self, span: Span) -> "trace.Span":
        if span in self._open:
            return self._open[span][0]
        # It began before the bridge did.
        return self._trace.NonRecordingSpan(self._name_of(span))

    def _links_of(self, span: Span) -> "Iterator[trace.Link]":
        named = [self._name_of(linked) for linked in span.links]
        known = {name.span_id for name in named}
        if span.parent is not None:
            known.add(int(span.parent.span_id, 16))
        current = self._trace.get_current_span().get_span_context()
        if current.is_valid and current.span_id not in known:
            named.append(current)
        return map(self._trace.Link, named)

    def _name_of(self, span: Span) -> "trace.SpanContext":
        return self._trace.SpanContext(
            int(span.trace_id, 16),
            int(span.span_id, 16),
            is_remote=isinstance(span, RemoteSpan),
            trace_flags=self._trace.TraceFlags(self._trace.TraceFlags.SAMPLED),
        )

    def _complain(self) -> None:
        if not self._has_complained:
            self._has_complained = True
            logger.exception("the OpenTelemetry provider failed; the spans of some runs are missing there")


def without_instrumentation() -> None:
    """Let OpenTelemetry's instrumentations ignore what this task does from now on."""
    loaded = sys.modules.get("opentelemetry.context")
    if loaded is not None:
        loaded.attach(loaded.set_value("suppress_instrumentation", value=True))


class _IdGenerator(Protocol):
    def generate_trace_id(self) -> int: ...

    def generate_span_id(self) -> int: ...


_ids: Final[ContextVar[tuple[str, str] | None]] = ContextVar("genkit_trio.otel_ids", default=None)
"""The ids of the span that is being started."""


class _ChosenIds:
    """A generator of ids that gives those of our span, and otherwise asks the one that was there before."""

    def __init__(self, before: _IdGenerator) -> None:
        self.before: Final = before

    def generate_trace_id(self) -> int:
        ids = _ids.get()
        return self.before.generate_trace_id() if ids is None else int(ids[0], 16)

    def generate_span_id(self) -> int:
        ids = _ids.get()
        return self.before.generate_span_id() if ids is None else int(ids[1], 16)

    def is_trace_id_random(self) -> bool:
        return True


@runtime_checkable
class _Tellable(Protocol):
    """A tracer, as that of opentelemetry-sdk, which can be told the ids."""

    id_generator: _IdGenerator


def _choose_ids_of(tracer: object) -> None:
    if not isinstance(tracer, _Tellable):
        kind = type(tracer).__name__
        raise TypeError(f"a tracer of type {kind!r} chooses all ids itself; pass a TracerProvider of opentelemetry-sdk")
    # The provider gives the same tracer to all who ask in our name: a second bridge finds it prepared.
    if not isinstance(tracer.id_generator, _ChosenIds):
        tracer.id_generator = _ChosenIds(tracer.id_generator)


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1e9)
