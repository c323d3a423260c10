"""Work queues: runs that are submitted in one process and executed in another, at least once.

A queue knows of a run what is to be done, and which attempt this is. What the run sends, and its end, are frames of
its durable stream, in the `StreamStore` that belongs to the queue; the end is there once, whoever wrote it.

An attempt owns the run until the next one begins. What an earlier attempt still does changes nothing: the queue takes
no word of it, and its stream has another writer.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import attrs

from .._wire import Codec, JsonValue, codec_of, dumps, loads
from .services import Service
from .stream_store import StreamStore


@attrs.frozen(kw_only=True)
class QueuedRun:
    """A run as it is kept in a queue: values that have JSON."""

    stream_id: str
    """The name of the run and of its stream."""
    action: str
    """The key of the action."""
    input: JsonValue
    """The input as a JSON value."""
    has_input: bool
    """Whether there is one; without it the action has its default."""
    context: dict[str, object]
    """Who is calling."""
    timeout: float | None
    """Seconds that an attempt may take."""
    attempts: int
    """How many attempts there may be before the run is parked."""
    idempotency_key: str
    """What was given when it was submitted, else the id of the stream."""
    traceparent: str | None
    """The span in which it was submitted."""

    def to_json(self) -> bytes:
        """Write the run."""
        return dumps(_codec.dump(self))

    @staticmethod
    def from_json(text: bytes) -> "QueuedRun":
        """Read a run.

        Raises:
          ValueError: if it is none.
        """
        return _codec.load(loads(text))


_codec: Final[Codec[QueuedRun]] = codec_of(QueuedRun)


@attrs.frozen
class TakenRun:
    """A run that a worker has taken."""

    run: QueuedRun
    attempt: int
    """Counted from 1."""
    place: str
    """Where the queue has it."""


class WorkQueue(Service, Protocol):
    """Where runs wait for workers. It is a `Service`, which the runtime starts.

    All methods raise `GenkitError` ``UNAVAILABLE`` when the queue cannot be reached.
    """

    @property
    def streams(self) -> StreamStore:
        """Where the chunks and the ends of its runs are kept."""
        ...

    async def put(self, run: QueuedRun, /) -> str:
        """Add *run*, and return the id of its stream; that of an earlier run with the same idempotency key, if any.

        Raises:
          GenkitError: ``RESOURCE_EXHAUSTED`` if the queue is full.
        """
        ...

    async def take(self) -> TakenRun:
        """Wait for a run, and begin an attempt at it: one that nobody has, or whose worker has died."""
        ...

    async def finish(self, taken: TakenRun, /) -> None:
        """Say that the end of the run is stored. Nothing if a later attempt has begun."""

    async def give_back(self, taken: TakenRun, /, *, delay: float) -> None:
        """Let another attempt begin, *delay* seconds from now. Nothing if it has begun already."""

    async def park(self, taken: TakenRun, /) -> None:
        """Put the run aside, where no worker takes it. Nothing if a later attempt has begun."""

    async def parked(self) -> Sequence[QueuedRun]:
        """Return the runs that are parked, oldest first."""
        ...

    async def forget_parked(self, stream_id: str, /) -> None:
        """Take a run off the list of those that are parked. Nothing if it is not there."""
