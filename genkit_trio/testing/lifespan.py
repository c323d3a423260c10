"""The server's side of an ASGI lifespan, in memory: what is open while an application serves."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import trio

from .._core import open_nursery
from .app_request import AsgiApp, AsgiMessage


class _Lifespan:
    def __init__(self) -> None:
        self.answers: Final[list[AsgiMessage]] = []
        self.answered = trio.Event()
        self.stop: Final = trio.Event()
        self._is_begun = False

    async def receive(self) -> Mapping[str, Any]:
        if not self._is_begun:
            self._is_begun = True
            await trio.lowlevel.checkpoint()
            return {"type": "lifespan.startup"}
        await self.stop.wait()
        return {"type": "lifespan.shutdown"}

    async def send(self, message: AsgiMessage) -> None:
        await trio.lowlevel.checkpoint()
        self.answers.append(message)
        self.answered.set()

    async def run(self, app: AsgiApp) -> None:
        try:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, self.receive, self.send)
        finally:
            self.answered.set()


@asynccontextmanager
async def open_lifespan(app: AsgiApp) -> AsyncGenerator[None, None]:
    """Start *app* up as its server would, and shut it down when the block ends.

    For applications whose requests need what their lifespan opens: a runtime, a pool. The block begins when the
    application says that it has started; shutting down, it is waited for, also when the block raises.

    Raises:
      RuntimeError: if the application does not start up.
    """
    lifespan = _Lifespan()
    async with open_nursery() as nursery:
        nursery.start_soon(lifespan.run, app, name="lifespan")
        await lifespan.answered.wait()
        answer = lifespan.answers[0] if lifespan.answers else {"type": "no answer"}
        if answer["type"] != "lifespan.startup.complete":
            raise RuntimeError(f"the application did not start up: {answer.get('message', answer['type'])}")
        try:
            yield
        finally:
            lifespan.stop.set()
