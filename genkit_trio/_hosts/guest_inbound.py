"""What a server has received for one request, on its way to the application."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

from .messages import DISCONNECTS, Message


class GuestInbound:
    """The incoming side of one request: the host puts in, the application takes out."""

    def __init__(self) -> None:
        self._token: Final = trio.lowlevel.current_trio_token()
        self._messages: Final[deque[Message]] = deque()
        self._arrived = trio.Event()
        self._taken: Final = asyncio.Event()
        self._listener: Callable[[], None] | None = None
        self.is_closed = False
        """Whether the disconnect has come: nothing can follow."""

    async def put(self, message: Message) -> None:
        """Hand over *message*, on the host's side, and wait until the next one may be received.

        After the last part of a body, that is at once: only the disconnect can follow.
        """
        self.is_closed = message["type"] in DISCONNECTS
        self._taken.clear()
        self._messages.append(message)
        self._arrived.set()
        if self.is_closed:
            if self._listener is not None:
                with suppress(trio.RunFinishedError):
                    self._token.run_sync_soon(self._listener)
        elif message["type"] != "http.request" or message.get("more_body", False):
            await self._taken.wait()

    async def get(self) -> Message:
        """Wait for the next message: ``receive()`` on trio. After a disconnect, it is that as often as it is asked."""
        await trio.lowlevel.checkpoint()
        while (message := self.get_nowait()) is None:
            if self._arrived.is_set():
                self._arrived = trio.Event()
            await self._arrived.wait()
        return message

    def get_nowait(self) -> Message | None:
        """Return the next message if it is there."""
        if not self._messages:
            return None
        if self._messages[0]["type"] in DISCONNECTS:
            return self._messages[0]
        self._taken.set()
        return self._messages.popleft()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call *listener* when the client goes, at once if it has."""
        if self.is_closed:
            listener()
        else:
            self._listener = listener
