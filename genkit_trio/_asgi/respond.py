"""A request whose answer needs no run: a listing, a command."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import attrs

from .._core import open_nursery
from .inbox import ClientGone, Inbox
from .limits import RequestLimits
from .messages import Headers, Send
from .reply import ClientStalled, Reply


@attrs.frozen
class Answer:
    """A whole answer."""

    http: int
    body: bytes
    headers: Headers
    """Its headers, the content type among them."""


Answering: TypeAlias = Callable[[Inbox], Awaitable[Answer]]


async def respond(answering: Answering, inbox: Inbox, send: Send, limits: RequestLimits) -> None:
    """Answer one request with what *answering* returns; it raises nothing but `ClientGone`."""
    reply = Reply(send, limits.write_timeout)
    async with open_nursery() as nursery:
        with suppress(ClientGone, ClientStalled):
            answer = await answering(inbox)
            inbox.watch(nursery)
            inbox.finish()
            reply.start(answer.http, [(b"content-length", b"%d" % len(answer.body)), *answer.headers])
            reply.add(answer.body, last=True)
            await reply.flush()
        inbox.stop()
