"""Answers that are one of a few words."""

import contextlib

import pytest
from hypothesis import given

from genkit_trio._ai.format.enum import EnumFormat
from genkit_trio._wire import GenkitError, PublicError, dumps
from tests.ai.format.answers import answer, streamed, texts
from tests.wire.pieces import calls_of

COLORS = {"type": "string", "enum": ["red", "green", "don't know"]}


def parsed(text, schema=None):
    return EnumFormat().parser_of(schema).parse(answer(text))


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (None, "VALUE1", "VALUE1"),
        (None, "  VALUE2\n", "VALUE2"),
        (None, "'VALUE \"3\"'", "VALUE 3"),
        (None, "", ""),
        ({"type": "string"}, "any", "any"),
        ({"type": "enum"}, "any", "any"),
        (COLORS, "red", "red"),
        (COLORS, '"green"\n', "green"),
        (COLORS, "\"'green' \"", "green"),
        (COLORS, '"don\'t know"', "don't know"),
        (COLORS, "don't know", "don't know"),
        ({"enum": [1, 2, None, True]}, "2", 2),
        ({"enum": [1, 2, None, True]}, "null", None),
        ({"enum": [1, 2, None, True]}, "true", True),
    ],
)
def test_the_answer_is_the_word_in_it(schema, text, value):
    assert parsed(text, schema) == value


@pytest.mark.parametrize("text", ["", "blue", "red, green", "Red"])
def test_another_word_is_an_error(text):
    with pytest.raises(GenkitError, match="the model's answer is none of the enum's values"):
        parsed(text, COLORS)


def test_a_streamed_answer_is_the_word_so_far():
    assert streamed(EnumFormat().parser_of(COLORS), ["\n", '"r', 'ed" ', " "]) == ["''", "'r'", "'red'", "'red'"]


def test_a_streamed_answer_without_end_is_cut():
    turn = EnumFormat().parser_of(None).new_turn()
    assert turn is not None
    for _ in range(100):
        turn.feed("x" * 100)
    assert turn.value == "x" * 4100
    turn = EnumFormat().parser_of(None).new_turn()
    assert turn is not None
    calls = calls_of(lambda: turn.feed("'x" * 1_000_000))
    assert turn.value == "x" * 2048
    assert calls < 10


@given(texts)
def test_any_answer_has_a_value_or_is_an_error(text):
    for schema in (None, COLORS):
        with contextlib.suppress(GenkitError):
            dumps(parsed(text, schema))
        streamed(EnumFormat().parser_of(schema), list(text))


def test_instructions_list_the_values():
    """The text is the one that Genkit's other implementations send."""
    enum = EnumFormat()
    assert enum.instructions_of({"enum": ["red", 1]}) == (
        "Output should be ONLY one of the following enum values. "
        "Do not output any additional information or add quotes.\n\nred\n1"
    )
    assert enum.instructions_of({"type": "string"}) is None
    assert enum.instructions_of(None) is None
    assert (enum.content_type, enum.constrained, enum.default_instructions) == ("text/enum", True, True)


@pytest.mark.parametrize("kind", ["number", "array"])
def test_a_schema_of_something_else_is_refused(kind):
    with pytest.raises(PublicError) as caught:
        EnumFormat().parser_of({"type": kind})
    assert str(caught.value) == (
        f"format 'enum' needs a schema of type 'string' with an 'enum', got {kind!r}; take format 'json'"
    )
