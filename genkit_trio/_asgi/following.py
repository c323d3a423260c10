"""One request that is answered from a stored stream: it is followed, wherever it is written.

The rules are those of `exchange`: a client that is there gets exactly one end, and no exception leaves but
`trio.Cancelled` when the server itself stops. What the client does is no matter of the run's.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

import attrs
import trio

from .._core import DeadlineExceeded, error_of_cause, only_cancelled, open_nursery
from .._runtime import StreamFollower, StreamStore
from .._tracing import Cause
from .._wire import GenkitError, Status
from .flow_replies import FlowReplies
from .inbox import ClientGone, Inbox
from .limits import RequestLimits
from .messages import Headers
from .reply import ClientStalled, Reply
from .respond import Answer

logger = logging.getLogger("genkit_trio")

NO_CONTENT: Final = Answer(204, b"", [])
"""For a stream that is not there, as JavaScript's client expects it; and for a cancellation."""


@attrs.frozen
class Following:
    """What a request asks for, once it is read."""

    stream_id: str
    after: int
    """How many messages the client has."""
    deadline: float
    """The point in time, of trio's clock, by which the client is answered."""
    headers: Headers


Begin: TypeAlias = Callable[[Inbox], Awaitable[Following | Answer]]


async def follow_stream(
    begin: Begin, store: StreamStore, sides: tuple[Inbox, Reply], replies: FlowReplies, limits: RequestLimits
) -> None:
    """Answer one request.

    Args:
      begin: reads the request, and returns the stream to be followed, or the answer; or raises what the client is told.
      store: holds the stream.
      sides: the incoming side of the request, and the outgoing one.
      replies: how frames and errors are told.
      limits: what the request may cost.
    """
    handler = _Handler(store, *sides, replies)
    async with open_nursery() as nursery:
        try:
            await handler.handle(begin, nursery)
        except BaseException as exc:
            if only_cancelled(exc):
                with trio.move_on_after(limits.cleanup_grace, shield=True):
                    await handler.stop(limits.cleanup_grace)
            raise
        sides[0].stop()


class _Handler:
    def __init__(self, store: StreamStore, inbox: Inbox, reply: Reply, replies: FlowReplies) -> None:
        self._store: Final = store
        self._inbox: Final = inbox
        self._reply: Final = reply
        self._replies: Final = replies
        self._following: Final = trio.CancelScope()

    async def handle(self, begin: Begin, nursery: trio.Nursery) -> None:
        """Answer, unless the client has gone."""
        try:
            await self._answer(begin, nursery)
        except (ClientGone, ClientStalled):
            pass
        except Exception as exc:  # a defect, of ours or of the server's send()
            logger.error("an exchange failed", exc_info=exc)

    async def stop(self, grace: float) -> None:
        """Tell the client, in *grace* seconds, that the server is stopping; its cancellation is in flight."""
        self._reply.deadline = trio.current_time() + grace
        with suppress(ClientGone, ClientStalled):
            await self._fail(error_of_cause(Cause.DRAIN, "the answer"))

    async def _answer(self, begin: Begin, nursery: trio.Nursery) -> None:
        try:
            begun = await begin(self._inbox)
        except ClientGone:
            raise
        except Exception as exc:
            self._inbox.watch(nursery)
            await self._fail(exc)
            return
        self._inbox.on_end = self._lose_client
        self._inbox.watch(nursery)
        if self._inbox.is_gone:
            raise ClientGone
        if isinstance(begun, Answer):
            await self._say(begun)
            return
        try:
            with self._following:
                await self._follow(begun)
        except (ClientGone, ClientStalled):
            raise
        except Exception as exc:  # the store's
            await self._fail(exc)

    async def _follow(self, following: Following) -> None:
        with trio.CancelScope(deadline=following.deadline):
            try:
                async with self._store.follow(following.stream_id, after=following.after) as follower:
                    self._reply.headers.extend(following.headers)
                    self._replies.add_stored(self._reply, ())
                    await self._reply.flush()
                    await self._send_frames(follower)
            except GenkitError as exc:
                if self._reply.has_head or exc.status is not Status.NOT_FOUND:
                    raise
                await self._say(NO_CONTENT)
            return
        raise DeadlineExceeded("the stream did not end within the deadline of this request; its run goes on")

    async def _send_frames(self, follower: StreamFollower) -> None:
        while not self._reply.is_complete:
            frames = await follower.receive()
            if frames[-1].is_end:
                self._inbox.finish()
            self._replies.add_stored(self._reply, frames)
            await self._reply.flush()

    async def _say(self, answer: Answer) -> None:
        self._inbox.finish()
        self._reply.start(answer.http, answer.headers)
        self._reply.add(answer.body, last=True)
        await self._reply.flush()

    async def _fail(self, error: BaseException) -> None:
        if self._inbox.is_gone:
            return
        self._inbox.finish()
        if not self._reply.is_complete:
            self._replies.end(self._reply, None, error)
        await self._reply.flush()

    def _lose_client(self, cause: Cause) -> None:
        if cause is not Cause.DRAIN:
            self._following.cancel()
