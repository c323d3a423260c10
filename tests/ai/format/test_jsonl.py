"""Answers with one JSON object per line."""

import contextlib

import pytest
from hypothesis import given

from genkit_trio._ai.format.jsonl import JsonlFormat
from genkit_trio._wire import GenkitError, PublicError, dumps
from tests.ai.format.answers import answer, streamed, texts

OBJECTS = {"type": "array", "items": {"type": "object"}}


def parsed(text):
    return JsonlFormat().parser_of(None).parse(answer(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": 1, "name": "test"}\n{"id": 2}\n', [{"id": 1, "name": "test"}, {"id": 2}]),
        ('Here are the objects:\n\n```\n{"id": 1}\n{"id": 2}\n```', [{"id": 1}, {"id": 2}]),
        ('First object:\r\n  {"id": 1},\r\n[2]\nSecond object:\n{"id": 2}', [{"id": 1}, {"id": 2}]),
    ],
)
def test_the_answer_is_the_objects_on_its_lines(text, value):
    assert parsed(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the model's answer has no line with a JSON object"),
        ("[1]\n2", "the model's answer has no line with a JSON object"),
        ('{"a": 1}\n{"a": 2', "the model's answer is not valid JSON in line 2: the text ends within a value"),
        ('{"a": 1 2}', "the model's answer is not valid JSON in line 1: expected ',' or '}', at character 8"),
    ],
)
def test_an_answer_with_a_broken_line_is_an_error(text, message):
    with pytest.raises(GenkitError) as caught:
        parsed(text)
    assert str(caught.value) == message


def test_a_streamed_answer_is_the_objects_that_are_complete():
    pieces = [
        'Objects:\n```\n {"id"',
        ': 1}\n{"id": 2',
        "}",
        '\nx {"no": 1}\n',
        ' {"bro\n',
        "\n  ",
        '{"id": 3}',
        ', {"no"',
    ]
    assert streamed(JsonlFormat().parser_of(None), pieces) == [
        "[]",
        "[{'id': 1}]",
        "[{'id': 1}, {'id': 2}]",
        "[{'id': 1}, {'id': 2}]",
        "[{'id': 1}, {'id': 2}]",
        "[{'id': 1}, {'id': 2}]",
        "[{'id': 1}, {'id': 2}, {'id': 3}]",
        "[{'id': 1}, {'id': 2}, {'id': 3}]",
    ]


def test_a_streamed_answer_is_one_list():
    turn = JsonlFormat().parser_of(None).new_turn()
    assert turn is not None
    first = turn.value
    turn.feed("{}\n")
    assert turn.value is first
    assert first == [{}]


@given(texts)
def test_any_answer_has_a_value_or_is_an_error(text):
    with contextlib.suppress(GenkitError):
        dumps(parsed(text))
    streamed(JsonlFormat().parser_of(None), list(text))


@given(texts)
def test_the_pieces_do_not_change_what_is_read(text):
    parser = JsonlFormat().parser_of(None)
    assert streamed(parser, ["", text])[-1] == streamed(parser, ["", *text])[-1]


def test_instructions_hold_the_schema_of_a_line():
    """The text is the one that Genkit Python sends."""
    jsonl = JsonlFormat()
    assert jsonl.instructions_of(OBJECTS) == (
        "Output should be JSONL format, a sequence of JSON objects (one per line) separated by a newline `\\n` "
        "character. Each line should be a JSON object conforming to the following schema:\n\n"
        '```\n{\n  "type": "object"\n}\n```\n'
    )
    assert jsonl.instructions_of({"type": "array"}) is None
    assert jsonl.instructions_of(None) is None
    assert (jsonl.content_type, jsonl.constrained, jsonl.default_instructions) == ("application/jsonl", None, True)


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string"}, "string"),
        ({"type": "array", "items": {"type": "string"}}, "array"),
        ({"type": "array"}, "array"),
    ],
)
def test_a_schema_of_something_else_is_refused(schema, shown):
    with pytest.raises(PublicError) as caught:
        JsonlFormat().parser_of(schema)
    assert str(caught.value) == (
        f"format 'jsonl' needs a schema of type 'array' whose items are of type 'object', got {shown!r}; "
        "take format 'json'"
    )


def test_a_schema_by_reference_is_followed():
    jsonl = JsonlFormat()
    schema = {"type": "array", "items": {"$ref": "#/definitions/Item"}, "definitions": {"Item": {"type": "object"}}}
    jsonl.parser_of(schema)
    assert jsonl.instructions_of(schema) == jsonl.instructions_of(OBJECTS)
