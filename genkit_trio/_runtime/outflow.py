"""The memory channel of a run whose receiver is no task: it is called, and takes what is there."""

from collections.abc import Callable
from typing import TypeVar

from .._core import ChunkChannel

ChunkT = TypeVar("ChunkT")
ItemT = TypeVar("ItemT")


class Outflow(ChunkChannel[ChunkT, ItemT]):
    """A `ChunkChannel` that calls back.

    Args:
      capacity: how many items may wait.
      encode: makes of each chunk what is received.
    """

    __slots__ = ("is_due", "on_first", "on_full")

    def __init__(self, capacity: int, encode: Callable[[ChunkT], ItemT]) -> None:
        super().__init__(capacity, encode)
        self.on_first: Callable[[], None] | None = None
        """Called when an item waits where none did, or is about to wait because there is no room at all."""
        self.on_full: Callable[[], None] | None = None
        """Called when there is no room for another item: it may make some."""
        self.is_due = False
        """Whether the receiver takes what is there before long, so that nothing needs to be announced to it."""

    def put_nowait(self, item: ItemT) -> bool:
        """Put *item* in and return true; false if there is no room."""
        if self.on_first is None or self.on_full is None:
            return super().put_nowait(item)
        is_first = not self.items
        if not super().put_nowait(item):
            self.on_full()
            is_first = not self.items
            if not super().put_nowait(item):
                self.on_first()
                return False
        if is_first and self.items:
            self.on_first()
        return True

    def make_room(self, limit: int) -> None:
        """Let items be put in without asking, until *limit* wait; while there is one, which was announced."""
        if len(self.items) >= limit and self.on_full is not None:
            self.on_full()
        super().make_room(limit)
        if not self.items and self.on_first is not None and not self.is_due:
            # It was taken at once, so the next one has to be announced too.
            self.room = 0

    def take_all(self) -> list[ItemT]:
        """Return every item that is there now."""
        # The next item has to be announced, so it must not be put in without asking.
        self.room = 0
        return super().take_all()
