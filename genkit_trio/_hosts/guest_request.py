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
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Final, TypeAlias

import trio

from .._wire import DIRECT, ON_DISCONNECT, RECEIVE_NOWAIT
from .guest_answer import GuestAnswer
from .guest_inbound import GuestInbound
from .host_call import Host
from .messages import App, Message, Receive, Scope, Send

StartSoon: TypeAlias = Callable[..., None]


class GuestRequest:
    """One connection scope, made in the server's task for it.

    Args:
      app: the application, on trio.
      scope: ASGI's.
      receive, send: ASGI's, on asyncio.
    """

    def __init__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        context = copy_context()
        self._app: Final = app
        self._scope: Final = scope
        self._receive: Final = receive
        self._send: Final = send
        self._host: Final = Host(context)
        self._inbound: Final = GuestInbound()
        self._answer: Final = GuestAnswer(context, send)
        self._cancel_scope: Final = trio.CancelScope()
        self._ended: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
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
            await self._answer.finish()
        except BaseException as exc:  # noqa: ASYNC103  # the last comment of the block says when
            self.stop()
            await wait_whatever(self._ended)  # noqa: ASYNC102  # nothing of asyncio's outlives its guest
            await self._answer.close()  # noqa: ASYNC102  # it is bounded
            if not isinstance(exc, asyncio.CancelledError) or not self._answer.is_complete:
                raise
            # The client has its end, so there is nothing left to be cancelled, or to be reported as a failure.
        self._ended.result()

    def stop(self) -> None:
        """Cancel the application, because the server ends."""
        self._answer.stop()
        self._cancel_scope.cancel()

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
        if self._inbound.is_closed:
            self._answer.disconnect()

    async def _run_app(self) -> None:
        scope = {**self._scope, "extensions": self._extensions()} if self._scope["type"] == "http" else self._scope
        error: Exception | None = None
        try:
            with self._cancel_scope:
                await self._app(scope, self._inbound.get, self._pass_on)
        except Exception as exc:
            error = exc
        finally:
            self._end(error)

    def _extensions(self) -> dict[str, object]:
        offered: dict[str, object] = self._scope.get("extensions") or {}
        ours = {
            ON_DISCONNECT: self._inbound.subscribe,
            RECEIVE_NOWAIT: self._inbound.get_nowait,
            DIRECT: self._answer,
        }
        return {**offered, **ours}

    def _end(self, error: Exception | None) -> None:
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
        if self._listening is not None:
            # It is now that listening takes too long.
            self._listening.reschedule(0)

    async def _pass_on(self, message: Message) -> None:
        """Pass on what the application sends: ``send()`` on trio."""
        if message["type"] == "http.response.start":
            self._head = message
            return
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._answer.is_complete = True
        messages = [message] if self._head is None else [self._head, message]
        self._head = None
        await self._host.run(self._send_all, messages)

    async def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            await self._send(message)


async def wait_whatever(ended: "asyncio.Future[None]") -> None:
    """Wait for *ended*, however often the task is cancelled meanwhile: some hosts say it again and again."""
    while not ended.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([ended])
