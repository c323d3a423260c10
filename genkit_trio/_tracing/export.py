"""The exporter: sends the spans and the log lines of a program to Genkit's telemetry server while it runs.

No run ever waits for the server. What a run does is put a span into an outbox; a task of the exporter's own sends it.
The only exception is `SpanExporter.flush`, which answers to tools that read a trace as soon as they have the result,
and its time is short.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio

from .collector import Collector
from .logs import LogOutbox, handling
from .otel import without_instrumentation
from .outbox import SpanOutbox
from .record import note_failure_source
from .recorder import recording
from .sender import Sender
from .span import Span

if TYPE_CHECKING:
    import httpx2


FLUSH_TIMEOUT: Final = 0.24
"""Seconds: a run that a tool asked for may take a quarter of one longer, waking up and writing included."""


class SpanExporter:
    """A recorder of spans, and the service that sends them.

    Args:
      url: the telemetry server, as the environment names it; then nobody else may. `None`: `set_url` will tell, and
        spans that end before are not kept.
      realtime: whether spans are sent when they start, too.
      queue: how many spans may wait, and how many log lines; further ones are dropped, counted, and it is said once.
      flush_timeout: seconds that `flush` may take.
      transport: what carries the requests, in place of the network.
    """

    def __init__(
        self,
        url: str | None,
        *,
        realtime: bool,
        queue: int = 10_000,
        flush_timeout: float = FLUSH_TIMEOUT,
        transport: "httpx2.AsyncBaseTransport | None" = None,
    ) -> None:
        self._collector: Final = Collector(url, transport)
        self._may_be_told: Final = self._collector.url is None
        self._realtime: Final = realtime
        self._flush_timeout: Final = flush_timeout
        self._spans: Final = SpanOutbox(queue)
        self._logs: Final = LogOutbox(queue, self._wake_log_sender)
        self._logs.addFilter(lambda record: self._collector.url is not None)
        self._span_sender: Final = Sender(self._collector, "/api/traces", self._spans, "spans")
        self._log_sender: Final = Sender(self._collector, "/api/otlp", self._logs, "log lines")
        self._token: trio.lowlevel.TrioToken | None = None

    @property
    def exported(self) -> int:
        """How many spans the server took; one that was sent at its start and at its end counts twice."""
        return self._span_sender.sent

    @property
    def failed(self) -> int:
        """How many spans the server did not take."""
        return self._span_sender.failed

    @property
    def dropped(self) -> int:
        """How many spans were not sent, because too many waited or the program ended."""
        return self._spans.dropped

    def set_url(self, url: str) -> None:
        """Send to *url* from now on. Ignored when the environment named a server."""
        if self._may_be_told:
            self._collector.url = url

    async def flush(self, trace_id: str) -> None:
        """Wait until what waits of the trace *trace_id* was sent, for at most ``flush_timeout`` seconds.

        After two failures in a row it waits for nothing, until a request succeeds.
        """
        with trio.move_on_after(self._flush_timeout):
            await trio.lowlevel.checkpoint()
            while self._holds(trace_id) and not self._span_sender.is_hopeless:
                if trace_id in self._spans:
                    self._spans.put_first(trace_id)
                await self._span_sender.wait_posted()

    def started(self, span: Span) -> None:
        """Take *span* for sending, in real time."""
        if self._realtime:
            self._take(span)

    def ended(self, span: Span) -> None:
        """Take *span* for sending."""
        note_failure_source(span)
        self._take(span)

    async def __call__(  # noqa: ASYNC114  # started by a runtime
        self, runtime: object, /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Send what is recorded, until cancelled; then send the rest, for at most a second."""
        without_instrumentation()
        async with self._collector.connect(), trio.open_nursery() as nursery:
            self._token = trio.lowlevel.current_trio_token()
            try:
                with recording(self), handling(self._logs):
                    nursery.start_soon(self._log_sender.run)
                    task_status.started()
                    await self._span_sender.run()
            finally:
                self._token = None

    def _holds(self, trace_id: str) -> bool:
        return trace_id in self._spans or any(span.trace_id == trace_id for span in self._span_sender.sending)

    def _take(self, span: Span) -> None:
        token = self._token
        if token is None or self._collector.url is None:
            return
        if _is_here(token):
            self._put(span)
        else:
            # A trio run in a worker thread of this one goes on with its trace.
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(self._put, span)

    def _put(self, span: Span) -> None:
        self._spans.put(span)
        self._span_sender.wake()

    def _wake_log_sender(self) -> None:
        token = self._token
        if token is not None:
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(self._log_sender.wake, idempotent=True)


def _is_here(token: trio.lowlevel.TrioToken) -> bool:
    try:
        return trio.lowlevel.current_trio_token() is token
    except RuntimeError:
        return False
