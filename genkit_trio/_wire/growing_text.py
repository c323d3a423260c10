"""Text that grows at its end, is looked at often, and is still copied only a limited number of times."""

from typing import Final

# Copying so much for each look costs less than the look.
EXACT: Final = 16 * 1024
# A longer text is copied when it has grown by one part in so many, so each character is copied about as often.
_PARTS: Final = 64


class GrowingText:
    """Pieces of text that are joined when somebody looks."""

    __slots__ = ("_added", "_joined", "_waiting")

    def __init__(self) -> None:
        self._joined = ""
        self._added: list[str] = []
        self._waiting = 0

    def add(self, piece: str) -> None:
        """Add *piece* at the end."""
        self._added.append(piece)
        self._waiting += len(piece)

    @property
    def shown(self) -> str:
        """The text, of which up to one part in 64 may be missing at the end when it is longer than 16,384 characters.

        All looks together take linear time, whatever the number of pieces.
        """
        length = len(self._joined) + self._waiting
        return self.whole if length <= EXACT or self._waiting * _PARTS >= length else self._joined

    @property
    def whole(self) -> str:
        """The text without anything missing."""
        if self._added:
            self._joined += "".join(self._added)
            self._added.clear()
            self._waiting = 0
        return self._joined
