"""Answers as they are."""

from hypothesis import given

from genkit_trio._ai.format.text import TextFormat
from tests.ai.format.answers import answer, texts


@given(texts)
def test_the_answer_is_its_text(text):
    assert TextFormat().parser_of(None).parse(answer(text)) == text


def test_a_chunk_is_its_own_text():
    assert TextFormat().parser_of(None).new_turn() is None


def test_text_needs_no_instructions():
    text = TextFormat()
    assert (text.name, text.content_type, text.constrained) == ("text", "text/plain", None)
    assert text.instructions_of({"type": "string"}) is None
