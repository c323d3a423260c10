"""ASGI's lifespan: the runtime of a served application, when nobody else has opened one."""

from contextlib import AbstractAsyncContextManager

from .._runtime import Runtime
from .messages import Receive, Send


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
        async with runtime:
            await send({"type": "lifespan.startup.complete"})
            await receive()
    await send({"type": "lifespan.shutdown.complete"})
