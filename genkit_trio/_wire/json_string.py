"""A string of JSON that arrives in pieces."""

import re
from typing import Final, Literal

from .growing_text import GrowingText

# JSON5's quotes and escapes; line ends are accepted as they are, for models write them.
_RUNS: Final = {quote: re.compile(rf"(?:[^{quote}\\]++|\\(?:[^u]|u[0-9a-fA-F]{{4}}))*+", re.DOTALL) for quote in "\"'"}
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BEGUN_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": ""}
_SURROGATES: Final = re.compile("([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]")


class JsonString:
    """A string of JSON that is being read.

    Attributes:
      text: what it says so far.
      rest: the beginning of an escape, which is to be put before the next piece.
      state: whether it goes on, has ended, or holds what a string cannot.
    """

    __slots__ = ("_high", "_run", "rest", "state", "text")

    def __init__(self, quote: str) -> None:
        self._run = _RUNS[quote]
        self._high = ""  # half of a character, whose other half may be the next escape
        self.text = GrowingText()
        self.rest = ""
        self.state: Literal["open", "closed", "broken"] = "open"

    def read(self, piece: str, position: int) -> int:
        """Read from *position* on, and return where to go on."""
        self.rest = ""
        found = self._run.match(piece, position)
        end = found.end() if found else position
        if end > position:
            self._add(piece[position:end])
        if end == len(piece):
            return end
        if piece[end] != "\\":
            self._add_half()
            self.state = "closed"
            return end + 1
        if _BEGUN_ESCAPE.fullmatch(piece, end):
            self.rest = piece[end:]
            return len(piece)
        self.state = "broken"
        return end

    def _add(self, run: str) -> None:
        if "\\" in run or self._high:
            run = self._high + _ESCAPE.sub(_character, run)
            self._high = run[-1] if "\ud800" <= run[-1:] <= "\udbff" else ""
            run = without_surrogates(run[:-1] if self._high else run)
        self.text.add(run)

    def _add_half(self) -> None:
        if self._high:
            self.text.add("\ufffd")


def without_surrogates(text: str) -> str:
    """Give the text with pairs of surrogates as the characters they stand for, and lone ones as U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub(_whole_character, text)


def _character(escape: re.Match[str]) -> str:
    code, letter = escape.groups()
    return chr(int(code, 16)) if code else _ESCAPED.get(letter, letter)


def _whole_character(found: re.Match[str]) -> str:
    high, low = found.groups()
    return chr(0x10000 + ((ord(high) & 0x3FF) << 10) + (ord(low) & 0x3FF)) if low else "\ufffd"
