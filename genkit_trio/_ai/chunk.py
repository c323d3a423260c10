"""Chunks: the pieces in which an answer is streamed."""

from typing import Any, Protocol

import attrs

from .message import Role
from .part import Part, parts_of, reasoning_of_parts, text_of_parts
from .value import Number, WireValue


@attrs.frozen(repr=False)
class ModelResponseChunk(WireValue):
    """A piece of an answer.

    Attributes:
      index: which message it belongs to, counted within one generate.
      aggregated: whether the content repeats what came before it in this message.
    """

    content: list[Part] = attrs.field(converter=parts_of)
    role: Role | None = attrs.field(default=None, kw_only=True)
    index: Number | None = attrs.field(default=None, kw_only=True)
    custom: Any = attrs.field(default=None, kw_only=True)
    aggregated: bool | None = attrs.field(default=None, kw_only=True)

    @property
    def text(self) -> str:
        """The text of all text parts, joined."""
        return text_of_parts(self.content)

    @property
    def reasoning(self) -> str:
        """The reasoning of all parts, joined."""
        return reasoning_of_parts(self.content)


class TurnParser(Protocol):
    """Reads an answer piece by piece, and never starts over."""

    def feed(self, text: str, /) -> None:
        """Read the next piece."""

    @property
    def value(self) -> Any:
        """The value as far as it has been read; the same object from piece to piece where it can grow."""


class Turn:
    """What the chunks of one message have said so far."""

    def __init__(self, parser: TurnParser | None = None) -> None:
        self._parser = parser
        self._text = ""
        self._to_join: list[str] = []  # added, but not yet in the text
        self._to_parse: list[str] = []  # added, but not yet read by the parser
        self._length = 0

    def add(self, text: str) -> int:
        """Add the text of a chunk, and return the length of all text so far."""
        self._to_join.append(text)
        if self._parser is not None:
            self._to_parse.append(text)
        self._length += len(text)
        return self._length

    @property
    def text(self) -> str:
        """All text so far."""
        if self._to_join:
            self._text += "".join(self._to_join)
            self._to_join.clear()
        return self._text

    def output_after(self, text: str) -> Any:
        """The value that the turn stands for so far; without a parser, the *text* of the chunk itself."""
        if self._parser is None:
            return text
        if self._to_parse:
            # Never from all the text: reading every chunk would then take quadratic time.
            self._parser.feed("".join(self._to_parse))
            self._to_parse.clear()
        return self._parser.value


@attrs.frozen(repr=False)
class GeneratedChunk(ModelResponseChunk):
    """A chunk that knows what came before it in its message."""

    turn: Turn = attrs.field(factory=Turn, kw_only=True, repr=False, eq=False, metadata={"wire": False})
    end: int = attrs.field(default=0, kw_only=True, repr=False, eq=False, metadata={"wire": False})

    @property
    def accumulated_text(self) -> str:
        """The text of the message up to and with this chunk."""
        return self.turn.text[: self.end]

    @property
    def output(self) -> Any:
        """The value that the message stands for, as far as it has come; not validated.

        It is one object that grows with the message, the same for all its chunks: copy it to keep it as it is now.
        In plain text it is the text of this chunk.
        """
        return self.turn.output_after(self.text)
