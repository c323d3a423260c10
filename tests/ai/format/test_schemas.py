"""What formats ask about JSON schemas."""

import pytest

from genkit_trio._ai.format.schemas import is_of, items_of, kinds_of, resolved
from genkit_trio._wire import codec_of


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        (None, []),
        ({}, []),
        ({"type": "object"}, ["object"]),
        ({"type": ["string", "null", 5]}, ["string", "null"]),
        ({"type": "number"}, ["number", "integer"]),
        ({"enum": ["a", 1, None]}, ["string", "integer", "null"]),
        ({"enum": "a"}, []),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, ["string", "integer"]),
        ({"oneOf": [{"type": "string"}, {}]}, []),
        ({"anyOf": [True, {"type": "string"}]}, ["string"]),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"type": "array"}}}, ["array"]),
        ({"anyOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "array"}}}, ["array"]),
        ({"$ref": "#"}, []),
    ],
)
def test_a_schema_names_the_kinds_of_json_that_it_takes(schema, kinds):
    assert kinds_of(schema) == frozenset(kinds)


@pytest.mark.parametrize(
    ("tp", "kinds"),
    [(str, ["string"]), (str | None, ["string", "null"]), (list[int], ["array"]), (dict[str, int], ["object"])],
)
def test_the_schemas_of_types_name_them_too(tp, kinds):
    assert kinds_of(codec_of(tp).schema()) == frozenset(kinds)


def test_a_schema_of_one_kind_takes_no_other():
    assert is_of("string", {"type": "string"})
    assert not is_of("string", {"type": ["string", "null"]})
    assert not is_of("string", {})


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/definitions/A", {"type": "string"}),
        ("#/definitions/B", {"type": "string"}),
        ("#/definitions/a~1b~0c", {"type": "null"}),
        ("#/definitions/C", None),
        ("#/definitions/A/type", None),
        ("#/definitions/A/type/x", None),
        ("#/definitions/Loop", None),
        ("https://example.com/A", None),
        (5, {"$ref": 5}),
    ],
)
def test_references_are_followed_within_the_schema(reference, found):
    definitions = {
        "A": {"type": "string"},
        "B": {"$ref": "#/definitions/A"},
        "a/b~c": {"type": "null"},
        "Loop": {"$ref": "#/definitions/Loop"},
    }
    schema = {"$ref": reference}
    assert resolved(schema, {"definitions": definitions}) == (schema if found is None else found)


@pytest.mark.parametrize(
    ("schema", "items"),
    [
        ({"items": {"type": "string"}}, {"type": "string"}),
        ({"items": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "null"}}}, {"type": "null"}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"items": {"type": "null"}}}}, {"type": "null"}),
        ({"items": [{"type": "string"}]}, {}),
        ({}, {}),
    ],
)
def test_the_items_of_an_array_have_a_schema(schema, items):
    assert items_of(schema) == items
