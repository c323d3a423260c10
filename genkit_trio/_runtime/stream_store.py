"""Durable streams: what a run sends is stored, so that a client that lost its connection can come back for the rest.

A stored stream is a row of frames: any number of messages, then one end, a result or an error. A frame's position is
its number in the row, from 1 on, so "I have seen 17" says where to go on. Who writes and who follows may be in
different processes; a store says how.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Literal, Protocol, TypeAlias

import attrs

from .._wire import GenkitError, PublicError, Status
from .services import Service

FrameKind: TypeAlias = Literal["message", "result", "error"]


@attrs.frozen
class StreamFrame:
    """One frame of a stored stream."""

    kind: FrameKind
    """A message is a chunk; a result or an error is the end."""
    payload: bytes
    """The chunk, the output, or the error with its status and message: JSON."""

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self.kind != "message"


class StreamWriter(Protocol):
    """The one who writes a stream, for the length of the block of `StreamStore.open`."""

    async def append(self, payloads: Sequence[bytes]) -> None:
        """Store chunks, each of them JSON, and return when they are stored.

        A call that was cancelled may be repeated with the same chunks: what it had stored is not stored twice.

        Raises:
          GenkitError: ``RESOURCE_EXHAUSTED`` if the store has no room; ``UNAVAILABLE`` if it cannot be reached;
            ``ABORTED`` if the stream has another writer, or was ended; ``DATA_LOSS`` if it is no longer there.
        """

    async def end(self, frame: StreamFrame) -> None:
        """Store the end; the same holds as for `append`. An error always has room."""


class StreamFollower(Protocol):
    """One who follows a stream, for the length of the block of `StreamStore.follow`."""

    async def receive(self) -> Sequence[StreamFrame]:
        """Return the next frames, in order, waiting while there is none; the end is the last of all.

        A call that is cancelled has taken nothing.

        Raises:
          GenkitError: ``UNAVAILABLE`` if the store cannot be reached; ``DATA_LOSS`` if the stream is no longer there.
        """
        ...


class StreamStore(Service, Protocol):
    """Where durable streams are kept. It is a `Service`, which the runtime starts when it is first needed."""

    def open(
        self, stream_id: str, /, *, on_cancel: Callable[[], None], attempt: int = 0
    ) -> AbstractAsyncContextManager[StreamWriter]:
        """Begin the stream *stream_id* and give its writer to the block.

        A writer that leaves its block, or whose process dies, before the end leaves an error for the followers:
        ``UNAVAILABLE``.

        Args:
          stream_id: a name that no other stream has.
          on_cancel: called when somebody cancels the stream, or it is no longer this writer's. It must not raise.
          attempt: 0 for a run that is started once. From 1 on, of a run that is started again when its process dies:
            the stream is begun, or the stream of an earlier attempt is continued, and the earlier writer is told; a
            writer that leaves before the end leaves it open.

        Raises:
          GenkitError: when the block is entered: ``ALREADY_EXISTS``; ``ABORTED``, if it has ended, or had this attempt
            already; ``RESOURCE_EXHAUSTED``; ``UNAVAILABLE``.
        """
        ...

    def follow(self, stream_id: str, /, *, after: int = 0) -> AbstractAsyncContextManager[StreamFollower]:
        """Follow the stream *stream_id* in the block.

        Args:
          stream_id: its name.
          after: how many messages are skipped. The end never is.

        Raises:
          GenkitError: when the block is entered: ``NOT_FOUND``; ``UNAVAILABLE``.
        """
        ...

    async def cancel(self, stream_id: str, /) -> None:
        """Ask the writer of the stream *stream_id* to stop, wherever it is. Idempotent; nothing if it has ended.

        Raises:
          GenkitError: ``NOT_FOUND``; ``UNAVAILABLE``.
        """


ORPHANED: Final = "the run stopped without an end: its process has died"
"""What followers are told whose writer has gone."""


def stream_not_found(stream_id: str) -> PublicError:
    """Return the error for a stream that is not in the store."""
    return PublicError(Status.NOT_FOUND, f"there is no stream {stream_id[:80]!r}; it may have expired")


def stream_exists(stream_id: str) -> PublicError:
    """Return the error for a name that is taken."""
    return PublicError(Status.ALREADY_EXISTS, f"there is a stream {stream_id[:80]!r} already; take another name")


def stream_taken(stream_id: str) -> GenkitError:
    """Return the error for a writer whose stream has another one, or an end."""
    return GenkitError(Status.ABORTED, f"the stream {stream_id[:80]!r} is no longer this writer's; stop writing")


def stream_lost(stream_id: str) -> PublicError:
    """Return the error for a stream that was there and is no longer."""
    return PublicError(Status.DATA_LOSS, f"the stream {stream_id[:80]!r} is no longer in its store")
