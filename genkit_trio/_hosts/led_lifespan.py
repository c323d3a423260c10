"""Leading an application through ASGI's lifespan, as a server does; on trio."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import trio

from .._core import open_nursery
from .messages import App, Message, Scope

logger = logging.getLogger("genkit_trio")


@asynccontextmanager
async def led_lifespan(app: App, state: dict[str, Any] | None) -> AsyncGenerator[None, None]:
    """Have *app* started up for a block, and shut down after it.

    Args:
      app: the application; one that knows no lifespan is left alone.
      state: what it may put its state into, where the server offers that.

    Raises:
      RuntimeError: if the application says that it could not start.
    """
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    if state is not None:
        scope["state"] = state
    conversation = _Conversation()
    async with open_nursery() as nursery:
        nursery.start_soon(conversation.hold, app, scope)
        await conversation.answered.wait()
        if conversation.failure is not None:
            raise RuntimeError(conversation.failure or "the application could not start")
        yield
        conversation.stopping.set()


class _Conversation:
    """What a server says to an application before and after all requests, and what that answers."""

    def __init__(self) -> None:
        self.answered: Final = trio.Event()
        """Set when the application has started, or has not."""
        self.stopping: Final = trio.Event()
        self.failure: str | None = None
        self._has_asked = False

    async def hold(self, app: App, scope: Scope) -> None:
        """Talk to *app*, until it returns."""
        try:
            await app(scope, self._receive, self._send)
        except Exception as exc:
            if self.answered.is_set():
                raise
            # By ASGI's rules this is how an application says that it knows no lifespan.
            logger.info("the application has no lifespan", exc_info=exc)
        finally:
            self.answered.set()

    async def _receive(self) -> Message:
        if not self._has_asked:
            self._has_asked = True
            return {"type": "lifespan.startup"}
        await self.stopping.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self.failure = message.get("message", "")
        elif message["type"] == "lifespan.shutdown.failed":
            logger.error("the application could not shut down: %s", message.get("message", ""))
        self.answered.set()
