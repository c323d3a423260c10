"""Durable streams on a Redis server: written in one process, followed and cancelled from others.

Rules:

1. Who writes a stream has a token in the stream's state; whoever else appends is refused.
2. Frame *n* has the id *n*-0, and an append says which *n* it begins with. So a repeated append stores nothing twice,
   and a hole is noticed.
3. The writer says three times per ``heartbeat`` that it is there. A follower that finds it has not, and no end, ends
   the stream with ``UNAVAILABLE``; should the writer be alive after all, it is told, and its run is cancelled.
4. Messages on channels only make things faster. Who follows looks for itself twice per ``heartbeat``, and who writes
   sees at its next heartbeat that it was cancelled.
"""

import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio

from ..._runtime import (
    ORPHANED,
    FrameKind,
    Runtime,
    StreamFollower,
    StreamFrame,
    StreamWriter,
    stream_exists,
    stream_lost,
    stream_not_found,
    stream_taken,
)
from ..._wire import Failure, GenkitError, Status, error_payload
from .client import RedisClient, check_url
from .scripts import APPEND, BEAT, CANCEL, OPEN, READ
from .sessions import Sessions

BATCH: Final = 64
"""Frames that a follower is given at once."""
_ORPHAN: Final = error_payload(Failure(Status.UNAVAILABLE, ORPHANED))
_CLOSED: Final = "the stream store is not open; call this inside 'async with open_runtime(ai)', after its use()"
_KINDS: Final[dict[bytes, FrameKind]] = {b"m": "message", b"r": "result", b"e": "error"}


@attrs.frozen(kw_only=True)
class _Settings:
    prefix: str
    heartbeat: float
    ttl: float
    queued_ttl: float

    @property
    def cancellations(self) -> str:
        """The channel on which streams are cancelled."""
        return f"{self.prefix}:cancel"

    @property
    def alive_ms(self) -> int:
        """Milliseconds after which a writer that is silent is dead."""
        return round(self.heartbeat * 1000)

    @property
    def keep_ms(self) -> int:
        """Milliseconds that a stream is kept which nobody touches."""
        return round((self.ttl + 2 * self.heartbeat) * 1000)

    def begun_ms(self, attempt: int) -> int:
        """Milliseconds that a stream is kept which has begun as that attempt, and of which nothing is heard."""
        return round(self.queued_ttl * 1000) if attempt else self.keep_ms

    @property
    def ttl_ms(self) -> int:
        """Milliseconds that a stream is kept after its end."""
        return round(self.ttl * 1000)


class RedisStreamStore:
    """A `StreamStore` on a Redis or Valkey server, for all processes that use the same server and prefix.

    It is a value: it connects when a runtime first needs it, and connects again after the connection was lost. It
    needs the extra ``redis``.

    Args:
      url: the server: ``redis://host:6379``, ``rediss://…`` with TLS, or ``unix:///path``.
      prefix: what all keys and channels begin with.
      heartbeat: seconds; a stream whose process was killed ends for its followers within twice as many. It is also
        how long a writer and a follower go on trying to reach a server that is away.
      ttl: seconds that a stream is kept after its end.
      queued_ttl: seconds that the stream of a run is kept which was submitted to a queue, and waits there.

    Raises:
      ImportError: if coredis is not installed.
      ValueError: if *url* is no such URL, or a number is not positive.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "genkit",
        heartbeat: float = 10.0,
        ttl: float = 300.0,
        queued_ttl: float = 86_400.0,
    ) -> None:
        for name, value in (("heartbeat", heartbeat), ("ttl", ttl), ("queued_ttl", queued_ttl)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}; it must be positive")
        self._url: Final = check_url(url, "RedisStreamStore")
        self._settings: Final = _Settings(
            prefix=f"{prefix}:stream", heartbeat=heartbeat, ttl=ttl, queued_ttl=queued_ttl
        )
        self._sessions: Final = Sessions("streams", self._url, heartbeat, self._open_session, _CLOSED)

    async def __call__(  # noqa: ASYNC114, ASYNC128  # started by the runtime alone; the sessions say when
        self, runtime: Runtime, /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Hold the connections for as long as the runtime is open."""
        await self._sessions.hold(task_status=task_status)

    @asynccontextmanager
    async def open(
        self, stream_id: str, /, *, on_cancel: Callable[[], None], attempt: int = 0
    ) -> AsyncGenerator[StreamWriter, None]:
        """Begin a stream: `StreamStore.open`."""
        session = self._sessions.current()
        writer = _Writer(session, _Stream(stream_id, self._settings), on_cancel)
        await writer.begin(attempt)
        if (other := session.writers.get(stream_id)) is not None:
            if other.attempt > attempt:
                # It has begun while the answer to this one was on its way.
                raise stream_taken(stream_id)
            other.cancel()
        session.writers[stream_id] = writer
        try:
            yield writer
        finally:
            if session.writers.get(stream_id) is writer:
                del session.writers[stream_id]

    @asynccontextmanager
    async def follow(self, stream_id: str, /, *, after: int = 0) -> AsyncGenerator[StreamFollower, None]:
        """Follow a stream: `StreamStore.follow`."""
        client = self._sessions.current().client
        follower = _Follower(client, _Stream(stream_id, self._settings), after)
        await follower.begin()
        client.listen_to(follower.channel, follower.hear)
        try:
            yield follower
        finally:
            client.leave(follower.channel, follower.hear)

    async def cancel(self, stream_id: str, /) -> None:
        """Ask a writer to stop: `StreamStore.cancel`."""
        stream = _Stream(stream_id, self._settings)
        answer = await self._sessions.current().client.run(
            CANCEL, stream.keys, (self._settings.cancellations, stream_id)
        )
        if answer == b"lost":
            raise stream_not_found(stream_id)

    def _open_session(self, client: RedisClient) -> "_Session":
        return _Session(client, self._settings)


class _Stream:
    """Where a stream is on the server."""

    def __init__(self, stream_id: str, settings: _Settings) -> None:
        self.stream_id: Final = stream_id
        self.settings: Final = settings
        # The braces keep the keys of a stream together where a server is a cluster.
        self.channel: Final = f"{settings.prefix}:{{{stream_id}}}"
        self.keys: Final = (f"{self.channel}:frames", f"{self.channel}:state", f"{self.channel}:alive")


class _Session:
    """The streams that one runtime writes."""

    def __init__(self, client: RedisClient, settings: _Settings) -> None:
        self.client: Final = client
        self.settings: Final = settings
        self.writers: Final[dict[str, _Writer]] = {}

    async def beat(self) -> None:
        """Say again and again that the writers are there, and tell them when they are cancelled."""
        self.client.listen_to(self.settings.cancellations, self._hear)
        while True:
            await trio.sleep(self.settings.heartbeat / 3)
            for writer in tuple(self.writers.values()):
                try:
                    await writer.beat()
                except GenkitError:
                    # The next beat finds out; a follower that is not reached by any ends the stream.
                    break

    def _hear(self, message: bytes) -> None:
        writer = self.writers.get(message.decode())
        if writer is not None:
            writer.cancel()


class _Writer:
    """The writer of one stream: a `StreamWriter`."""

    def __init__(self, session: _Session, stream: _Stream, on_cancel: Callable[[], None]) -> None:
        self._client: Final = session.client
        self._stream: Final = stream
        self._settings: Final = session.settings
        self._on_cancel: Final = on_cancel
        self._token: Final = secrets.token_hex(8)
        self.attempt = 0
        self._stored = 0
        self._is_cancelled = False
        self._has_ended = False

    async def begin(self, attempt: int) -> None:
        self.attempt = attempt
        args = (self._token, attempt, self._settings.alive_ms, self._settings.begun_ms(attempt))
        answer, *rest = await self._client.run(OPEN, self._stream.keys, args)
        if answer == b"exists":
            raise stream_exists(self._stream.stream_id)
        if answer == b"taken":
            raise stream_taken(self._stream.stream_id)
        self._stored, is_cancelled = rest
        if is_cancelled:
            self.cancel()

    async def append(self, payloads: Sequence[bytes]) -> None:
        if payloads:
            await self._store([item for payload in payloads for item in (b"m", payload)])
            self._stored += len(payloads)

    async def end(self, frame: StreamFrame) -> None:
        await self._store([frame.kind[0].encode(), frame.payload])
        self._has_ended = True

    async def beat(self) -> None:
        if self._has_ended:
            return
        answer = await self._client.run(
            BEAT, self._stream.keys, (self._token, self._settings.alive_ms, self._settings.keep_ms)
        )
        if answer in {b"cancel", b"taken"}:
            self.cancel()

    def cancel(self) -> None:
        if not self._is_cancelled:
            self._is_cancelled = True
            self._on_cancel()

    async def _store(self, frames: Sequence[bytes]) -> None:
        if self._has_ended:
            raise stream_taken(self._stream.stream_id)
        settings = self._settings
        place = (self._token, self._stored + 1, settings.keep_ms, settings.ttl_ms, self._stream.channel)
        answer = await self._client.run(APPEND, self._stream.keys, (*place, *frames), patience=settings.heartbeat)
        if answer == b"lost":
            raise stream_lost(self._stream.stream_id)
        if answer == b"taken":
            raise stream_taken(self._stream.stream_id)


class _Follower:
    """One who follows a stream: a `StreamFollower`."""

    def __init__(self, client: RedisClient, stream: _Stream, after: int) -> None:
        self._client: Final = client
        self._stream: Final = stream
        self._position = after
        self._first: list[StreamFrame] = []
        self._news = trio.Event()
        self.channel: Final = stream.channel

    async def begin(self) -> None:
        found = await self._read(patience=0.0)
        if found is None:
            raise stream_not_found(self._stream.stream_id)
        self._first = found

    def hear(self, message: bytes) -> None:
        self._news.set()

    async def receive(self) -> Sequence[StreamFrame]:
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._first:
            frames, self._first = self._first, []
            return frames
        settings = self._stream.settings
        while True:
            self._news = trio.Event()
            found = await self._read(patience=settings.heartbeat)
            if found is None:
                raise stream_lost(self._stream.stream_id)
            if found:
                return found
            with trio.move_on_after(settings.heartbeat / 2):
                await self._news.wait()

    async def _read(self, *, patience: float) -> list[StreamFrame] | None:
        settings = self._stream.settings
        args = (self._position, BATCH, settings.ttl_ms, self.channel, _ORPHAN)
        answer: list[Any] = await self._client.run(READ, self._stream.keys, args, patience=patience)
        if answer[0] == b"lost":
            return None
        frames = [_frame(kind, payload) for kind, payload in zip(answer[1::2], answer[2::2], strict=True)]
        self._position += len(frames)
        return frames


def _frame(kind: bytes, payload: bytes) -> StreamFrame:
    return StreamFrame(_KINDS[kind], payload)
