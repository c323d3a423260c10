"""A connection of HTTP/1.1: a reader that always reads, and a handler that runs one request after the other.

The reader feeds the parser, so a client that goes is noticed while its request is answered, and nobody has to watch for
it. The handler runs the application in its own task. They meet at two places where one waits for the other, and share
nothing that an ``await`` could tear.

Rules:

1. One request at a time: what follows it stays bytes until it is answered, and is bounded.
2. A client that half-closes has gone, for the application; what it is sent is still written.
3. A deadline belongs to what is waited for now: a head, a body while it is read, an alarm of the application, the next
   request. While our own backpressure keeps the reader from reading, a body is not late.
4. What ends the reader, ends the connection once its request has ended; what ends the handler, ends the reader.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import math
import time
from functools import partial
from typing import Any, Final

import trio

from ..._core import holds_cancelled, only_cancelled, sole_member
from ..._wire import SERVE_IN
from ..parts import Ends, Parts
from ..transport import Transport
from ..watch import TICK
from .answer import refusal
from .codec import RequestParser
from .exchange import Exchange, Message
from .head import Head
from .outbox import Outbox
from .parker import Parker
from .reader import Reader, has_closed
from .shared import App, ServeIn, Shared


class H1Connection:
    """A connection of HTTP/1.1.

    Args:
      shared: what it shares with others of its kind.
      parts: what it shares with all others of the worker.
      transport: its socket.
      ends: whose it is.
    """

    __slots__ = (
        "_alarm",
        "_body_due",
        "_body_goal",
        "_ends",
        "_exchange",
        "_handler",
        "_handover",
        "_is_open",
        "_is_unread",
        "_parser",
        "_parts",
        "_reader",
        "_requests",
        "_scope",
        "_transport",
        "limits",
        "outbox",
        "pulse",
        "shared",
    )

    def __init__(self, shared: Shared, parts: Parts, transport: Transport, ends: Ends) -> None:
        self.limits: Final = shared.limits
        self.pulse: Final = parts.pulse
        self.shared: Final = shared
        self._parts: Final = parts
        self._transport: Final = transport
        self._parser: Final = RequestParser(shared.limits, self)
        self._handler: Final = Parker()
        self._reader: Final = Reader(transport, parts.arrivals, self)
        self._exchange: Exchange | None = None
        self._scope: Message = {}
        self._requests = 0
        self._is_open = True
        self._is_unread = False
        self._handover: bytes | None = None
        self._alarm = math.inf
        self._body_due = math.inf
        self._body_goal = 0
        self._ends: Final = ends
        self.outbox: Outbox

    @property
    def is_idle(self) -> bool:
        """Whether no request is in flight."""
        return self._exchange is None

    async def run(self) -> bytes | None:
        """Serve the connection; return the bytes that are for another protocol, `None` when it has ended."""
        self._transport.on_expiry = self._expire
        try:
            # Not open_nursery(), which costs each idle connection a kilobyte.
            async with trio.open_nursery() as nursery:
                self.outbox = Outbox(self._transport, self.limits, nursery, self)
                nursery.start_soon(self._read)
                try:
                    await self._handle()
                    await self.outbox.wait_room()
                    if self._handover is None:
                        await self._transport.close(is_unread=self._is_unread)
                finally:
                    self._parser.close()
                    if not self._transport.is_lingering:
                        await self._end(nursery)  # noqa: ASYNC102  # it shields itself where it waits
        except BaseExceptionGroup as group:
            error = sole_member(group)
        else:
            return self._handover
        raise error

    async def lose(self) -> None:
        """Tell the request that its client has gone."""
        self.lose_client(is_slow=False)

    async def _end(self, nursery: trio.Nursery) -> None:
        nursery.cancel_scope.cancel()
        if self.outbox.size:
            with trio.move_on_after(self._transport.limits.linger, shield=True):
                await self.outbox.wait_room()
            if self.outbox.size:
                self._transport.cut()

    # What the reader calls.

    async def _read(self) -> None:
        try:
            await self._reader.run()
        except trio.Cancelled:
            if self._exchange is not None:
                self._exchange.stop()
            raise

    def take(self, data: bytes) -> bool:
        """Take what was read, and return whether there may be more."""
        if not data:
            self.lose_client(is_slow=False)
            return False
        if self._handover is not None:
            self._handover += data
        elif self._is_open:
            had_begun_head = self._parser.has_begun_head
            self._parser.feed(data)
            if not self._parser.is_complete:
                self._note_times(had_begun_head=had_begun_head)
            if self._has_too_much():
                self._body_due = math.inf
                self._reader.hold()
                self._set_deadline()
        return self._handover is None

    def _go_on(self) -> None:
        """Let the client be read again, if there is room."""
        if self._reader.is_held and not self._has_too_much():
            self._reader.go_on()
            self._note_times(had_begun_head=True)

    def _has_too_much(self) -> bool:
        if not self._is_open:
            return False
        ahead = self.limits.ahead
        return self._parser.ahead_size > ahead or (self._exchange is not None and self._exchange.unread > ahead)

    def _note_times(self, *, had_begun_head: bool) -> None:
        """Write down by when what is waited for must have come."""
        if self._exchange is None:
            if self._parser.has_begun_head and not had_begun_head:
                self._transport.deadline = trio.current_time() + self._transport.limits.header_timeout
        elif self._parser.is_in_body and self._body_due == math.inf and not self._exchange.awaits_invitation:
            self._begin_body_time(self._exchange)

    def _begin_body_time(self, exchange: Exchange) -> None:
        timeout = self._transport.limits.body_timeout
        self._body_due = trio.current_time() + timeout
        self._body_goal = exchange.received + int(self.limits.read_rate * timeout)
        self._set_deadline()

    # What the parser calls.

    def on_head(self, head: Head) -> None:
        """Have the handler run the application."""
        self._requests += 1
        ends = self._ends
        scope = self.shared.scope.copy()
        scope["scheme"] = "https" if ends.is_secure else "http"
        scope["client"] = ends.client
        scope["server"] = ends.server
        scope["state"] = self._parts.state.copy()
        exchange = self._exchange = Exchange(self, head, scope)
        self._scope = scope
        if self._requests >= self._parts.config.keep_alive_max_requests:
            exchange.answer.keep_alive = False
        self._transport.deadline = math.inf
        self._handler.unpark()

    def on_body(self, data: bytes) -> None:
        """Hand on a part of the body."""
        if self._exchange is not None:
            self._exchange.take(data)

    def on_end(self) -> None:
        """Hand on the end of the body."""
        if self._exchange is not None:
            self._exchange.complete()
        if self._body_due != math.inf:
            self._body_due = math.inf
            self._set_deadline()

    def on_refused(self, status: int, reason: str) -> None:
        """Answer what is no request, or a request whose body is none, unless it is answered already."""
        self._is_open = False
        self._is_unread = True
        exchange = self._exchange
        if exchange is None:
            self.outbox.push(refusal(status, self.shared.common_headers()))
            self._handler.unpark()
        else:
            self._break_off(exchange, status)

    def on_handover(self, data: bytes) -> None:
        """Note that another protocol is to go on."""
        self._handover = data
        self._handler.unpark()

    # What the request calls.

    def is_ending(self) -> bool:
        """Whether the server is shutting down."""
        return self._parts.context.terminated.is_set()

    def on_taken(self) -> None:
        """Let the reader go on."""
        self._go_on()

    def on_invited(self) -> None:
        """Wait for the body from now on."""
        if self._exchange is not None:
            self._begin_body_time(self._exchange)

    def set_alarm(self, when: float) -> None:
        """Have the request called at *when*."""
        self._alarm = when
        if self._body_due == math.inf and not self._reader.is_held:
            self._transport.deadline = when
        else:
            self._set_deadline()
        self._parts.watch.announce(when)

    # The handler.

    async def _handle(self) -> None:
        serve_in: ServeIn | None = getattr(self._parts.asgi, SERVE_IN, None)
        if serve_in is None:
            await self._handle_by(self._parts.asgi, None)
            return
        while self._is_open and self._handover is None:
            with trio.CancelScope() as lent:
                await self._handle_by(partial(serve_in, lent), lent)
            # Not in the scope, which may still have the deadline of a run.
            await self.outbox.wait_room()

    async def _handle_by(self, app: App, lent: trio.CancelScope | None) -> None:
        """Handle requests by calling *app*, until the connection is over, or what was *lent* is used up."""
        task = trio.lowlevel.current_task()
        context = task.context
        while self._is_open and self._handover is None:
            # It takes effect when the task next runs: what a request sets is not seen by the next one.
            task.context = context.copy()
            if self._exchange is None:
                await self._handler.park()
            else:
                await trio.lowlevel.cancel_shielded_checkpoint()
            if self._exchange is not None:
                await self._serve(app, self._exchange)
            if lent is not None and (lent.cancel_called or not self.outbox.has_room):
                return
            if not self.outbox.has_room:
                await self.outbox.wait_room()

    async def _serve(self, app: App, exchange: Exchange) -> None:
        config, scope = self._parts.config, self._scope
        is_logged = self.shared.is_logged
        started = time.time() if is_logged else 0.0
        try:
            if not config.server_names or self._is_served(scope):
                await app(scope, exchange.receive, exchange.send)
            else:
                self._break_off(exchange, 404)
        except BaseException as exc:  # noqa: ASYNC103  # Cancelled is raised on, the rest must not end the server
            if not only_cancelled(exc):
                await config.log.exception("the application raised an exception")  # noqa: ASYNC102  # it does not wait
            self._finish(exchange)
            # A KeyboardInterrupt is the user's, in whichever task Python happens to raise it.
            if holds_cancelled(exc) or isinstance(exc, KeyboardInterrupt):
                raise
        else:
            self._finish(exchange)
        if is_logged:
            await self._log(exchange, scope, time.time() - started)

    def _is_served(self, scope: Message) -> bool:
        names = self._parts.config.server_names
        return any(name == b"host" and value.decode("latin-1") in names for name, value in scope["headers"])

    def _finish(self, exchange: Exchange) -> None:
        """End the request, and go on to the next."""
        if not exchange.answer.has_ended and not exchange.is_gone:
            self._is_open = False
            if not exchange.answer.has_started:
                self.outbox.push(refusal(500, self.shared.common_headers()))
        parser = self._parser
        if not parser.is_complete or not exchange.answer.keep_alive or exchange.is_gone or self.is_ending():
            self._is_open = False
        exchange.close()
        self._exchange = None
        self._scope = {}  # it refers to the exchange, and that to this object
        self._alarm = self._body_due = math.inf
        if not self._is_open:
            self._is_unread = self._is_unread or not parser.is_complete or parser.ahead_size > 0
            self._go_on()
            return
        self._transport.deadline = trio.current_time() + self._parts.config.keep_alive_timeout
        parser.next_request()
        if parser.has_begun_head:
            self._note_times(had_begun_head=False)
        self._go_on()

    async def _log(self, exchange: Exchange, scope: Any, took: float) -> None:  # Any: a TypedDict of Hypercorn
        answer: Any = {"status": exchange.answer.status, "headers": exchange.headers}  # Any: the same
        if exchange.is_gone:
            answer = None
        await self._parts.config.log.access(scope, answer, took)

    # Ends of all kinds.

    def _break_off(self, exchange: Exchange, status: int) -> None:
        """Answer instead of the application, if nothing was sent, and tell it that it is too late."""
        if not exchange.answer.has_started:
            self.outbox.push(refusal(status, self.shared.common_headers()))
        self.outbox.is_closed = True
        self._is_open = False
        exchange.disconnect()

    def lose_client(self, *, is_slow: bool) -> None:
        """Note that the client has gone, or does not read."""
        self._is_open = False
        if is_slow or self._transport.is_closed:
            self.outbox.is_closed = True
            self._transport.cut()
        if self._exchange is not None:
            self._exchange.disconnect(is_slow=is_slow)
        self._handler.unpark()
        self._go_on()

    def _set_deadline(self) -> None:
        deadline = min(self._alarm, self._body_due)
        # Nobody reads, so nobody sees that the client goes: the kernel is asked now and then.
        self._transport.deadline = min(deadline, trio.current_time() + TICK) if self._reader.is_held else deadline

    def _expire(self) -> None:
        """Do what the deadline was for."""
        now = trio.current_time()
        exchange = self._exchange
        if exchange is None:
            if self._parser.has_begun_head:
                self.outbox.push(refusal(408, self.shared.common_headers()))
            self._transport.cut()
            return
        if self._alarm <= now:
            self._alarm = math.inf
            exchange.alarm()
        if self._body_due <= now:
            self._body_due = math.inf
            if exchange.received < self._body_goal:
                self._break_off(exchange, 408)
                self._transport.cut()
                return
            self._begin_body_time(exchange)
        if self._reader.is_held and has_closed(self._transport.socket):
            self.lose_client(is_slow=False)
        self._set_deadline()
