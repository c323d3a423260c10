"""ASGI's lifespan: the runtime of a served application, when nobody else has opened one."""

import logging
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from .._runtime import Runtime
from .messages import Receive, Send

logger = logging.getLogger("genkit_trio")


async def lifespan(runtime: AbstractAsyncContextManager[Runtime] | None, receive: Receive, send: Send) -> None:
    """Answer the server's lifespan messages, with *runtime* open in between.

    Args:
      runtime: what is opened; `None` when the application's host has a runtime open.
      receive, send: ASGI's.
    """
    await receive()
    if runtime is None:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    else:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(runtime)
            except Exception as exc:
                # Without a word the server would serve all the same.
                logger.error("the runtime could not be opened", exc_info=exc)
                await send({"type": "lifespan.startup.failed", "message": "the runtime could not be opened"})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
    await send({"type": "lifespan.shutdown.complete"})
