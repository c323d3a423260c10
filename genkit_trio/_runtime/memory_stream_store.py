"""Durable streams in the memory of one process: they outlive a connection, and not the process."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import trio

from .._wire import Failure, PublicError, Status, error_payload
from .stream_store import (
    ORPHANED,
    StreamFollower,
    StreamFrame,
    StreamWriter,
    stream_exists,
    stream_not_found,
    stream_taken,
)

if TYPE_CHECKING:
    from .runtime import Runtime

BATCH: Final = 64
"""Frames that a follower is given at once: a client that comes back late may have thousands to read."""
OVERHEAD: Final = 128
"""Bytes that a frame takes beside its payload, about."""


class MemoryStreamStore:
    """A `StreamStore` in memory, for one process, and one trio run at a time.

    What is over a bound is refused with ``RESOURCE_EXHAUSTED``; nothing is dropped before its time.

    Args:
      ttl: seconds that a stream is kept after its end.
      max_streams: how many streams are kept, running ones among them.
      max_bytes: how many bytes all of them may take.

    Raises:
      ValueError: if one of them is not positive.
    """

    def __init__(self, *, ttl: float = 300.0, max_streams: int = 1_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        for name, value in (("ttl", ttl), ("max_streams", max_streams), ("max_bytes", max_bytes)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}; it must be positive")
        self.ttl: Final = ttl
        self.max_streams: Final = max_streams
        self.max_bytes: Final = max_bytes
        self._streams: Final[dict[str, _Stream]] = {}
        self._ended: Final[dict[str, float]] = {}
        self.size = 0
        """Bytes that the streams take now, about."""

    async def __call__(  # noqa: ASYNC114  # started by the runtime alone
        self, runtime: "Runtime", /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Do nothing for as long as the runtime is open: memory needs no service."""
        task_status.started()
        await trio.sleep_forever()

    @asynccontextmanager
    async def open(
        self, stream_id: str, /, *, on_cancel: Callable[[], None], attempt: int = 0
    ) -> AsyncGenerator[StreamWriter, None]:
        """Begin a stream: `StreamStore.open`."""
        self._expire()
        await trio.lowlevel.checkpoint()
        stream = self._begin(stream_id, attempt)
        writer = stream.writer = _Writer(self._add, stream, on_cancel)
        if stream.is_cancelled:
            on_cancel()
        try:
            yield writer
        finally:
            if stream.writer is writer:
                stream.writer = None
                if not stream.has_ended and not stream.attempt:
                    self._add(stream, [_error(Status.UNAVAILABLE, ORPHANED)])

    @asynccontextmanager
    async def follow(self, stream_id: str, /, *, after: int = 0) -> AsyncGenerator[StreamFollower, None]:
        """Follow a stream: `StreamStore.follow`."""
        await trio.lowlevel.checkpoint()
        yield _Follower(self._find(stream_id), after)

    async def cancel(self, stream_id: str, /) -> None:
        """Ask a writer to stop: `StreamStore.cancel`."""
        await trio.lowlevel.checkpoint()
        stream = self._find(stream_id)
        if not stream.has_ended:
            stream.is_cancelled = True
            if stream.writer is not None:
                stream.writer.on_cancel()

    def _add(self, stream: "_Stream", frames: Sequence[StreamFrame]) -> None:
        self._expire()
        size = sum(len(frame.payload) + OVERHEAD for frame in frames)
        if self.size + size > self.max_bytes and frames[-1].kind != "error":
            message = f"the stream store holds {self.size} bytes and takes {self.max_bytes}; try again later"
            raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=1)
        self.size += size
        stream.size += size
        stream.frames.extend(frames)
        if stream.has_ended:
            self._ended[stream.stream_id] = trio.current_time() + self.ttl
        stream.wake()

    def _begin(self, stream_id: str, attempt: int) -> "_Stream":
        known = self._streams.get(stream_id)
        if known is not None:
            return _continued(known, attempt)
        if len(self._streams) >= self.max_streams:
            message = f"the stream store holds {self.max_streams} streams, and takes no more; try again later"
            raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=1)
        stream = self._streams[stream_id] = _Stream(stream_id, attempt)
        self.size += OVERHEAD
        return stream

    def _find(self, stream_id: str) -> "_Stream":
        self._expire()
        stream = self._streams.get(stream_id)
        if stream is None:
            raise stream_not_found(stream_id)
        return stream

    def _expire(self) -> None:
        now = trio.current_time()
        # Streams are put in here when they end, and all live as long: the first is the first to go.
        while self._ended and next(iter(self._ended.values())) <= now:
            stream_id = next(iter(self._ended))
            del self._ended[stream_id]
            self.size -= self._streams.pop(stream_id).size + OVERHEAD


class _Stream:
    """The frames of one stream, and who writes it."""

    def __init__(self, stream_id: str, attempt: int) -> None:
        self.stream_id: Final = stream_id
        self.attempt = attempt
        self.frames: Final[list[StreamFrame]] = []
        self.size = 0
        self.writer: _Writer | None = None
        self.is_cancelled = False
        self.changed = trio.Event()
        """Set at the next change."""

    @property
    def has_ended(self) -> bool:
        return bool(self.frames) and self.frames[-1].is_end

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()


def _continued(stream: _Stream, attempt: int) -> _Stream:
    if attempt == 0:
        raise stream_exists(stream.stream_id)
    if stream.has_ended or attempt <= stream.attempt:
        raise stream_taken(stream.stream_id)
    stream.attempt = attempt
    previous, stream.writer = stream.writer, None
    if previous is not None:
        previous.on_cancel()
    return stream


class _Writer:
    """The writer of one stream: a `StreamWriter`."""

    def __init__(
        self,
        add: Callable[[_Stream, Sequence[StreamFrame]], None],
        stream: _Stream,
        on_cancel: Callable[[], None],
    ) -> None:
        self._add_to: Final = add
        self._stream: Final = stream
        self.on_cancel: Final = on_cancel

    async def append(self, payloads: Sequence[bytes]) -> None:
        await trio.lowlevel.checkpoint()
        if payloads:
            self._add([StreamFrame("message", payload) for payload in payloads])

    async def end(self, frame: StreamFrame) -> None:
        await trio.lowlevel.checkpoint()
        self._add([frame])

    def _add(self, frames: Sequence[StreamFrame]) -> None:
        if self._stream.writer is not self or self._stream.has_ended:
            raise stream_taken(self._stream.stream_id)
        self._add_to(self._stream, frames)


class _Follower:
    """One who follows a stream: a `StreamFollower`."""

    def __init__(self, stream: _Stream, after: int) -> None:
        self._stream: Final = stream
        self._position = after

    async def receive(self) -> Sequence[StreamFrame]:
        await trio.lowlevel.checkpoint()
        stream = self._stream
        while True:
            changed = stream.changed
            if stream.has_ended:
                self._position = min(self._position, len(stream.frames) - 1)
            if frames := stream.frames[self._position : self._position + BATCH]:
                self._position += len(frames)
                return frames
            await changed.wait()


def _error(status: Status, message: str) -> StreamFrame:
    return StreamFrame("error", error_payload(Failure(status, message)))
