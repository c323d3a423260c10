"""One task that waits for what arrives on all sockets together, and calls back for each that has something to read.

A task that waits for its own socket costs trio a registration and a step for every arrival. Here a socket is registered
once, and the task that answers is the only one that has to wake. This needs ``epoll``; where there is none, each
connection has a task that waits.

A socket is reported again and again until it is read, so nothing is lost between two looks.
"""

import select
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, TypeAlias

import trio

BATCH: Final = 64
"""Sockets that are told of before other tasks get a turn."""

Callback: TypeAlias = Callable[[], None]


class Arrivals:
    """The sockets that are waited for. A callback must not raise an exception: it would be everybody's."""

    def __init__(self) -> None:
        assert sys.platform == "linux"
        self._epoll: Final = select.epoll()
        self._callbacks: Final[dict[int, Callback]] = {}

    @property
    def count(self) -> int:
        """How many sockets are waited for."""
        return len(self._callbacks)

    def add(self, fd: int, callback: Callback) -> None:
        """Call *callback* when something has arrived on *fd*, or its client has closed it."""
        self._epoll.register(fd, select.EPOLLIN)
        self._callbacks[fd] = callback

    def pause(self, fd: int) -> None:
        """Leave what arrives on *fd* with the kernel. Its callback is only called when the client has closed it."""
        self._epoll.modify(fd, select.EPOLLRDHUP)

    def resume(self, fd: int) -> None:
        """Call back again for what arrives on *fd*."""
        self._epoll.modify(fd, select.EPOLLIN)

    def remove(self, fd: int) -> None:
        """Forget *fd*, which is still open. Idempotent."""
        if self._callbacks.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def close(self) -> None:
        """Give up what the kernel keeps; nothing is in it any more."""
        self._epoll.close()

    async def run(self) -> None:
        """Call back, until cancelled."""
        while True:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
            for fd, _ in self._epoll.poll(0, BATCH):
                # One that was called before may have closed it.
                if (callback := self._callbacks.get(fd)) is not None:
                    callback()


@contextmanager
def open_arrivals() -> Generator[Arrivals | None, None, None]:
    """Give the place for the sockets of a worker to a block; `None` where there is no ``epoll``.

    The block is that of the connections, not of `Arrivals.run`: one that is cancelled takes its socket out later.
    """
    if sys.platform != "linux":
        yield None
        return
    arrivals = Arrivals()
    try:
        yield arrivals
    finally:
        arrivals.close()
