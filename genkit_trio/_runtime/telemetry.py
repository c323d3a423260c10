"""What the reflection API needs of the exporter of spans, whichever it is."""

from typing import Protocol


class Telemetry(Protocol):
    """Where spans go."""

    def set_url(self, url: str) -> None:
        """Send to *url* from now on, unless the environment named a server: then do nothing."""

    async def flush(self, trace_id: str) -> None:  # noqa: ASYNC114  # an exporter may have something to wait for
        """Wait until what there is of the trace *trace_id* was sent; bounded, and never an error."""
