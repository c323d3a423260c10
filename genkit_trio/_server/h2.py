"""HTTP/2 by Hypercorn and h2, with backpressure, and bounded against clients that only make work.

Mends, each of which a test shows on the unpatched server:

* Hypercorn 0.18 never blocks a sender: its buffer resumes it whenever little was taken, also when nothing was.
* Data for a stream that was answered early, a request without a path and a path that is not ASCII raised exceptions
  which ended the server.
* An application that ended in the middle of its answer left the client waiting.
* Control frames are free of charge there; here they are bounded by the requests that they belong to.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from typing import Any, Final

import h2.errors
import h2.events
import h2.exceptions
from hypercorn.events import Closed
from hypercorn.protocol.events import Body, StreamClosed
from hypercorn.protocol.events import Request as RequestEvent
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, BUFFER_LOW_WATER, H2Protocol, StreamBuffer
from hypercorn.protocol.ws_stream import WSStream
from hypercorn.utils import filter_pseudo_headers
from priority.priority import PriorityError

from .http import Request

FREE_FRAMES: Final = 200
"""Control frames that a connection may send before it has made a request."""
FRAMES_PER_REQUEST: Final = 20
"""Control frames that each request entitles to."""

_CONTROL: Final = (
    h2.events.PriorityUpdated,
    h2.events.RemoteSettingsChanged,
    h2.events.PingReceived,
    h2.events.StreamReset,
)


class BoundedBuffer(StreamBuffer):
    """Hypercorn's StreamBuffer, which blocks its sender until the client has taken something."""

    async def push(self, data: bytes) -> None:
        """Add *data*; wait while too much is waiting for the client."""
        if len(self.buffer) + len(data) >= BUFFER_HIGH_WATER:
            await self._paused.clear()
        await super().push(data)

    async def pop(self, max_length: int) -> bytes:
        """Take at most *max_length* bytes, as many as the client allows."""
        length = min(len(self.buffer), max_length)
        data = bytes(self.buffer[:length])
        del self.buffer[:length]
        if len(self.buffer) < BUFFER_LOW_WATER:
            await self._paused.set()
        if not self.buffer:
            await self._is_empty.set()
        return data


class BoundedH2(H2Protocol):
    """Hypercorn's H2Protocol, mended."""

    _frames = 0

    async def stream_send(self, event: Any) -> None:
        """Take a part of an answer, or its end."""
        if isinstance(event, Body) and not event.data:
            return
        if isinstance(event, StreamClosed) and getattr(self.streams.get(event.stream_id), "is_torn", False):
            await self._reset(event.stream_id)
        await super().stream_send(event)

    async def _handle_events(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, _CONTROL):
                self._frames += 1
            if self._frames > FREE_FRAMES + FRAMES_PER_REQUEST * self.keep_alive_requests:
                self.connection.close_connection(error_code=h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
                await self._flush()
                await self.send(Closed())
                return
            if isinstance(event, h2.events.DataReceived) and event.stream_id not in self.streams:
                # The request was answered before its end: the window is given back, the data is of no use.
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            else:
                await super()._handle_events([event])
        await self._flush()

    async def _priority_updated(self, event: Any) -> None:
        try:
            await super()._priority_updated(event)
        except PriorityError:
            # Priorities are advice; one that cannot be followed is not.
            return

    async def _create_stream(self, request: Any) -> None:
        fields = {name: value for name, value in request.headers if name.startswith(b":")}
        path = fields.get(b":path", b"")
        if not path or not path.isascii():
            self.connection.reset_stream(request.stream_id, h2.errors.ErrorCodes.PROTOCOL_ERROR)
            return
        stream_id = request.stream_id
        method = fields[b":method"].decode("ascii").upper()
        parts = (self.app, self.config, self.context, self.task_group, self.ssl, self.client, self.server)
        kind = WSStream if method == "CONNECT" else Request
        self.streams[stream_id] = kind(*parts, self.stream_send, stream_id)
        self.stream_buffers[stream_id] = BoundedBuffer(self.context.event_class)
        try:
            self.priority.insert_stream(stream_id)
        except PriorityError:
            pass  # a PRIORITY frame came before the request
        else:
            self.priority.block(stream_id)
        await self.streams[stream_id].handle(
            RequestEvent(
                stream_id=stream_id,
                headers=filter_pseudo_headers(request.headers),
                http_version="2",
                method=method,
                raw_path=path,
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1
        await self.context.mark_request()

    async def _reset(self, stream_id: int) -> None:
        try:
            self.connection.reset_stream(stream_id, h2.errors.ErrorCodes.INTERNAL_ERROR)
        except h2.exceptions.ProtocolError:
            return
        await self._flush()
