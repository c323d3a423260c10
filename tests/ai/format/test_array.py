"""Answers that are lists."""

import contextlib

import pytest
from hypothesis import given

from genkit_trio._ai.format.array import ArrayFormat
from genkit_trio._wire import GenkitError, PublicError, Status, dumps
from tests.ai.format.answers import answer, streamed, texts


def parsed(text):
    return ArrayFormat().parser_of(None).parse(answer(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"id": 1, "name": "test"}]', [{"id": 1, "name": "test"}]),
        ("[]", []),
        ('["a", 1, null]', ["a", 1, None]),
        ('Here is the array:\n\n```json\n[{"id": 1}]\n```', [{"id": 1}]),
        ('{items} in {"items": [1]}.', [1]),
    ],
)
def test_the_answer_is_the_array_in_it(text, value):
    assert parsed(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": 1}', "the model's answer is not a JSON array"),
        ('{"id": 1', "the model's answer is not valid JSON: there is no JSON in the text"),
        ("[1, 2", "the model's answer is not valid JSON: the text ends within a value"),
        ("", "the model's answer is not valid JSON: there is no JSON in the text"),
    ],
)
def test_an_answer_without_an_array_is_an_error(text, message):
    with pytest.raises(GenkitError) as caught:
        parsed(text)
    assert str(caught.value) == message


def test_a_streamed_answer_is_the_items_that_are_complete():
    pieces = ["Here [it] is:\n```json\n", "[", '{"id": 1', "}", ', {"id"', ': 2}, "a', '", 3', ", 4", "]\n```"]
    assert streamed(ArrayFormat().parser_of(None), pieces) == [
        "[]",
        "[]",
        "[]",
        "[{'id': 1}]",
        "[{'id': 1}]",
        "[{'id': 1}, {'id': 2}]",
        "[{'id': 1}, {'id': 2}, 'a']",
        "[{'id': 1}, {'id': 2}, 'a', 3]",
        "[{'id': 1}, {'id': 2}, 'a', 3, 4]",
    ]


def test_a_streamed_answer_is_one_list():
    turn = ArrayFormat().parser_of(None).new_turn()
    assert turn is not None
    first = turn.value
    turn.feed("[1, 2, ")
    assert turn.value is first
    assert first == [1, 2]


@given(texts)
def test_any_answer_has_a_value_or_is_an_error(text):
    with contextlib.suppress(GenkitError):
        dumps(parsed(text))
    streamed(ArrayFormat().parser_of(None), list(text))


def test_instructions_hold_the_schema():
    """The text is the one that Genkit Python sends."""
    array = ArrayFormat()
    assert array.instructions_of({"type": "array"}) == (
        'Output should be a JSON array conforming to the following schema:\n\n```\n{\n  "type": "array"\n}\n```\n'
    )
    assert array.instructions_of(None) is None
    assert (array.content_type, array.constrained, array.default_instructions) == ("application/json", True, True)


@pytest.mark.parametrize(
    ("schema", "shown"),
    [({"type": "string"}, "'string'"), ({"type": "object"}, "'object'"), ({"enum": ["a"]}, "another one")],
)
def test_a_schema_of_something_else_is_refused(schema, shown):
    with pytest.raises(PublicError) as caught:
        ArrayFormat().parser_of(schema)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert str(caught.value) == f"format 'array' needs a schema of type 'array', got {shown}; take format 'json'"


def test_a_schema_by_reference_is_followed():
    ArrayFormat().parser_of({"$ref": "#/definitions/Items", "definitions": {"Items": {"type": "array"}}})
