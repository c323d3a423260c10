"""One request: three tasks, one nursery.

The handler is this function itself, and the only one that calls ``send()``; the `Inbox` is the only one that calls
``receive()``; the run is the third, and lives in the runtime's nursery instead when it is detached from its client.
Frames go from the run to the handler through a bounded channel, so a client that does not read stops the run, and a
write that is stuck cannot hold the run past its deadline.

Rules:

1. Whatever happens, a client that is there gets exactly one end: a whole answer, or one terminal frame.
2. No exception leaves an exchange, except `trio.Cancelled` when the server itself stops.
3. The exchange is over when its run has ended, which may be after the client was answered.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import attrs
import trio

from .._core import error_of_cause, failure_of, open_nursery
from .._runtime import EdgeRun, Runtime
from .._tracing import Cause
from .._wire import Failure, Status, error_frame, error_payload, result_body, result_frame
from .inbox import ClientGone, Inbox
from .limits import RequestLimits
from .messages import Receive, Send
from .refusal import headers_of, http_of
from .reply import ClientStalled, Reply

logger = logging.getLogger("genkit_trio")


@attrs.frozen
class Ordered:
    """What a request asks for, once its body is read."""

    run: EdgeRun
    value: Any  # Any: the input of whichever action it is
    runtime: Runtime | None


@attrs.frozen
class ReplyOptions:
    """How errors are told.

    Args:
      expose_errors: whether the text of errors that are not public is sent, as in development.
      legacy_error_frames: whether a stream's error is written ``error: {…}``, for Dart clients up to 0.17.
    """

    expose_errors: bool = False
    legacy_error_frames: bool = False


Order = Callable[[Inbox], Awaitable[Ordered]]


async def exchange(order: Order, receive: Receive, send: Send, limits: RequestLimits, options: ReplyOptions) -> None:
    """Answer one request.

    Args:
      order: reads the request and returns what it asks for, or raises what the client is told instead.
      receive, send: ASGI's.
      limits: what the request may cost.
      options: how errors are told.
    """
    inbox = Inbox(receive, limits)
    handler = _Handler(inbox, Reply(send, limits.write_timeout), options)
    async with open_nursery() as nursery:
        nursery.start_soon(inbox.read)
        try:
            await handler.handle(order, nursery)
        except trio.Cancelled:
            with trio.move_on_after(limits.cleanup_grace, shield=True):
                await handler.stop()
            raise
        nursery.cancel_scope.cancel()


class _Handler:
    def __init__(self, inbox: Inbox, reply: Reply, options: ReplyOptions) -> None:
        self._inbox: Final = inbox
        self._reply: Final = reply
        self._options: Final = options
        self._run: EdgeRun | None = None

    async def handle(self, order: Order, nursery: trio.Nursery) -> None:
        """Start what the request orders, send its frames, and its end."""
        try:
            ordered = await order(self._inbox)
            self._start(ordered, nursery)
            await self._follow(ordered.run)
            await self._end(ordered.run.outcome())
        except ClientGone:
            return
        except ClientStalled:
            if self._run is not None:
                self._run.scope.cancel(Cause.CLIENT_STALLED)
        except Exception as exc:
            await self._fail(exc)

    async def stop(self) -> None:
        """Tell the client that the server is stopping; the server's cancellation is in flight."""
        key = "the request"
        if self._run is not None:
            self._run.scope.cancel(Cause.DRAIN)
            key = self._run.run.key
        if not self._reply.has_ended and not self._inbox.is_gone:
            try:
                await self._end(error_of_cause(Cause.DRAIN, key))
            except ClientStalled:
                return

    def _start(self, ordered: Ordered, nursery: trio.Nursery) -> None:
        run = self._run = ordered.run
        detached = run.action.options.on_disconnect == "detach"
        self._inbox.on_gone = run.abandon if detached else self._disconnect
        if self._inbox.is_gone:
            raise ClientGone
        ids = ((b"x-genkit-trace-id", run.run.trace_id), (b"x-genkit-span-id", run.run.span_id))
        self._reply.headers.extend((name, value.encode()) for name, value in ids)
        start_soon = ordered.runtime.start_soon if detached and ordered.runtime is not None else nursery.start_soon
        start_soon(run.execute, ordered.value, ordered.runtime, name=run.run.key)

    async def _follow(self, run: EdgeRun) -> None:
        """Send frames as they come, until an end is decided."""
        with trio.CancelScope(deadline=run.deadline):
            while not run.is_decided:
                frames = await run.frames.receive_all()
                if frames:
                    await self._reply.send_frames(b"".join(frames))

    async def _end(self, outcome: bytes | BaseException) -> None:
        if self._inbox.is_gone:
            return
        run = self._run
        frames = b"" if run is None else b"".join(run.frames.take_all())
        self._inbox.finish()
        streaming = run is not None and run.streaming
        if isinstance(outcome, bytes):
            if streaming:
                await self._reply.send_frames(frames + result_frame(outcome), last=True)
            else:
                await self._reply.send_whole(200, [], result_body(outcome))
            return
        failure = self._failure_of(outcome)
        if self._reply.has_started or frames:
            frame = error_frame(error_payload(failure), legacy=self._options.legacy_error_frames)
            await self._reply.send_frames(frames + frame, last=True)
        else:
            await self._reply.send_whole(
                http_of(outcome, failure), headers_of(outcome, failure), error_payload(failure)
            )

    async def _fail(self, exc: Exception) -> None:
        if self._reply.has_ended:
            logger.error("an exchange failed after its end", exc_info=exc)
            return
        try:
            await self._end(exc)
        except ClientStalled:
            return

    def _disconnect(self) -> None:
        if self._run is not None:
            self._run.scope.cancel(Cause.CLIENT_DISCONNECT)

    def _failure_of(self, error: BaseException) -> Failure:
        failure = failure_of(error, expose=self._options.expose_errors)
        if failure.status in {Status.INTERNAL, Status.UNKNOWN, Status.DATA_LOSS}:
            where = "a request" if self._run is None else f"{self._run.run.key}, trace {self._run.run.trace_id}"
            logger.error("%s failed", where, exc_info=error)
        return failure
