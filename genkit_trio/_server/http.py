"""One request of an application, over HTTP/1 or HTTP/2: Hypercorn's, mended.

Mends of Hypercorn 0.18's HTTPStream and WSStream, each of which a test shows on the unpatched server:

* An empty part of a body was dropped; here it is passed on, so that a head can be flushed before there is a body.
* An application that ended in the middle of its answer was not noticed; on HTTP/2 its client waited for ever.
* A request that was refused without the application (a name that is not served, a handshake that is none, data before
  the handshake was accepted) left its connection open, and busy, for ever.
* An application that goes on sending when its client has gone, or what is not sent, as to HEAD, kept every other task
  from its turn.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from typing import Any, Final

import trio
from hypercorn.protocol.events import Body, Data, StreamClosed
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.protocol.ws_stream import ASGIWebsocketState, WSStream
from hypercorn.utils import suppress_body

SENDS_IN_A_ROW: Final = 16
"""Messages of one application before other tasks get a turn."""


class Request(HTTPStream):
    """Hypercorn's HTTPStream, mended."""

    _sends = 0
    is_torn = False
    """Whether the application ended in the middle of its answer."""

    async def handle(self, event: Any) -> None:
        """Take a part of the request, or its end."""
        was_closed = self.closed
        await super().handle(event)
        if self.closed and not was_closed and not isinstance(event, StreamClosed):
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def app_send(self, message: Any) -> None:
        """Take a message of the application, or its end."""
        self._sends += 1
        if message is None:
            self.is_torn = self.state is ASGIHTTPState.RESPONSE
        elif self.state is ASGIHTTPState.RESPONSE and self._is_flush(message):
            await trio.lowlevel.checkpoint()
            await self.send(Body(stream_id=self.stream_id, data=b""))
            return
        elif self.closed or self._sends % SENDS_IN_A_ROW == 0:
            await trio.lowlevel.checkpoint()
        await super().app_send(message)

    def _is_flush(self, message: Any) -> bool:
        """Whether *message* sends nothing but the head: a part that is empty, or of a body that is not sent."""
        if message["type"] != "http.response.body" or not message.get("more_body"):
            return False
        return not message.get("body") or suppress_body(self.scope["method"], int(self.response["status"]))


class WebSocket(WSStream):
    """Hypercorn's WSStream, mended."""

    is_torn = False
    """As a `Request` has it: here an application's end is told by a close frame."""

    async def handle(self, event: Any) -> None:
        """Take a part of the handshake, a frame, or the end."""
        was_closed = self.closed
        if was_closed:
            return
        if isinstance(event, (Body, Data)) and self._is_too_early():
            await self._end(StreamClosed(stream_id=self.stream_id))
            return
        await super().handle(event)
        if self.closed and not isinstance(event, StreamClosed):
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def app_send(self, message: Any) -> None:
        """Take a message of the application, or its end."""
        if self.closed and message is not None:
            await trio.lowlevel.checkpoint()
        await super().app_send(message)

    def _is_too_early(self) -> bool:
        return not self.handshake.accepted or self.state is not ASGIWebsocketState.CONNECTED

    async def _end(self, event: StreamClosed) -> None:
        """End without an answer: bytes that belong to no handshake may have been meant for another server."""
        await super().handle(event)
        await self.send(event)
