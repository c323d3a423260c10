"""The channel between a run and a consumer that is another thread."""

from typing import TypeVar

from .._core import ChunkChannel

ChunkT = TypeVar("ChunkT")


class ThreadChannel(ChunkChannel[ChunkT, ChunkT]):
    """A channel whose receiver is another thread.

    That thread takes from the left end of `items`, and does nothing else here. All the rest happens in trio's thread,
    where a count of the items may be too high, and so is never unsafe.
    """

    __slots__ = ()

    @property
    def wants_refill(self) -> bool:
        """Whether senders wait although half of the room is free. For the receiving thread."""
        return bool(self.senders) and len(self.items) * 2 <= self._capacity

    def refill(self) -> None:
        """Let waiting senders put in what there is room for."""
        while self.senders and len(self.items) < self._capacity:
            self.items.append(self._next_of_senders())

    async def wait_filled(self) -> None:
        """Wait until there is something to take, or nothing will follow."""
        while not self.items and not self.has_ended:
            if self.senders:
                # Where there is no room at all, this one is for the thread that waits.
                self.items.append(self._next_of_senders())
                self.refill()
            else:
                await self.wait_for_item()

    async def discard(self) -> None:
        """Take everything until the end, for nobody."""
        while not self.has_ended:
            await self.receive_all()
        self.take_all()
