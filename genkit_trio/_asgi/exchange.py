"""One request: three tasks, one nursery.

The handler is this function itself, and the only one that calls ``send()``; the `Inbox` is the only one that calls
``receive()``; the run is the third, and lives in the runtime's nursery instead when it is detached from its client.
Frames go from the run to the handler through a bounded channel, so a client that does not read stops the run, and a
write that is stuck cannot hold the run past its deadline.

Rules:

1. Whatever happens, a client that is there gets exactly one end: a whole answer, or one terminal frame.
2. No exception leaves an exchange, except `trio.Cancelled` when the server itself stops.
3. The exchange is over when its run has ended, which may be after the client was answered.

How heads, frames and ends look is for a `Dialect` to say: flow endpoints and the reflection API each have one.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol

import trio

from .._core import error_of_cause, only_cancelled
from .._runtime import EdgeRun, Runtime
from .._tracing import Cause
from .inbox import ClientGone, Inbox
from .limits import RequestLimits
from .messages import Headers
from .reply import ClientStalled, Reply

logger = logging.getLogger("genkit_trio")


class Ordered(NamedTuple):
    """What a request asks for, once its body is read."""

    run: EdgeRun
    value: Any  # Any: the input of whichever action it is
    runtime: Runtime | None


Order = Callable[[Inbox], Awaitable[Ordered]]


class Dialect(Protocol):
    """How an edge answers: what it decides, the handler sends."""

    def begin(self, reply: Reply, run: EdgeRun) -> bool:
        """Decide what goes out as soon as the run has begun, and say whether there is anything."""
        ...

    def add_frames(self, reply: Reply, frames: bytes) -> None:
        """Add frames of a run."""

    async def prepare_end(self, run: EdgeRun) -> None:
        """Do what must be done before the client is told the end; bounded."""

    def end(self, reply: Reply, run: EdgeRun | None, outcome: bytes | BaseException) -> None:
        """Decide the end: the output as JSON, or the error; *run* is `None` when none began."""


async def exchange(order: Order, dialect: Dialect, inbox: Inbox, reply: Reply, limits: RequestLimits) -> None:
    """Answer one request.

    Args:
      order: reads the request and returns what it asks for, or raises what the client is told instead.
      dialect: how it is answered.
      inbox: its incoming side.
      reply: its outgoing side.
      limits: what the request may cost.
    """
    handler = _Handler(inbox, reply, dialect)
    async with trio.open_nursery() as nursery:
        try:
            await handler.handle(order, nursery)
        except BaseException as exc:
            if only_cancelled(exc):
                with trio.move_on_after(limits.cleanup_grace, shield=True):
                    await handler.stop(limits.cleanup_grace)
            raise
        # Not the nursery: a run that is still cleaning up keeps the cause for which it was cancelled.
        handler.inbox.stop()


def ids_of(run: EdgeRun) -> Headers:
    """Return the headers by which a client finds the run in its trace."""
    span = run.run
    return [(b"x-genkit-trace-id", span.trace_id.encode()), (b"x-genkit-span-id", span.span_id.encode())]


class _Handler:
    def __init__(self, inbox: Inbox, reply: Reply, dialect: Dialect) -> None:
        self.inbox: Final = inbox
        self._reply: Final = reply
        self._dialect: Final = dialect
        self._run: EdgeRun | None = None

    async def handle(self, order: Order, nursery: trio.Nursery) -> None:
        """Start what the request orders, send its frames, and its end."""
        try:
            await self._answer(order, nursery)
        except ClientGone:
            self._lose_client(Cause.CLIENT_DISCONNECT)
        except ClientStalled:
            self._lose_client(Cause.CLIENT_STALLED)
        except Exception as exc:  # a defect, of ours or of the server's send()
            logger.error("an exchange failed", exc_info=exc)
            self._lose_client(Cause.CLIENT_DISCONNECT)

    async def stop(self, grace: float) -> None:
        """Tell the client, in *grace* seconds, that the server is stopping; its cancellation is in flight."""
        self._reply.deadline = trio.current_time() + grace
        with suppress(ClientGone, ClientStalled):
            await self._end(self._outcome_of_stop())

    def _outcome_of_stop(self) -> bytes | BaseException:
        if self._run is None:
            return error_of_cause(Cause.DRAIN, "the request")
        if not self._run.frames.has_ended and not self._run.is_detached:
            self._run.scope.cancel(Cause.DRAIN)
        if self._run.is_decided:
            return self._run.outcome()
        return error_of_cause(Cause.DRAIN, self._run.run.key)

    async def _answer(self, order: Order, nursery: trio.Nursery) -> None:
        try:
            ordered = await order(self.inbox)
        except ClientGone:
            raise
        except Exception as exc:
            self.inbox.watch(nursery)
            await self._end(exc)
            return
        self._start(ordered, nursery)
        if self._dialect.begin(self._reply, ordered.run):
            await self._reply.flush()
        await self._follow(ordered.run)
        await self._dialect.prepare_end(ordered.run)
        await self._end(ordered.run.outcome())

    def _start(self, ordered: Ordered, nursery: trio.Nursery) -> None:
        run = self._run = ordered.run
        self.inbox.on_end = self._lose_client
        self.inbox.watch(nursery)
        if self.inbox.is_gone:
            raise ClientGone
        self._reply.headers.extend(ids_of(run))
        detached = run.is_detached and ordered.runtime is not None
        start_soon = ordered.runtime.start_soon if detached and ordered.runtime else nursery.start_soon
        # The server's cancellation reaches the run through the inbox and its own scope, so that its cause is known.
        run.scope.cancel_scope.shield = not detached
        start_soon(run.execute, ordered.value, ordered.runtime, name=run.run.key)

    async def _follow(self, run: EdgeRun) -> None:
        """Send frames as they come, until an end is decided."""
        with trio.CancelScope(deadline=run.deadline):
            while not run.is_decided:
                frames = await run.frames.receive_all()
                if frames:
                    self._dialect.add_frames(self._reply, b"".join(frames))
                    await self._reply.flush()

    async def _end(self, outcome: bytes | BaseException) -> None:
        if self.inbox.is_gone:
            return
        self.inbox.finish()
        if not self._reply.is_complete:
            frames = [] if self._run is None else self._run.frames.take_all()
            if frames:
                self._dialect.add_frames(self._reply, b"".join(frames))
            self._dialect.end(self._reply, self._run, outcome)
        await self._reply.flush()

    def _lose_client(self, cause: Cause) -> None:
        if self._run is None:
            return
        if self._run.is_detached:
            self._run.abandon()
        else:
            self._run.scope.cancel(cause)
