"""Answers of models, and reading them."""

from hypothesis import strategies as st

from genkit_trio._ai.format.definition import FormatParser
from genkit_trio._ai.message import Message, Role

texts = st.text() | st.lists(
    st.sampled_from(['{"a":', "[", "]", "}", ",", '"b"', "1", "\n", "```json\n", "x", "'", " ", "\\", "\ud800", "true"])
).map("".join)
"""What a model may say."""


def answer(text: str) -> Message:
    """Give the message with this text, in two parts."""
    return Message(Role.MODEL, [text[: len(text) // 2], text[len(text) // 2 :]])


def streamed(parser: FormatParser, pieces: list[str]) -> list[object]:
    """Give what the output is after each piece, as text that shows it as it was."""
    turn = parser.new_turn()
    assert turn is not None
    seen: list[object] = []
    for piece in pieces:
        turn.feed(piece)
        seen.append(repr(turn.value))
    return seen
