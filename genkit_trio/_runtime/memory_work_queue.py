"""A work queue in the memory of one process: for tests, and for programs of one process."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import attrs
import trio

from .._wire import PublicError, Status
from .memory_stream_store import MemoryStreamStore
from .stream_store import StreamStore
from .work_queue import QueuedRun, TakenRun

if TYPE_CHECKING:
    from .runtime import Runtime


@attrs.define
class _Entry:
    run: QueuedRun
    since: float
    """From when on it may be taken, of trio's clock."""
    attempt: int = 0


class MemoryWorkQueue:
    """A `WorkQueue` in memory, for one process, and one trio run at a time.

    Args:
      streams: where chunks and ends are kept; by default a `MemoryStreamStore`.
      max_runs: how many runs wait or are being executed; more are refused with ``RESOURCE_EXHAUSTED``.
      remember: seconds for which an idempotency key is known.

    Raises:
      ValueError: if a number is not positive.
    """

    def __init__(
        self, *, streams: StreamStore | None = None, max_runs: int = 1_000, remember: float = 86_400.0
    ) -> None:
        for name, value in (("max_runs", max_runs), ("remember", remember)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}; it must be positive")
        self._streams: Final[StreamStore] = MemoryStreamStore() if streams is None else streams
        self._max_runs: Final = max_runs
        self._remember: Final = remember
        self._waiting: Final[dict[str, _Entry]] = {}
        self._taken: Final[dict[str, _Entry]] = {}
        self._parked: Final[dict[str, QueuedRun]] = {}
        self._keys: Final[dict[str, tuple[str, float]]] = {}
        self._changed = trio.Event()

    @property
    def streams(self) -> StreamStore:
        """Where the chunks and the ends of its runs are kept."""
        return self._streams

    async def __call__(  # noqa: ASYNC114  # started by the runtime alone
        self, runtime: "Runtime", /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Do nothing for as long as the runtime is open: memory needs no service."""
        task_status.started()
        await trio.sleep_forever()

    async def put(self, run: QueuedRun, /) -> str:
        """Add a run: `WorkQueue.put`."""
        await trio.lowlevel.checkpoint()
        self._forget_keys()
        known, _ = self._keys.get(run.idempotency_key, (None, 0.0))
        if known is not None:
            return known
        if len(self._waiting) + len(self._taken) >= self._max_runs:
            message = f"the queue holds {self._max_runs} runs, and takes no more; try again later"
            raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=1)
        self._keys[run.idempotency_key] = run.stream_id, trio.current_time() + self._remember
        self._wait(_Entry(run, trio.current_time()))
        return run.stream_id

    async def take(self) -> TakenRun:
        """Wait for a run: `WorkQueue.take`."""
        await trio.lowlevel.checkpoint()
        while True:
            changed = self._changed
            first = min(self._waiting.values(), key=lambda entry: entry.since, default=None)
            if first is not None and first.since <= trio.current_time():
                return self._take(first)
            with trio.CancelScope(deadline=math.inf if first is None else first.since):
                await changed.wait()

    async def finish(self, taken: TakenRun, /) -> None:
        """Say that a run has ended: `WorkQueue.finish`."""
        await trio.lowlevel.checkpoint()
        self._release(taken)

    async def give_back(self, taken: TakenRun, /, *, delay: float) -> None:
        """Let another attempt begin: `WorkQueue.give_back`."""
        await trio.lowlevel.checkpoint()
        entry = self._release(taken)
        if entry is not None:
            entry.since = trio.current_time() + delay
            self._wait(entry)

    async def park(self, taken: TakenRun, /) -> None:
        """Put a run aside: `WorkQueue.park`."""
        await trio.lowlevel.checkpoint()
        if self._release(taken) is not None:
            self._parked[taken.run.stream_id] = taken.run

    async def parked(self) -> Sequence[QueuedRun]:
        """Return the runs that are parked: `WorkQueue.parked`."""
        await trio.lowlevel.checkpoint()
        return tuple(self._parked.values())

    async def forget_parked(self, stream_id: str, /) -> None:
        """Take a run off the list: `WorkQueue.forget_parked`."""
        await trio.lowlevel.checkpoint()
        self._parked.pop(stream_id, None)

    def _wait(self, entry: _Entry) -> None:
        self._waiting[entry.run.stream_id] = entry
        self._changed.set()
        self._changed = trio.Event()

    def _take(self, entry: _Entry) -> TakenRun:
        stream_id = entry.run.stream_id
        self._taken[stream_id] = self._waiting.pop(stream_id)
        entry.attempt += 1
        return TakenRun(entry.run, entry.attempt, stream_id)

    def _release(self, taken: TakenRun) -> _Entry | None:
        entry = self._taken.get(taken.place)
        if entry is None or entry.attempt != taken.attempt:
            return None
        return self._taken.pop(taken.place)

    def _forget_keys(self) -> None:
        now = trio.current_time()
        # All are known for as long: the first is the first to go.
        while self._keys and next(iter(self._keys.values()))[1] <= now:
            del self._keys[next(iter(self._keys))]
