"""The memory channel between a run and the consumer of its chunks: bounded, in order, taken one by one or all at once.

One memory-channel hop of trio's own costs a scheduler pass per value, and a stream of tokens would pay it for each.
Here a chunk goes into a bounded deque, and tasks are woken only where one of them waits.

Rules:

1. *sent − received* never exceeds ``capacity``, plus the one value that each waiting sender holds.
2. A send or a receive that is cancelled has had no effect.
3. What was sent before the end is received before the end.
4. After `leave`, a sender is told nothing: its scope is cancelled by the same hand, and inside a shield of its own it
   discards (contract C15).
"""

from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import trio

from .._wire import ABSENT, Absent

ChunkT = TypeVar("ChunkT")
ItemT = TypeVar("ItemT")


class ChunkChannel(Generic[ChunkT, ItemT]):
    """A bounded channel with any number of senders and one receiver.

    Args:
      capacity: how many chunks may wait; 0 hands each chunk to the receiver itself.
      encode: makes of each chunk what is received; `None` leaves it as it is. The sender does it, so a chunk that does
        not fit fails where it was made.
    """

    __slots__ = ("_capacity", "_ended", "_left", "_receiver", "encode", "items", "room", "senders")

    def __init__(self, capacity: int, encode: Callable[[ChunkT], ItemT] | None = None) -> None:
        self._capacity: Final = capacity
        self.encode: Final = encode
        """Makes of a chunk the item that is put in; `None` where it is put in as it is."""
        self.items: Final[deque[ItemT]] = deque()
        """What waits to be received."""
        self.room = 0
        """How many items a sender may put in by itself before it asks again."""
        self.senders: Final[dict[trio.lowlevel.Task, ItemT]] = {}
        """The senders that wait for room, each with its item."""
        self._receiver: trio.lowlevel.Task | None = None
        self._ended = False
        self._left = False

    @property
    def has_ended(self) -> bool:
        """Whether `end` was called."""
        return self._ended

    @property
    def is_left(self) -> bool:
        """Whether the receiver has gone for good."""
        return self._left

    def put_nowait(self, item: ItemT) -> bool:
        """Put *item* in and return true; false if there is no room. After `leave` or `end` it is discarded."""
        if self._receiver is not None:
            self.items.append(item)
            self.wake()
            return True
        if self._left or self._ended:
            return True
        if len(self.items) < self._capacity:
            self.items.append(item)
            return True
        return False

    def make_room(self, limit: int) -> None:
        """Let items be put in without asking, until *limit* wait: while the channel is open and no receiver waits."""
        is_open = self._receiver is None and not self._left and not self._ended
        self.room = max(0, limit - len(self.items)) if is_open else 0

    async def put(self, item: ItemT) -> None:
        """Wait for room and put *item* in. For when `put_nowait` said no; cancelled, it has put nothing in."""
        task = trio.lowlevel.current_task()
        self.senders[task] = item

        def abort(_: object) -> trio.lowlevel.Abort:
            del self.senders[task]
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def take_nowait(self) -> ItemT | Absent:
        """Return the next item, `ABSENT` if none is there."""
        if not self.items:
            return self._next_of_senders() if self.senders else ABSENT
        item = self.items.popleft()
        if self.senders and len(self.items) < self._capacity:
            self.items.append(self._next_of_senders())
        return item

    async def wait_for_item(self) -> None:
        """Wait until an item is there, or `wake` is called. For when there is none.

        Raises:
          trio.BusyResourceError: if another task is waiting.
        """
        if self._receiver is not None:
            raise trio.BusyResourceError("another task is receiving from this stream; give each stream one consumer")
        self._receiver = trio.lowlevel.current_task()
        self.room = 0

        def abort(_: object) -> trio.lowlevel.Abort:
            self._receiver = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    async def receive_all(self) -> list[ItemT]:
        """Return every item that is there, waiting for one; an empty list at the end, and when `wake` was called.

        A cancel point always; a schedule point when nothing is there.

        Raises:
          trio.BusyResourceError: if another task is receiving.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self.items and not self.senders and not self._ended:
            await self.wait_for_item()
        return self.take_all()

    def take_all(self) -> list[ItemT]:
        """Return every item that is there now."""
        taken = [*self.items, *self.senders.values()]
        self.items.clear()
        self._release_senders()
        return taken

    def end(self) -> None:
        """Say that nothing will follow. Idempotent."""
        self._ended = True
        self.room = 0
        self.wake()

    def leave(self) -> None:
        """Say that nobody will receive any more: what waits is discarded, senders go on. Idempotent."""
        self._left = True
        self.room = 0
        self.items.clear()
        self._release_senders()

    def wake(self) -> None:
        """Let a waiting receiver look again."""
        if self._receiver is not None:
            trio.lowlevel.reschedule(self._receiver)
            self._receiver = None

    def _next_of_senders(self) -> ItemT:
        task = next(iter(self.senders))
        trio.lowlevel.reschedule(task)
        return self.senders.pop(task)

    def _release_senders(self) -> None:
        for task in self.senders:
            trio.lowlevel.reschedule(task)
        self.senders.clear()
