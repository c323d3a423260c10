"""`open_portal`: a trio run in a thread of its own, as long as the block of blocking code that uses it."""

from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import trio
from anyio.from_thread import start_blocking_portal

from .._runtime import Runtime, cancel_roots
from .crossing import Crossing
from .portal import Portal

OpenRuntime = Callable[[], AbstractAsyncContextManager[Runtime]]


@contextmanager
def open_portal(opened: OpenRuntime) -> Generator[Portal, None, None]:
    """Start a trio run in a thread, with a runtime open, and give the way into it to the block.

    Args:
      opened: opens the runtime.
    """
    life = Life(opened)
    with start_blocking_portal("trio") as thread:
        ended, crossing = thread.start_task(life.live)
        try:
            yield Portal(crossing)
            crossing.post(life.leave)
            ended.result()
        except BaseException as exc:
            crossing.post(life.abort)
            failure = ended.exception()
            if failure is not None and failure is not exc and isinstance(exc, Exception):
                # The block has probably failed because the runtime had.
                raise failure from exc  # noqa: ASYNC104  # it is a thread that waits here
            raise


class Life:
    """The runtime of a portal, from its opening to its end."""

    def __init__(self, opened: OpenRuntime) -> None:
        self._opened: Final = opened
        self._left: Final = trio.Event()
        self._scope: Final = trio.CancelScope()

    async def live(self, *, task_status: trio.TaskStatus[Crossing]) -> None:  # noqa: ASYNC114  # started by the portal
        """Keep the runtime open until the block is left."""
        try:
            with self._scope:
                async with self._opened() as runtime:
                    task_status.started(Crossing(runtime.start_soon))
                    await self._left.wait()
        except BaseExceptionGroup as group:
            if not self._scope.cancelled_caught or len(group.exceptions) != 1:
                raise
            # The runtime had failed already: only Cancelled made a group of it, and was taken out again.
            error = group.exceptions[0]
        else:
            return
        raise error

    def leave(self) -> None:
        """Let the runtime drain."""
        self._left.set()

    def abort(self) -> None:
        """Cancel what runs, at once."""
        # First the runs, which so know the cause, then what is around them.
        cancel_roots()
        self._scope.cancel()
