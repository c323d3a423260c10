"""JSON that arrives in pieces: one value that grows, in linear time however often it is looked at.

1. The value is the first object or array in the text; what stands before and after it does not count.
2. It is there as soon as it begins, and stays the same object until it is complete. Strings grow; of a number, the
   first digits are there; a literal or a key is there when it is complete.
3. What JSON5 adds and models write is accepted: single quotes, bare keys, commas before a closing bracket, comments.
4. No character is looked at again, except for the few that a piece ends within.
5. A bracket that turns out to be prose before anything in it has been read is forgotten; any other fault ends it.
"""

import re
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from .absent import ABSENT, Absent
from .json_string import JsonString, without_surrogates
from .jsontext import MAX_DEPTH, InvalidJson, JsonValue, loads

Roots: TypeAlias = Literal["[{", "[", "{", ""]
"""The brackets with which a value may begin."""

_Step: TypeAlias = Callable[["JsonPush", str, int], int]
"""Reads from a position on, and returns where to go on."""

_BEGINNINGS: Final[dict[Roots, re.Pattern[str]]] = {
    "[{": re.compile(r"[\[{]"),
    "[": re.compile(r"\["),
    "{": re.compile(r"\{"),
    "": re.compile(r"(?!)"),
}
_SOLID: Final = re.compile(r"\S")
_WORD: Final = re.compile(r"""[^\s"'{}\[\],:/\\]+""")
_BARE_KEY: Final = re.compile(r"[\w$-]+")
# A string without escapes that is whole within its piece, as most are.
_PLAIN: Final = {quote: re.compile(rf"[^{quote}\\]*{quote}") for quote in "\"'"}
_CLOSING: Final[dict[type, str]] = {list: "]", dict: "}"}
# What is shown of a word that goes on: never an exponent, nor so many digits that they are out of range.
_SHOWN: Final = 18
_SHOWN_WORD: Final = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_NO_STRING: Final = JsonString('"')


class JsonPush:
    """Reads JSON piece by piece, and never starts over.

    Args:
      roots: the brackets with which the value may begin.

    Attributes:
      fault: what is wrong with the text; nothing is read after it.
      is_complete: whether the value is whole.
    """

    def __init__(self, roots: Roots = "[{") -> None:
        self.fault: str | None = None
        self.is_complete = False
        self._beginning = _BEGINNINGS[roots]
        self._step: _Step = JsonPush._seek
        self._after_comment: _Step = self._step
        self._root: list[JsonValue] | dict[str, JsonValue] | None = None
        self._open: list[list[JsonValue] | dict[str, JsonValue]] = []
        self._keys: list[str] = []  # one for each that is open; of no meaning in a list
        self._string = _NO_STRING
        self._word: list[str] = []
        self._is_key = False  # whether the string or word is one
        self._is_shown = False  # whether the string or word has its place already
        self._covered: JsonValue | Absent = ABSENT  # what had that place, as the value of the same key
        self._is_sure = False  # whether the bracket cannot be prose any more
        self._rest = ""  # what the last piece ended within
        self._length = 0  # of all that was read, without the rest

    def feed(self, text: str, /) -> None:
        """Read the next piece."""
        text = self._rest + without_surrogates(text)
        self._rest = ""
        position, end = 0, len(text)
        while position < end:
            position = self._step(self, text, position)
        self._length += end - len(self._rest)

    @property
    def value(self) -> JsonValue:
        """The value as far as it has been read, which is one object that grows; None before it begins.

        A string longer than 16,384 characters may lag behind by one part in 64 until it is complete.
        """
        if not self._is_key:
            if self._step is JsonPush._read_string:
                self._replace(self._string.text.shown)
            elif self._step is JsonPush._read_word:
                self._show_word()
        return self._root

    @property
    def settled(self) -> int:
        """How many entries of a root array are complete."""
        if not isinstance(self._root, list):
            return 0
        return len(self._root) - (len(self._open) > 1 or self._is_shown)

    def _seek(self, text: str, position: int) -> int:
        found = self._beginning.search(text, position)
        if found is None:
            return len(text)
        self._begin_container(found[0])
        return found.end()

    def _item(self, text: str, position: int) -> int:
        found = _SOLID.search(text, position)
        if found is None:
            return len(text)
        if found[0] == "]":
            return self._close(found.start())
        return self._begin_value(text, found.start())

    def _key(self, text: str, position: int) -> int:
        found = _SOLID.search(text, position)
        if found is None:
            return len(text)
        position = found.start()
        if found[0] == "}":
            return self._close(position)
        if found[0] in _PLAIN:
            return self._begin_string(text, position, is_key=True)
        if found[0] == "/":
            return self._begin_comment(text, position)
        self._is_key = True
        return self._read_word(text, position)

    def _colon(self, text: str, position: int) -> int:
        found = _SOLID.search(text, position)
        if found is None:
            return len(text)
        if found[0] == ":":
            self._step = JsonPush._member
            return found.end()
        if found[0] == "/":
            return self._begin_comment(text, found.start())
        return self._fail("expected a colon after the key", found.start())

    def _member(self, text: str, position: int) -> int:
        found = _SOLID.search(text, position)
        return len(text) if found is None else self._begin_value(text, found.start())

    def _comma(self, text: str, position: int) -> int:
        found = _SOLID.search(text, position)
        if found is None:
            return len(text)
        container = self._open[-1]
        if found[0] == ",":
            self._step = JsonPush._item if isinstance(container, list) else JsonPush._key
            return found.end()
        if found[0] == _CLOSING[type(container)]:
            return self._close(found.start())
        if found[0] == "/":
            return self._begin_comment(text, found.start())
        return self._fail(f"expected ',' or '{_CLOSING[type(container)]}'", found.start())

    def _ignore(self, text: str, _: int) -> int:
        return len(text)

    def _begin_value(self, text: str, position: int) -> int:
        char = text[position]
        if char in _PLAIN:
            return self._begin_string(text, position, is_key=False)
        if char in "[{":
            if len(self._open) == MAX_DEPTH:
                return self._fail(f"nested more than {MAX_DEPTH} levels deep", position)
            self._begin_container(char)
            return position + 1
        if char == "/":
            return self._begin_comment(text, position)
        self._is_key = False
        return self._read_word(text, position)

    def _begin_container(self, bracket: str) -> None:
        container: list[JsonValue] | dict[str, JsonValue] = [] if bracket == "[" else {}
        if self._open:
            self._is_sure = True
            self._put(container)
        else:
            self._root = container
        self._open.append(container)
        self._keys.append("")
        self._step = JsonPush._item if bracket == "[" else JsonPush._key

    def _close(self, position: int) -> int:
        self._open.pop()
        self._keys.pop()
        self.is_complete = not self._open
        self._step = JsonPush._comma if self._open else JsonPush._ignore
        return position + 1

    def _begin_string(self, text: str, position: int, *, is_key: bool) -> int:
        quote = text[position]
        self._is_key = is_key
        self._is_sure = self._is_sure or not is_key
        plain = _PLAIN[quote].match(text, position + 1)
        if plain:
            self._take(text[position + 1 : plain.end() - 1])
            return plain.end()
        self._string = JsonString(quote)
        if not is_key:
            self._put("")
            self._is_shown = True
        self._step = JsonPush._read_string
        return position + 1

    def _read_string(self, text: str, position: int) -> int:
        string = self._string
        position = string.read(text, position)
        if string.state == "closed":
            self._take(string.text.whole)
        elif string.state == "broken":
            if not self._is_key:
                self._replace(string.text.whole)
            return self._fail("expected four hexadecimal digits after '\\u'", position)
        self._rest = string.rest
        return position

    def _read_word(self, text: str, position: int) -> int:
        found = _WORD.match(text, position)
        end = found.end() if found else position
        self._word.append(text[position:end])
        self._step = JsonPush._read_word
        return end if end == len(text) else self._end_word(end)

    def _end_word(self, end: int) -> int:
        word = "".join(self._word)
        self._word.clear()
        if self._is_key:
            if not _BARE_KEY.fullmatch(word):
                return self._fail("expected a key", end)
            self._take(word)
            return end
        try:
            value = loads(word.encode())
        except InvalidJson as exc:
            # Only a number can be out of range, and prose is not a number.
            is_number = "range" in str(exc)
            self._is_sure = self._is_sure or is_number
            self._hide_word()
            return self._fail(str(exc) if is_number else "expected a value", end)
        self._is_sure = True
        self._take(value)
        return end

    def _take(self, value: JsonValue) -> None:
        """Put a complete string, number or literal, or key, in its place."""
        if self._is_key:
            self._keys[-1] = str(value)
            self._step = JsonPush._colon
            return
        if self._is_shown:
            self._is_shown = False
            self._replace(value)
        else:
            self._put(value)
        self._step = JsonPush._comma

    def _put(self, value: JsonValue) -> None:
        container = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        else:
            container[self._keys[-1]] = value

    def _replace(self, value: JsonValue) -> None:
        container = self._open[-1]
        if isinstance(container, list):
            container[-1] = value
        else:
            container[self._keys[-1]] = value

    def _show_word(self) -> None:
        begun = "".join(piece[:_SHOWN] for piece in self._word[:_SHOWN])[:_SHOWN]
        found = _SHOWN_WORD.match(begun)
        if found is None:
            return
        value = loads(found[0].encode())
        if self._is_shown:
            self._replace(value)
            return
        container = self._open[-1]
        self._covered = ABSENT if isinstance(container, list) else container.get(self._keys[-1], ABSENT)
        self._put(value)
        self._is_shown = True

    def _hide_word(self) -> None:
        container = self._open[-1]
        if not self._is_shown:
            return
        self._is_shown = False
        if isinstance(container, list):
            container.pop()
        elif isinstance(self._covered, Absent):
            del container[self._keys[-1]]
        else:
            self._replace(self._covered)

    def _begin_comment(self, text: str, position: int) -> int:
        self._after_comment = self._step
        mark = text[position : position + 2]
        if mark == "/":
            self._rest = mark
            return len(text)
        if mark not in ("//", "/*"):
            return self._fail("expected a value, not '/'", position)
        self._step = JsonPush._line_comment if mark == "//" else JsonPush._block_comment
        return position + 2

    def _line_comment(self, text: str, position: int) -> int:
        end = text.find("\n", position)
        if end < 0:
            return len(text)
        self._step = self._after_comment
        return end

    def _block_comment(self, text: str, position: int) -> int:
        end = text.find("*/", position)
        if end < 0:
            self._rest = "*" if text.endswith("*") else ""
            return len(text)
        self._step = self._after_comment
        return end + 2

    def _fail(self, fault: str, position: int) -> int:
        self._word.clear()
        if self._is_sure:
            self.fault = f"{fault}, at character {self._length + position}"
            self._step = JsonPush._ignore
            return position
        self._open.clear()
        self._keys.clear()
        self._root = None
        self._is_shown = False
        self._step = JsonPush._seek
        return position


def json_in(text: str, roots: Roots = "[{") -> JsonValue:
    """Give the JSON value that *text* is, or the first object or array in it.

    A text that is JSON is that value, of whatever kind, also within the fence of a code block. Otherwise the first
    object or array counts, as `JsonPush` reads it, and it has to be complete. It takes linear time.

    Raises:
      InvalidJson: if there is none.
    """
    try:
        return loads(without_surrogates(unfenced(text)).encode())
    except InvalidJson as exc:
        push = JsonPush(roots)
        push.feed(text)
        if push.is_complete:
            return push.value
        fault = "the text ends within a value" if push.value is not None else "there is no JSON in the text"
        raise InvalidJson(push.fault or fault) from exc


def unfenced(text: str) -> str:
    """Give the text without space around it, and without the fence if it is one block of code."""
    text = text.strip()
    opening, newline, content = text.partition("\n")
    if not (newline and opening.startswith("```") and content.endswith("```")):
        return text
    return content.removesuffix("```").strip()
