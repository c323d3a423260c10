"""One request of an application, over HTTP/1 or HTTP/2: Hypercorn's, with two differences.

An empty part of a body is passed on, so that a head can be flushed before there is a body; and an application that
ends in the middle of its answer is told to the client, which on HTTP/2 would otherwise wait for ever.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from typing import Any

from hypercorn.protocol.events import Body
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream


class Request(HTTPStream):
    """Hypercorn's HTTPStream, mended."""

    is_torn = False
    """Whether the application ended in the middle of its answer."""

    async def app_send(self, message: Any) -> None:
        """Take a message of the application, or its end."""
        if message is None:
            self.is_torn = self.state is ASGIHTTPState.RESPONSE
        elif _is_flush(message) and self.state is ASGIHTTPState.RESPONSE:
            await self.send(Body(stream_id=self.stream_id, data=b""))
            return
        await super().app_send(message)


def _is_flush(message: Any) -> bool:
    is_body: bool = message["type"] == "http.response.body"
    return is_body and not message.get("body") and bool(message.get("more_body"))
