"""Requests as tasks of their connection: how an application is started, and what it receives.

Mends of Hypercorn 0.18's trio task group:

* An exception that is not an `Exception` (``SystemExit``) left the application, the connection and the server.
* A full queue of messages blocked the application's own last ``send()``, which puts the disconnect into it.
* ``receive()`` hung for ever when it was called again after the disconnect.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import trio
from hypercorn.config import Config

from .._core import holds_cancelled

Message = dict[str, Any]  # Any: ASGI defines the values by their keys
SendOrEnd = Callable[[Message | None], Awaitable[None]]


class Requests:
    """Hypercorn's TaskGroup, for one connection.

    Args:
      nursery: the connection's.
    """

    def __init__(self, nursery: trio.Nursery) -> None:
        self._start_soon: Final = nursery.start_soon

    async def spawn_app(
        self, app: Callable[..., Awaitable[None]], config: Config, scope: Message, send: SendOrEnd
    ) -> Callable[[Message], Awaitable[None]]:
        """Start *app* for one request, and return what puts messages for it."""
        messages = MessageQueue(config.max_app_queue_size)
        self._start_soon(_run_app, app, config, scope, messages.receive, send)
        return messages.put

    def spawn(self, func: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Start a task of the protocol's own."""
        self._start_soon(func, *args)


class MessageQueue:
    """What a request receives: bounded, except for the disconnect, which always gets in and stays."""

    def __init__(self, capacity: int) -> None:
        self._capacity: Final = capacity
        self._messages: Final[deque[Message]] = deque()
        self._disconnect: Message | None = None
        self._room: Final = trio.lowlevel.ParkingLot()
        self._news: Final = trio.lowlevel.ParkingLot()

    async def put(self, message: Message) -> None:
        """Put *message* in, waiting for room; a disconnect does not wait."""
        if message["type"].endswith(".disconnect"):
            self._disconnect = message
            self._room.unpark_all()
        else:
            while len(self._messages) >= self._capacity and self._disconnect is None:
                await self._room.park()
            self._messages.append(message)
        self._news.unpark_all()

    async def receive(self) -> Message:
        """Return the next message; after the last one the disconnect, as often as it is asked for."""
        await trio.lowlevel.checkpoint_if_cancelled()
        while not self._messages:
            if self._disconnect is not None:
                await trio.lowlevel.checkpoint()
                return self._disconnect
            await self._news.park()
        self._room.unpark()
        return self._messages.popleft()


async def _run_app(
    app: Callable[..., Awaitable[None]],
    config: Config,
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: SendOrEnd,
) -> None:
    try:
        await app(scope, receive, send, trio.to_thread.run_sync, trio.from_thread.run)
    except BaseException as exc:  # noqa: ASYNC103  # Cancelled is raised on, the rest must not end the server
        if holds_cancelled(exc):
            raise
        await config.log.exception("the application raised an exception")
    finally:
        await send(None)
