"""The client of a Redis server: scripts that are repeated until they are done, and news from other processes.

coredis speaks to the server. This module gives it a lifetime, turns its errors into ours, and listens to channels on a
connection that it opens again when it breaks. A message that is published meanwhile is missed: listeners are told of
every new beginning, and look for themselves.
"""

import importlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

import trio

from ..._core import open_nursery
from ..._wire import GenkitError, Status
from .scripts import Script

if TYPE_CHECKING:
    import coredis
    from coredis.connection import BaseConnection

logger = logging.getLogger("genkit_trio")

Argument: TypeAlias = str | bytes | int
Listener: TypeAlias = Callable[[bytes], None]

TIMEOUT: Final = 5.0
"""Seconds in which a server must answer, where nobody says how many."""
PULSE: Final = 5.0
"""Seconds between two signs of life on the connection that listens."""
FIRST_WAIT: Final = 0.02
LONGEST_WAIT: Final = 0.5
"""Seconds between two attempts to reach a server."""

_PASSING: Final = ("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "NOREPLICAS", "UNKILLABLE")
"""Refusals of a server that is about to be well again."""


def check_url(url: str, what: str) -> str:
    """Return *url*, with which *what* reaches its server.

    Raises:
      ImportError: if coredis is not installed.
      ValueError: if it is no URL of a Redis server.
    """
    try:
        # Now rather than in the first request: it takes a good part of a second.
        importlib.import_module("coredis")
    except ImportError as exc:
        raise ImportError(f"{what} needs coredis; install it with: pip install 'genkit-trio[redis]'") from exc
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"{_place_of(url)!r} is no Redis server; write it like 'redis://host:6379' or 'unix:///path'")
    return url


@asynccontextmanager
async def open_client(url: str, answers_within: float = TIMEOUT) -> AsyncGenerator["RedisClient", None]:
    """Open a client for a block. The server is reached when it is first needed, and again whenever that is so.

    Args:
      url: the server.
      answers_within: seconds in which it must answer a command, or take a connection.
    """
    import coredis
    from coredis.retry import NoRetryPolicy

    from .pool import LastingPool

    pool = LastingPool.from_url(url, connect_timeout=answers_within, stream_timeout=answers_within)
    redis = coredis.Redis(connection_pool=pool, retry_policy=NoRetryPolicy(), verify_version=False)
    async with redis, open_nursery() as nursery:
        client = RedisClient(redis, _place_of(url))
        nursery.start_soon(client.listen)
        yield client
        nursery.cancel_scope.cancel()


class RedisClient:
    """A client of one Redis server, for any number of tasks. Their commands share a few connections."""

    def __init__(self, redis: "coredis.Redis[bytes]", place: str) -> None:
        self._redis: Final = redis
        self._place: Final = place
        self._listeners: Final[dict[bytes, list[Listener]]] = {}
        self._listening: BaseConnection | None = None

    async def run(
        self, script: Script, keys: Sequence[str], args: Sequence[Argument], *, patience: float = 0.0
    ) -> Any:  # Any: what a script returns
        """Run *script* and return its answer. A script may be run twice: the answer to the first may have been lost.

        Args:
          script: what is run.
          keys: its keys.
          args: its arguments.
          patience: seconds to go on trying while the server cannot be reached; it is tried twice in any case.

        Raises:
          GenkitError: ``UNAVAILABLE`` when the server cannot be reached; ``RESOURCE_EXHAUSTED`` when it has no memory;
            ``INTERNAL`` when it refuses the command.
        """
        give_up = trio.current_time() + patience
        wait = FIRST_WAIT
        while True:
            try:
                return await self._run_once(script, keys, args)
            except GenkitError as exc:
                if exc.status is not Status.UNAVAILABLE or (wait > FIRST_WAIT and trio.current_time() >= give_up):
                    raise
            await trio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def listen_to(self, channel: str, listener: Listener) -> None:
        """Call *listener* with every message on *channel*, and with ``b""`` whenever some may have been missed."""
        listeners = self._listeners.setdefault(channel.encode(), [])
        if not listeners:
            self._send(b"SUBSCRIBE", channel.encode())
        listeners.append(listener)

    def leave(self, channel: str, listener: Listener) -> None:
        """Call *listener* no more."""
        listeners = self._listeners[channel.encode()]
        listeners.remove(listener)
        if not listeners:
            del self._listeners[channel.encode()]
            self._send(b"UNSUBSCRIBE", channel.encode())

    async def listen(self) -> None:
        """Receive messages for the listeners until cancelled."""
        wait = FIRST_WAIT
        while True:
            try:
                async with self._redis.connection_pool.acquire() as connection:
                    wait = FIRST_WAIT
                    try:
                        await self._listen_on(connection)
                    finally:
                        self._listening = None
                        # It is subscribed to channels, so nobody else can use it.
                        connection.invalidate()
            except* Exception as lost:
                # A group may hold the runtime's own cancellation too, which goes on from here.
                logger.info("the connection that listens to %s was lost: %s", self._place, lost.exceptions[0])
            await trio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _run_once(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        from coredis.exceptions import NoScriptError

        try:
            try:
                return await self._redis.evalsha(script.sha, keys, args)
            except NoScriptError:
                # The server has not seen it yet, or not since it was started; from now on it knows it.
                return await self._redis.eval(script.source, keys, args)
        except TimeoutError as exc:
            # A connection on which nothing comes back is not used again.
            self._redis.connection_pool.disconnect()
            raise self._error_of(exc) from exc
        except Exception as exc:
            raise self._error_of(exc) from exc

    def _error_of(self, exc: Exception) -> GenkitError:
        from coredis.exceptions import ResponseError

        text = str(exc)
        if not isinstance(exc, ResponseError) or text.startswith(_PASSING):
            return GenkitError(
                Status.UNAVAILABLE, f"the Redis server {self._place} cannot be reached: {text}", retry_after=1
            )
        if text.startswith(("OOM", "-OOM")) or "command not allowed when used memory" in text:
            return GenkitError(Status.RESOURCE_EXHAUSTED, f"the Redis server {self._place} is full: {text}")
        return GenkitError(Status.INTERNAL, f"the Redis server {self._place} refused a command: {text}")

    async def _listen_on(self, connection: "BaseConnection") -> None:
        async with open_nursery() as nursery:
            nursery.start_soon(_keep_alive, connection)
            self._listening = connection
            if self._listeners:
                self._send(b"SUBSCRIBE", *self._listeners)
            async for message in connection.push_messages:
                self._tell(message)

    def _tell(self, message: list[Any]) -> None:
        kind, channel, payload = message
        if kind == b"unsubscribe":
            return
        # What was published before the subscription was in force has been missed.
        text = payload if kind == b"message" else b""
        for listener in tuple(self._listeners.get(channel, ())):
            listener(text)

    def _send(self, command: bytes, *channels: bytes) -> None:
        # Without a connection nothing is sent: the next one begins with every channel that there is.
        if self._listening is not None and self._listening.usable:
            self._listening.send_command(command, *channels)


async def _keep_alive(connection: "BaseConnection") -> None:
    """Ask for a sign of life now and then: a connection can be dead without a word."""
    while True:
        await trio.sleep(PULSE)
        await connection.create_request(b"PING")


def _place_of(url: str) -> str:
    """Return where the server is, without the password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
