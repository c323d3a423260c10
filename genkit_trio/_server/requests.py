"""Requests as tasks of their connection: how an application is started, and what it receives.

Mends of Hypercorn 0.18's trio task group:

* An exception that is not an `Exception` (``SystemExit``) left the application, the connection and the server.
* A full queue of messages blocked the application's own last ``send()``, which puts the disconnect into it.
* ``receive()`` hung for ever when it was called again after the disconnect, and in a cancelled scope it never told of
  one that had come.
* The task that sends for HTTP/2 was cancelled together with the requests, whose last words then went nowhere.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import trio
from hypercorn.config import Config

from .._core import holds_cancelled, only_cancelled
from .._wire import ON_DISCONNECT, RECEIVE_NOWAIT

Message = dict[str, Any]  # Any: ASGI defines the values by their keys
SendOrEnd = Callable[[Message | None], Awaitable[None]]


CLEANUP_GRACE: Final = 5.0
"""Seconds to bring out the end of a request whose task was cancelled."""


class Requests:
    """Hypercorn's TaskGroup, for one connection.

    Args:
      nursery: the connection's.
    """

    def __init__(self, nursery: trio.Nursery) -> None:
        self._start_soon: Final = nursery.start_soon
        self._helpers: Final[set[trio.CancelScope]] = set()
        self._running = 0
        self._is_last = False

    async def spawn_app(
        self, app: Callable[..., Awaitable[None]], config: Config, scope: Message, send: SendOrEnd
    ) -> Callable[[Message], Awaitable[None]]:
        """Start *app* for one request, and return what puts messages for it."""
        messages = MessageQueue(config.max_app_queue_size)
        if scope["type"] == "http":
            scope["extensions"][ON_DISCONNECT] = messages.on_disconnect
            scope["extensions"][RECEIVE_NOWAIT] = messages.receive_nowait
        self._running += 1
        self._start_soon(self._run, app, config, scope, messages.receive, send)
        return messages.put

    def spawn(self, func: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Start a task of the protocol's own. It lives until all requests have ended, also when they are cancelled."""
        self._start_soon(self._help, func, *args)

    def end(self) -> None:
        """Say that there will be no further request."""
        self._is_last = True
        self._dismiss()

    async def _run(self, *args: Any) -> None:
        try:
            await _run_app(*args)
        finally:
            self._running -= 1
            self._dismiss()

    async def _help(self, func: Callable[..., Awaitable[None]], *args: Any) -> None:
        with trio.CancelScope(shield=True) as scope:
            self._helpers.add(scope)
            self._dismiss()
            await func(*args)
        self._helpers.discard(scope)

    def _dismiss(self) -> None:
        if self._is_last and not self._running:
            for scope in self._helpers:
                scope.cancel()


class MessageQueue:
    """What a request receives: bounded, except for the disconnect, which always gets in and stays.

    Args:
      capacity: how many messages may wait to be received; then the connection is not read any further.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity: Final = capacity
        self._messages: Final[deque[Message]] = deque()
        self._disconnect: Message | None = None
        self._is_told = False
        self._listener: Callable[[], None] | None = None
        self._putting: trio.Event | None = None
        self._receiving: trio.Event | None = None

    def on_disconnect(self, listener: Callable[[], None]) -> None:
        """Call *listener* when the client goes; at once if it has gone."""
        self._listener = listener
        if self._disconnect is not None:
            listener()

    async def put(self, message: Message) -> None:
        """Put *message* in, waiting for room; a disconnect does not wait."""
        if message["type"].endswith(".disconnect"):
            self._set_disconnect(message)
            return
        while len(self._messages) >= self._capacity and self._disconnect is None:
            self._putting = trio.Event()
            await self._putting.wait()
        self._messages.append(message)
        _wake(self._receiving)

    def receive_nowait(self) -> Message | None:
        """Return the next part of the body if it is there."""
        if not self._messages:
            return None
        _wake(self._putting)
        return self._messages.popleft()

    async def receive(self) -> Message:
        """Return the next message; after the last one the disconnect, as often as it is asked for.

        What is there is returned without a checkpoint, so that asking in a cancelled scope is a way to look; only the
        disconnect is told so no more than once, lest a loop never ends.
        """
        while not self._messages:
            if self._disconnect is not None:
                if self._is_told:
                    await trio.lowlevel.checkpoint()
                self._is_told = True
                return self._disconnect
            if self._receiving is None or self._receiving.is_set():
                self._receiving = trio.Event()
            await self._receiving.wait()
        _wake(self._putting)
        return self._messages.popleft()

    def _set_disconnect(self, message: Message) -> None:
        if self._disconnect is not None:
            return
        self._disconnect = message
        _wake(self._receiving)
        _wake(self._putting)
        if self._listener is not None:
            self._listener()


def _wake(event: trio.Event | None) -> None:
    if event is not None:
        event.set()


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
        with trio.move_on_after(CLEANUP_GRACE, shield=True):
            if not only_cancelled(exc):
                await config.log.exception("the application raised an exception")
            await send(None)
        # A KeyboardInterrupt is the user's, in whichever task Python happens to raise it.
        if holds_cancelled(exc) or isinstance(exc, KeyboardInterrupt):
            raise
    else:
        await send(None)
