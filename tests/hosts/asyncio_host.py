"""The host's side of an ASGI application, in memory: what a server on asyncio does."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from inspect import signature
from typing import Any

from genkit_trio.hosts import GuestApp, asyncio_app

JSON = [(b"content-type", b"application/json")]
STREAM = [*JSON, (b"accept", b"text/event-stream")]
PATIENCE = 10


def in_asyncio(main: Callable[..., Coroutine[Any, Any, object]]) -> Callable[..., None]:
    """Make a test of an async function that runs on asyncio."""

    def test(**fixtures):
        asyncio.run(asyncio.wait_for(main(**fixtures), PATIENCE))

    test.__name__, test.__doc__, test.__signature__ = main.__name__, main.__doc__, signature(main)
    return test


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until *condition* holds."""
    while not condition():  # noqa: ASYNC110  # what happens on trio sets no event of asyncio
        await asyncio.sleep(0)


@asynccontextmanager
async def hosting(app) -> AsyncGenerator[GuestApp, None]:
    """Open the lifespan of *app* for a block."""
    guest = asyncio_app(app)
    async with guest.lifespan():
        yield guest


class HostRequest:
    """One request, as a server on asyncio hands it over.

    Args:
      path: the path.
      data: the input.
      headers: those of the request.
      parts: the body as it arrives, in place of ``{"data": data}``.
      on_send: awaited in each ``send()``: where a slow client makes the server wait.
      tells_end: whether ``receive()`` reports a disconnect after the answer, as servers do.
    """

    def __init__(
        self,
        path: str,
        data: object = None,
        *,
        headers=JSON,
        parts: list[bytes] | None = None,
        on_send: Callable[[], Awaitable[object]] | None = None,
        tells_end: bool = True,
        kind: str = "http",
    ):
        self.scope = {"type": kind, "method": "POST", "path": path, "query_string": b"", "headers": headers}
        self.sent: list[dict[str, Any]] = []
        self.received = 0
        self.gone = asyncio.Event()
        self.ended = asyncio.Event()
        self._parts = [json.dumps({"data": data}).encode()] if parts is None else parts
        self._on_send = on_send
        self._tells_end = tells_end
        self._changed = asyncio.Event()

    @property
    def status(self) -> int:
        return next((message["status"] for message in self.sent if message["type"] == "http.response.start"), 0)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    async def wait_sent(self, text: bytes = b"") -> None:
        """Wait until the answer has begun, and has that text."""
        while not self.sent or text not in self.body:
            self._changed.clear()
            await self._changed.wait()

    async def receive(self) -> dict[str, Any]:
        if self.received < len(self._parts):
            part = self._parts[self.received]
            self.received += 1
            return {"type": "http.request", "body": part, "more_body": self.received < len(self._parts)}
        waits = [self.gone.wait(), *([self.ended.wait()] if self._tells_end else [])]
        tasks = [asyncio.ensure_future(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        return {"type": "http.disconnect"}

    async def send(self, message) -> None:
        self.sent.append(message)
        self._changed.set()
        if self._on_send is not None:
            await self._on_send()
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.ended.set()

    async def play(self, app) -> "HostRequest":
        await app(self.scope, self.receive, self.send)
        return self


async def never() -> None:
    """Be a client that does not read."""
    await asyncio.Event().wait()
