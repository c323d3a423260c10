"""Marks: the places of a template where another one speaks, or where history, media or a section stands.

Helpers write a mark into the text as it is rendered, and here the text is cut at its marks. Dotprompt's own marks are
plain text, so whoever types ``<<<dotprompt:role:system>>>`` into a form speaks as the system. A mark of ours is a
number between two words that are drawn at random for each rendering: no input can be one.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import attrs

from ..message import Message, Role
from ..part import Part

HISTORY: Final = "history"
"""The mark at which the history of the conversation stands."""
Mark: TypeAlias = Role | Part | str
"""Who speaks from here on, or what stands here: a part, or `HISTORY`."""

_PURPOSE: Final = "purpose"


class Marks:
    """The marks of one rendering, in the order in which they were written."""

    def __init__(self) -> None:
        # Digits between two characters that are no letters: a helper may change the case of what it is given.
        self._word: Final = f"\ufdd0{int.from_bytes(os.urandom(8))}\ufdd0"
        self._marks: Final[list[Mark]] = []

    def write(self, mark: Mark) -> str:
        """Keep *mark* and return the text that stands for it."""
        self._marks.append(mark)
        return f"{self._word}{len(self._marks) - 1}{self._word}"

    def cut(self, rendered: str) -> "Iterator[Text | Mark]":
        """Yield the texts and the marks of *rendered* in their order."""
        for index, piece in enumerate(rendered.split(self._word)):
            yield self._marks[int(piece)] if index % 2 else Text(piece)


@attrs.frozen
class Text:
    """What stands between two marks."""

    text: str


def messages_of(pieces: "Iterator[Text | Mark]", history: Sequence[Message]) -> list[Message]:
    """Make messages of what a template has rendered.

    The user speaks first. Text that is blank is left out, and so is a message without any content. Where the template
    has no place for the history, it comes before the last message if that is the user's, else at the end.
    """
    messages: list[Message] = []
    role, content = Role.USER, list[Part]()

    def end_message() -> None:
        if content:
            messages.append(Message(role, [*content]))
            content.clear()

    has_history = False
    for piece in pieces:
        if isinstance(piece, Text):
            if piece.text.strip():
                content.append(Part(piece.text))
        elif isinstance(piece, Part):
            content.append(piece)
        elif isinstance(piece, Role):
            end_message()
            role = piece
        else:
            end_message()
            messages.extend(map(_as_history, history))
            role, has_history = Role.MODEL, True
    end_message()
    return messages if has_history else _with_history(messages, history)


def _as_history(message: Message) -> Message:
    return attrs.evolve(message, metadata={**(message.metadata or {}), _PURPOSE: HISTORY})


def _with_history(messages: list[Message], history: Sequence[Message]) -> list[Message]:
    asked_last = bool(messages) and messages[-1].role is Role.USER
    place = len(messages) - asked_last
    return [*messages[:place], *history, *messages[place:]]
