"""Answers in JSON."""

import contextlib

import pytest
from hypothesis import given

from genkit_trio._ai.format.json import JsonFormat
from genkit_trio._wire import GenkitError, Status, dumps
from tests.ai.format.answers import answer, streamed, texts


def parsed(text, schema=None):
    return JsonFormat().parser_of(schema).parse(answer(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"id": 1, "name": "test"}', {"id": 1, "name": "test"}),
        ('Here is the JSON:\n\n```json\n{"id": 1}\n```', {"id": 1}),
        ('```\n{"foo": "bar"}\n```', {"foo": "bar"}),
        ("[1, 2]", [1, 2]),
        ("5", 5),
        ('"five"', "five"),
        ("```json\ntrue\n```", True),
        ("null", None),
    ],
)
def test_the_answer_is_the_json_in_it(text, value):
    assert parsed(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the model's answer is not valid JSON: there is no JSON in the text"),
        ("five", "the model's answer is not valid JSON: there is no JSON in the text"),
        ('{"a": "b', "the model's answer is not valid JSON: the text ends within a value"),
        ('{"a": b}', "the model's answer is not valid JSON: there is no JSON in the text"),
        ('{"a": 1 b}', "the model's answer is not valid JSON: expected ',' or '}', at character 8"),
    ],
)
def test_an_answer_without_json_is_an_error(text, message):
    with pytest.raises(GenkitError) as caught:
        parsed(text)
    assert str(caught.value) == message
    assert caught.value.status is Status.INTERNAL
    assert caught.value.details == {"reason": "INVALID_OUTPUT"}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "object"}, 'As [1] says: {"a": 1}', {"a": 1}),
        ({"type": "array"}, 'For {you}: {"a": 1}, or rather ["a"]', ["a"]),
        ({"type": ["object", "array"]}, 'See {it}: ["a"]', ["a"]),
        ({}, 'See {it}: ["a"]', ["a"]),
        ({"type": "string"}, '"Paris"', "Paris"),
        ({"type": "string"}, "Paris", "Paris"),
        ({"type": "string"}, "```\nParis\n```", "Paris"),
        ({"type": "string"}, "01067", "01067"),
        ({"type": "string"}, "10115", "10115"),
        ({"type": "string"}, "", ""),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "5", 5),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "Paris", "Paris"),
        ({"enum": ["red", "green"]}, "red", "red"),
        ({"type": "integer"}, " 42\n", 42),
    ],
)
def test_the_schema_says_what_to_look_for(schema, text, value):
    assert parsed(text, schema) == value


def test_a_number_in_prose_is_no_value():
    with pytest.raises(GenkitError, match="no JSON"):
        parsed("It is 42.", {"type": "integer"})


def test_a_streamed_answer_grows():
    pieces = ["Here is the JSON:\n\n```json\n", "{", '"foo": "b', 'ar"', "}\n```"]
    expected = ["None", "{}", "{'foo': 'b'}", "{'foo': 'bar'}", "{'foo': 'bar'}"]
    assert streamed(JsonFormat().parser_of(None), pieces) == expected


def test_a_streamed_answer_is_one_object():
    turn = JsonFormat().parser_of({"type": "object"}).new_turn()
    assert turn is not None
    turn.feed("As [1] says: {")
    first = turn.value
    turn.feed('"a": [1')
    assert turn.value is first
    assert first == {"a": [1]}


def test_a_streamed_scalar_is_not_shown():
    assert streamed(JsonFormat().parser_of({"type": "integer"}), ["4", "2"]) == ["None", "None"]


def test_a_new_turn_begins_from_nothing():
    parser = JsonFormat().parser_of(None)
    assert streamed(parser, ['{"a": 1}']) == streamed(parser, ['{"a": 1}'])


@given(texts)
def test_any_answer_has_a_value_or_is_an_error(text):
    for schema in (None, {"type": "object"}, {"type": "string"}, {"type": "integer"}):
        with contextlib.suppress(GenkitError):
            dumps(parsed(text, schema))
        streamed(JsonFormat().parser_of(schema), list(text))


def test_instructions_hold_the_schema():
    """The text is the one that Genkit Python sends."""
    json = JsonFormat()
    assert json.instructions_of({"type": "object", "description": "\u00e4"}) == (
        "Output should be in JSON format and conform to the following schema:\n\n"
        '```\n{\n  "type": "object",\n  "description": "\\u00e4"\n}\n```\n'
    )
    assert json.instructions_of(None) is None
    assert (json.content_type, json.constrained, json.default_instructions) == ("application/json", True, False)
