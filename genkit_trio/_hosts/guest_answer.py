"""An answer that an application on trio gives without waiting: what it says is sent by tasks of the host.

It is a `Direct`, which spares the application the tasks and cancel scopes that waiting takes. The client and the clock
are watched by the host's loop, which does so anyway.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import Context
from typing import Final

import trio

from .._wire import Listener
from .messages import Message, Send

logger = logging.getLogger("genkit_trio")

LATER: Final = 0.002
"""Seconds: the longest time that a chunk waits for others (contract C24)."""
WRITE_TIMEOUT: Final = 30.0
"""Seconds for one write, where the application has not said how many."""
LAST_WORDS: Final = 5.0
"""Seconds that a server which stops is kept by what it has not sent."""


class GuestAnswer:
    """The answer to one request; what it is asked to tell, it tells in the trio run.

    Args:
      context: the context variables of the host's task for the request.
      send: ASGI's, on asyncio.
    """

    def __init__(self, context: Context, send: Send) -> None:
        self._context: Final = context
        self._send: Final = send
        self._loop: Final = asyncio.get_running_loop()
        self._token: Final = trio.lowlevel.current_trio_token()
        self._listener: Listener | None = None
        self._write_timeout = WRITE_TIMEOUT
        self._alarm: asyncio.TimerHandle | None = None
        self._unsent: Final[deque[Message]] = deque()
        self._keeps_up = True
        self._is_cut = False
        self._sending: asyncio.Task[None] | None = None
        self._sent_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self.is_complete = False
        """Whether the end was given."""

    # What the application calls.

    def listen(self, listener: Listener, write_timeout: float) -> bool:
        """Tell *listener* what happens from now on; return whether the client is still there."""
        self._listener = listener
        self._write_timeout = write_timeout
        return not self._is_cut

    def send_nowait(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, more_body: bool) -> bool:
        """Have a part of the answer sent, and return whether the client keeps up."""
        if self._is_cut:
            return True
        if status:
            self._unsent.append({"type": "http.response.start", "status": status, "headers": list(headers)})
        self._unsent.append({"type": "http.response.body", "body": body, "more_body": more_body})
        self.is_complete = not more_body
        # What was sent before is with the server as soon as the host has had a turn.
        self._keeps_up = self._sending is None
        if self._sending is None:
            self._sent_at = self._loop.time()
            task = self._loop.create_task(self._send_all(), context=self._context)
            # With an eager task factory it may be through already.
            self._sending = None if task.done() else task
            if self._watch is None:
                self._watch = self._loop.call_later(self._write_timeout, self._look)
        return self._keeps_up

    def set_alarm(self, when: float) -> None:
        """Have the listener called at *when*, a point in time of trio's clock."""
        if self._alarm is not None:
            self._alarm.cancel()
        if when != math.inf:
            self._alarm = self._loop.call_later(when - trio.current_time(), self._ring, when)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, after this pass of trio's scheduler."""
        self._loop.call_soon(callback)

    def call_later(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, in a moment."""
        self._loop.call_later(LATER, callback)

    # What the server's task for the request calls.

    def disconnect(self) -> None:
        """Tell the application that its client has gone, unless it was answered."""
        if self._listener is not None and not self._is_cut and not self.is_complete:
            self._tell(self._listener.on_disconnect)
        self._cut()

    def stop(self) -> None:
        """Tell the application that the server ends."""
        if self._listener is not None:
            self._tell(self._listener.on_stop)

    async def finish(self) -> None:
        """Wait until everything is sent. The application has returned, and is told nothing more."""
        self._listener = None
        if self._sending is not None:
            await asyncio.wait([self._sending])
        for timer in (self._alarm, self._watch):
            if timer is not None:
                timer.cancel()

    async def close(self) -> None:
        """Do as `finish` does, for a server that stops: not for long, and not when it insists."""
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self.finish()
        except (TimeoutError, asyncio.CancelledError):  # noqa: ASYNC103  # who calls this raises the first one on
            self._cut()
            await self.finish()  # noqa: ASYNC102  # there is nothing left to wait for

    def _cut(self) -> None:
        """Send nothing more."""
        self._is_cut = True
        self._unsent.clear()
        if self._sending is not None:
            self._sending.cancel()

    def _tell(self, fn: Callable[[], None]) -> None:
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(fn)

    def _ring(self, when: float) -> None:
        """Tell that the time has come, when it has."""
        self._alarm = None
        if self._listener is None:
            return
        if trio.current_time() < when:
            # The host's timers may be a little early, and the application asks trio what time it is.
            self.set_alarm(when)
        else:
            self._tell(self._listener.on_alarm)

    def _look(self) -> None:
        """See whether the server takes what it is sent."""
        self._watch = None
        if self._sending is None:
            return
        left = self._sent_at + self._write_timeout - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
            return
        if self._listener is not None:
            self._tell(self._listener.on_stall)
        self._cut()

    async def _send_all(self) -> None:
        try:
            while self._unsent:
                message = self._unsent.popleft()
                await self._send(message)
                self._sent_at = self._loop.time()
        except Exception as exc:
            if not isinstance(exc, OSError):
                logger.error("the server could not send an answer", exc_info=exc)
            self._sending = None
            self.disconnect()
        finally:
            self._sending = None
        if not self._keeps_up:
            self._keeps_up = True
            if self._listener is not None:
                self._tell(self._listener.on_room)
