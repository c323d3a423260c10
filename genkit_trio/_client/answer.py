"""Answers of other servers: asked for, read, and left.

The HTTP library reads a body with generators inside of generators, and what is left half way is closed by nobody but
the garbage collector. So a body is never left half way: it is read to its end, or the reading is cancelled where it
waits, which unwinds all of them and closes the connection.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import attrs
import trio

from .._wire import GenkitError, InvalidAnswer, Status
from .connections import connected
from .opening import Opening

if TYPE_CHECKING:
    import httpx2

LINGER: Final = 0.2
"""Seconds that a server which has told the end gets to finish its answer, so that the connection can be kept."""

Take = Callable[[bytes], Awaitable[bool]]


@attrs.frozen
class Question:
    """A request."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@asynccontextmanager
async def answered(given: "httpx2.AsyncClient | None", question: Question) -> AsyncGenerator["httpx2.Response", None]:
    """Ask, through the client that was *given* if any, and give the answer, whose body is still to be read.

    Raises:
      GenkitError: ``UNAVAILABLE``, if there is no answer or it breaks off.
      InvalidAnswer: if it is compressed: nobody asked for that, and a small one could become a large one.
    """
    import httpx2

    async with connected(given) as client:
        own = client.timeout
        timeout = httpx2.Timeout(connect=own.connect, read=None, write=own.write, pool=own.pool)
        request = client.build_request(
            "POST",
            question.url,
            content=question.body,
            headers=dict(question.headers),
            timeout=timeout,
            extensions={"trace": Opening()},
        )
        try:
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                coding = response.headers.get("content-encoding", "identity")
                if coding != "identity":
                    raise InvalidAnswer(f"the answer is encoded as {coding[:20]!a}; it was asked for as it is")
                yield response
            finally:
                # Nothing waits in it: a body that was read has closed it, and one that was not closes the connection.
                with trio.CancelScope(shield=True):
                    await response.aclose()
        except httpx2.TransportError as exc:
            reason = str(exc) or type(exc).__name__
            raise GenkitError(Status.UNAVAILABLE, f"{question.url} could not be asked: {reason}") from exc


async def read(response: "httpx2.Response", take: Take) -> None:
    """Await ``take(piece)`` for each piece of the body, until that has seen the end or the body has ended.

    Args:
      response: what is read.
      take: takes a piece, and returns whether it needs no further one.
    """
    import httpx2

    failure: BaseException | None = None
    is_enough = False
    with trio.CancelScope() as scope:
        try:
            async for piece in response.aiter_bytes():
                if is_enough or failure is not None:
                    continue
                try:
                    is_enough = await take(piece)
                except BaseException as exc:  # noqa: ASYNC103  # raised below, when nothing is half run any more
                    failure = exc
                    scope.cancel()
                if is_enough:
                    # What was told must not be lost by a cancellation that comes now.
                    scope.shield = True
                    scope.deadline = trio.current_time() + LINGER
        except httpx2.HTTPError:
            if failure is None and not is_enough:
                raise
    try:
        if failure is not None:
            raise failure
    finally:
        del failure


async def read_whole(response: "httpx2.Response", max_size: int) -> bytes:
    """Return the body.

    Raises:
      InvalidAnswer: if it is larger than *max_size* bytes.
    """
    parts: list[bytes] = []
    size = 0

    async def take(piece: bytes) -> bool:  # noqa: ASYNC124  # read() awaits it
        nonlocal size
        size += len(piece)
        if size > max_size:
            raise InvalidAnswer(f"the answer is larger than {max_size} bytes")
        parts.append(piece)
        return False

    await read(response, take)
    return b"".join(parts)
