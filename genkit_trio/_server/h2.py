"""HTTP/2 by Hypercorn and h2, with backpressure, and bounded against clients that only make work.

Mends of Hypercorn 0.18's H2Protocol, each of which a test shows on the unpatched server:

* A sender was never blocked: its buffer resumes it whenever little was taken, also when nothing was.
* A sender whose client opens no window, or goes, was blocked for ever once it is.
* Data for a stream that was answered early, a request without a path, and a path or a name that is no text raised
  exceptions which ended the server.
* A request that was refused, or reset by its client, left its connection busy, so that it was held for ever.
* An application that ended in the middle of its answer left the client waiting.
* A line end in a header of an answer was passed on, which splits the answer wherever it is made one of HTTP/1.1 again.
* A connection that had made as many requests as it may lost those that were not answered. Here it ends as soon as
  all are, since clients forget their requests when they are told to go.
* Control frames are free of charge there; here they are bounded by the requests that they belong to. Priorities, which
  RFC 9113 has withdrawn, are not followed: a thousand of them ended the server.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import re
from typing import Any, Final

import h2.events
import h2.exceptions
import trio
from h2.errors import ErrorCodes
from hypercorn.events import Closed, Updated
from hypercorn.protocol.events import Body, Data, EndBody, EndData, Response, StreamClosed, Trailers
from hypercorn.protocol.events import Request as RequestEvent
from hypercorn.protocol.h2 import BUFFER_HIGH_WATER, BUFFER_LOW_WATER, H2Protocol, StreamBuffer
from hypercorn.utils import filter_pseudo_headers

from .http import Request, WebSocket

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
_ODD: Final = re.compile(rb"[\r\n\0]")
_WAITING: Final = (Body, Data, EndBody, EndData, Trailers)
"""Parts of an answer that wait for the client."""


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
    """Hypercorn's H2Protocol, mended.

    Args:
      write_timeout: seconds that a part of an answer may wait for the client; then its stream is reset.
    """

    def __init__(self, *args: Any, write_timeout: float) -> None:
        super().__init__(*args)
        self._write_timeout: Final = write_timeout
        self._frames = 0

    async def handle(self, event: Any) -> None:
        """Take bytes from the socket, or its end."""
        await super().handle(event)
        if isinstance(event, Closed):
            for buffer in self.stream_buffers.values():
                await buffer.close()

    async def stream_send(self, event: Any) -> None:
        """Take a part of an answer, or its end."""
        if isinstance(event, Body) and not event.data:
            return
        if isinstance(event, Response) and any(_ODD.search(value) for _, value in event.headers):
            raise ValueError("a header of the answer has a line end or a NUL in its value; leave them out")
        if isinstance(event, StreamClosed) and getattr(self.streams.get(event.stream_id), "is_torn", False):
            await self._reset(event.stream_id, ErrorCodes.INTERNAL_ERROR)
        if not isinstance(event, _WAITING):
            await super().stream_send(event)
            return
        with trio.move_on_after(self._write_timeout) as scope:
            await super().stream_send(event)
        if scope.cancelled_caught:
            await self._reset(event.stream_id, ErrorCodes.CANCEL)
            await self._close_stream(event.stream_id)

    async def _handle_events(self, events: list[Any]) -> None:
        for event in events:
            self._frames += _is_control(event)
            if self._frames > FREE_FRAMES + FRAMES_PER_REQUEST * self.keep_alive_requests:
                self.connection.close_connection(error_code=ErrorCodes.ENHANCE_YOUR_CALM)
                await self._flush()
                await self.send(Closed())
                return
            if isinstance(event, h2.events.RequestReceived):
                await self._take_request(event)
            elif isinstance(event, h2.events.DataReceived) and event.stream_id not in self.streams:
                # Answered before its end: the connection's window is given back, the rest is not wanted.
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                await self._reset(event.stream_id, ErrorCodes.NO_ERROR)
            else:
                await super()._handle_events([event])
        await self._flush()

    async def _take_request(self, event: Any) -> None:
        if self.context.terminated.is_set() or self.keep_alive_requests > 2 * self.config.keep_alive_max_requests:
            await self._reset(event.stream_id, ErrorCodes.REFUSED_STREAM)
        elif not _is_sound(event):
            await self._reset(event.stream_id, ErrorCodes.PROTOCOL_ERROR)
        else:
            await self.send(Updated(idle=False))
            await self._create_stream(event)

    async def _priority_updated(self, event: Any) -> None:
        """Ignore it."""

    async def _create_stream(self, request: Any) -> None:
        stream_id = request.stream_id
        fields = {name: value for name, value in request.headers if name.startswith(b":")}
        method = fields[b":method"].decode("ascii").upper()
        parts = (self.app, self.config, self.context, self.task_group, self.ssl, self.client, self.server)
        kind = WebSocket if method == "CONNECT" else Request
        self.streams[stream_id] = kind(*parts, self.stream_send, stream_id)
        self.stream_buffers[stream_id] = BoundedBuffer(self.context.event_class)
        self.priority.insert_stream(stream_id)
        self.priority.block(stream_id)
        await self.streams[stream_id].handle(
            RequestEvent(
                stream_id=stream_id,
                headers=filter_pseudo_headers(request.headers),
                http_version="2",
                method=method,
                raw_path=fields[b":path"],
                state=self.connection_state,
            )
        )
        self.keep_alive_requests += 1
        await self.context.mark_request()

    async def _close_stream(self, stream_id: int) -> None:
        await super()._close_stream(stream_id)
        if not self.idle or self.closed:
            return
        if self.context.terminated.is_set() or self.keep_alive_requests >= self.config.keep_alive_max_requests:
            self.connection.close_connection()
            await self._flush()
            await self.send(Closed())
        else:
            await self.send(Updated(idle=True))

    async def _reset(self, stream_id: int, code: ErrorCodes) -> None:
        try:
            self.connection.reset_stream(stream_id, code)
        except h2.exceptions.ProtocolError:
            return
        # What waits to be sent is dropped by the task that sends, as soon as it looks.
        await self._window_updated(stream_id)
        await self._flush()


def _is_control(event: Any) -> bool:
    """Whether *event* is a frame that asks for nothing, but makes work."""
    return isinstance(event, _CONTROL) or (isinstance(event, h2.events.DataReceived) and not event.data)


def _is_sound(request: Any) -> bool:
    headers = dict(request.headers)
    texts = [headers.get(name, b"") for name in (b":method", b":path", b":authority", b"host")]
    return bool(headers.get(b":path")) and all(text.isascii() for text in texts)
