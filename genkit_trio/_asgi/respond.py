"""A request whose answer needs no run: a listing, a command."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import attrs

from .._core import open_nursery
from .inbox import ClientGone, Inbox
from .messages import Headers
from .reply import ClientStalled, Reply


@attrs.frozen
class Answer:
    """A whole answer."""

    http: int
    body: bytes
    headers: Headers
    """Its headers, the content type among them."""


Answering: TypeAlias = Callable[[Inbox], Awaitable[Answer]]


async def respond(answering: Answering, inbox: Inbox, reply: Reply) -> None:
    """Answer one request with what *answering* returns; it raises nothing but `ClientGone`."""
    if reply.direct is not None:
        with suppress(ClientGone):
            _decide(reply, await answering(inbox))
            reply.flush_directly(reply.direct)
        return
    async with open_nursery() as nursery:
        with suppress(ClientGone, ClientStalled):
            answer = await answering(inbox)
            inbox.watch(nursery)
            inbox.finish()
            _decide(reply, answer)
            await reply.flush()
        inbox.stop()


def _decide(reply: Reply, answer: Answer) -> None:
    reply.start(answer.http, [(b"content-length", b"%d" % len(answer.body)), *answer.headers])
    reply.add(answer.body, last=True)
