"""What a store or a queue has open for each runtime that uses it.

The store or queue is a value that may outlive many runtimes, in any number of trio runs. What connects belongs to one
runtime, which holds it as a service.
"""

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

import trio

from .client import TIMEOUT, RedisClient, open_client


class Session(Protocol):
    """What is open for one runtime."""

    async def beat(self) -> None:
        """Say again and again that it is there, until it is cancelled."""


SessionT = TypeVar("SessionT", bound=Session)


class Sessions(Generic[SessionT]):
    """The sessions that are open in the trio run of the caller.

    Args:
      name: what they are told apart by.
      url: the server.
      answers_within: seconds in which the server must answer, if that is less than usual.
      open_session: makes a session of a client.
      closed: what is said where none is open.
    """

    def __init__(
        self,
        name: str,
        url: str,
        answers_within: float,
        open_session: Callable[[RedisClient], SessionT],
        closed: str,
    ) -> None:
        self._url: Final = url
        self._answers_within: Final = min(TIMEOUT, answers_within)
        self._open_session: Final = open_session
        self._closed: Final = closed
        self._open: Final = trio.lowlevel.RunVar[tuple[SessionT, ...]](f"genkit_trio.redis.{name}", default=())

    async def hold(self, *, task_status: trio.TaskStatus[None]) -> None:  # noqa: ASYNC114  # started by the runtime
        """Hold a session until cancelled."""
        async with open_client(self._url, self._answers_within) as client:
            session = self._open_session(client)
            self._open.set((*self._open.get(), session))
            try:
                task_status.started()
                await session.beat()
            finally:
                self._open.set(tuple(other for other in self._open.get() if other is not session))

    def current(self) -> SessionT:
        """Return the session that has been open for the longest time.

        Raises:
          RuntimeError: if none is open.
        """
        sessions = self._open.get()
        if not sessions:
            raise RuntimeError(self._closed)
        return sessions[0]
