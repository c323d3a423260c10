"""Awaiting a function of the host, an asyncio program, in a task of its guest, the trio run.

Both loops share one thread, so what one of them does the other sees at once. The host's function gets a task of the
host: some of them ask which task is the current one.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Final, TypeVar

import trio

T = TypeVar("T")


class Host:
    """The host of this trio run, as one of its requests sees it.

    Args:
      context: the context variables of the host's task for the request.
    """

    def __init__(self, context: Context) -> None:
        self._loop: Final = asyncio.get_running_loop()
        self._context: Final = context

    async def run(self, fn: Callable[..., Coroutine[Any, Any, T]], *args: object) -> T:
        """Await ``fn(*args)`` in a task of the host, and return its value.

        Cancelled, it cancels the host's task and waits for its end. A value that comes all the same is returned.

        Raises:
          ConnectionAbortedError: if the host cancels the task, because it ends.
        """
        task = self._loop.create_task(fn(*args), context=self._context)
        ended = trio.Event()
        task.add_done_callback(lambda _: ended.set())
        try:
            await ended.wait()
        except trio.Cancelled:  # noqa: ASYNC103  # the task decides whether there is a value
            task.cancel()
            with trio.CancelScope(shield=True):
                await ended.wait()
            if task.cancelled():
                raise
        if task.cancelled():
            raise ConnectionAbortedError("the server of this application is ending")
        return task.result()
