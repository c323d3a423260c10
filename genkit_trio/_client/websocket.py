"""A WebSocket to a tools server: whole text messages in and out, and every end of it is the same end.

httpx2 is what carries remote actions too, and its WebSockets need nothing that Hypercorn does not bring along. They
run on trio. Two of their habits are put right here: closing is shielded and waits for a server that does not read,
and a failure of one of their tasks leaves in a group.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import httpx2
import trio
from httpx2.websockets import AsyncWebSocketClient, AsyncWebSocketSession, HTTPXWSException, WebSocketDisconnect
from wsproto.utilities import ProtocolError

from .session import Disconnected

MAX_MESSAGE: Final = 32 * 1024 * 1024
"""Bytes of one message; tools send up to 30,000,000, and something around them."""
WRITE_TIMEOUT: Final = 30.0
"""Seconds that a message may take; a server that reads slower is given up."""
CLOSE_TIMEOUT: Final = 1.0
_LOSSES: Final = (HTTPXWSException, ProtocolError, httpx2.HTTPError, OSError, trio.TooSlowError)


class WebSocket:
    """An open connection. One task receives, one task sends."""

    def __init__(self, session: AsyncWebSocketSession) -> None:
        self._session: Final = session

    async def receive(self) -> bytes:
        """Wait for a message and return it.

        Raises:
          Disconnected: when there will be none.
        """
        try:
            event = await self._session.receive()
        except _LOSSES as exc:
            raise Disconnected(_reason(exc)) from exc
        data = getattr(event, "data", b"")
        return data.encode() if isinstance(data, str) else bytes(data)

    async def send(self, text: bytes) -> None:
        """Send a message. A call that is cancelled leaves the connection unusable.

        Raises:
          Disconnected: if it cannot be sent.
        """
        try:
            with trio.fail_after(WRITE_TIMEOUT):
                await self._session.send_text(text.decode())
        except _LOSSES as exc:
            raise Disconnected(_reason(exc)) from exc


@asynccontextmanager
async def open_websocket(url: str) -> AsyncGenerator[WebSocket, None]:
    """Connect to *url* for the length of the block.

    Raises:
      Disconnected: if that is not possible, or a task of the connection fails.
    """
    try:
        # A proxy of the environment is for the internet, and tools are at this machine.
        async with httpx2.AsyncClient(trust_env=False) as client:
            sessions = AsyncWebSocketClient(client, max_message_size_bytes=MAX_MESSAGE, session_class=_Session)
            async with sessions.connect(url) as session:
                yield WebSocket(session)
    except _LOSSES as exc:
        raise Disconnected(_reason(exc)) from exc
    except BaseExceptionGroup as group:
        other = group.split((*_LOSSES, Disconnected))[1]
        if other is not None:
            raise other from None
        raise Disconnected(_reason(group)) from group


class _Session(AsyncWebSocketSession):
    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close, in bounded time."""
        with trio.move_on_after(CLOSE_TIMEOUT):
            await super().close(code, reason)


def _reason(exc: BaseException) -> str:
    if isinstance(exc, BaseExceptionGroup):
        group: BaseExceptionGroup[BaseException] = exc  # pyright: ignore[reportUnknownVariableType]  # because isinstance gives no type argument
        return _reason(group.exceptions[0])
    if isinstance(exc, WebSocketDisconnect):
        return f"it closed the connection, code {exc.code:d}"
    text = str(exc)
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__
