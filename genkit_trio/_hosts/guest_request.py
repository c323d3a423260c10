"""One connection scope of an asyncio server, answered by an application that runs on trio.

The server's task for it receives, and hands over what comes; a task of the trio run executes the application. Both
are in one thread, each in its own loop.

Rules:

1. ``receive()`` is called by the server's task alone, and not again until the application has taken what came; but for
   the disconnect, which is waited for from the moment on at which the request is there in full.
2. The head of a response is passed on with the first part of its body: one way to the host for both.
3. The server's task ends after the application's. When it is cancelled, the application is, and has the time that it
   takes itself: an edge of this package tells its client.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Final, TypeAlias

import trio

from .._wire import ON_DISCONNECT, RECEIVE_NOWAIT
from .host_call import Host

Scope: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
StartSoon: TypeAlias = Callable[..., None]

DISCONNECTS: Final = frozenset({"http.disconnect", "websocket.disconnect"})


class GuestRequest:
    """One connection scope, made in the server's task for it.

    Args:
      app: the application, on trio.
      scope: ASGI's.
      receive, send: ASGI's, on asyncio.
    """

    def __init__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self._app: Final = app
        self._scope: Final = scope
        self._receive: Final = receive
        self._send: Final = send
        self._host: Final = Host(loop, copy_context())
        self._inbound: Final = _Inbound()
        self._cancel_scope: Final = trio.CancelScope()
        self._ended: Final[asyncio.Future[None]] = loop.create_future()
        self._head: Message | None = None
        self._listening: asyncio.Timeout | None = None

    async def serve(self, start_soon: StartSoon) -> None:
        """Start the application, and return when it has returned; raise what it raises.

        Args:
          start_soon: starts a task of the trio run.
        """
        start_soon(self._run_app, name=f"{self._scope['type']} {self._scope.get('path', '')}")
        try:
            await self._listen()
            await asyncio.wait([self._ended])
        except BaseException as exc:  # noqa: ASYNC103  # the last comment of the block says when
            self._cancel_scope.cancel()
            await wait_whatever(self._ended)  # noqa: ASYNC102  # nothing of asyncio's outlives its guest
            if not isinstance(exc, asyncio.CancelledError) or not self._inbound.is_answered:
                raise
            # The client has its end, so there is nothing left to be cancelled, or to be reported as a failure.
        self._ended.result()

    async def _listen(self) -> None:
        """Hand over what comes, until the client or the application has gone."""
        listening = asyncio.timeout(None)
        try:
            async with listening:
                self._listening = listening
                while not self._ended.done() and not self._inbound.is_closed:
                    await self._inbound.put(await self._receive())
        except TimeoutError:
            if not listening.expired():
                raise
        finally:
            self._listening = None

    async def _run_app(self) -> None:
        offered: dict[str, object] = self._scope.get("extensions") or {}
        extensions = {
            **offered,
            ON_DISCONNECT: self._inbound.subscribe,
            RECEIVE_NOWAIT: self._inbound.get_nowait,
        }
        error: Exception | None = None
        try:
            with self._cancel_scope:
                await self._app({**self._scope, "extensions": extensions}, self._inbound.get, self._pass_on)
        except Exception as exc:
            error = exc
        finally:
            self._end(error)

    def _end(self, error: Exception | None) -> None:
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
        if self._listening is not None:
            # It is now that listening takes too long.
            self._listening.reschedule(0)

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        self._inbound.is_answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        messages = [message] if self._head is None else [self._head, message]
        self._head = None
        await self._host.run(self._send_all, messages)

    async def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


class _Inbound:
    """What the server has received and the application has not taken."""

    def __init__(self) -> None:
        self._token: Final = trio.lowlevel.current_trio_token()
        self._messages: Final[deque[Message]] = deque()
        self._arrived = trio.Event()
        self._taken: Final = asyncio.Event()
        self._listener: Callable[[], None] | None = None
        self.is_answered = False
        """Whether the answer is complete: from then on a disconnect means nothing."""
        self.is_closed = False
        """Whether the disconnect has come: nothing can follow."""

    async def put(self, message: Message) -> None:
        """Hand over *message*, on the host's side, and wait until the next one may be received."""
        self.is_closed = message["type"] in DISCONNECTS
        self._taken.clear()
        self._messages.append(message)
        self._arrived.set()
        if self.is_closed:
            if self._listener is not None and not self.is_answered:
                self._token.run_sync_soon(self._listener)
        elif message["type"] != "http.request" or message.get("more_body", False):
            await self._taken.wait()

    async def get(self) -> Message:
        """Wait for the next message: ``receive()`` on trio."""
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
            # As often as the application asks.
            return self._messages[0]
        self._taken.set()
        return self._messages.popleft()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call *listener* when the client goes, at once if it has."""
        if self.is_closed:
            listener()
        else:
            self._listener = listener


async def wait_whatever(ended: "asyncio.Future[None]") -> None:
    """Wait for *ended*, however often the task is cancelled meanwhile: some hosts say it again and again."""
    while not ended.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([ended])
