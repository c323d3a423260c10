"""Classes of pydantic and msgspec."""

import pytest

pytest.importorskip("pydantic")
pytest.importorskip("msgspec")

import msgspec
import pydantic

from genkit_trio._wire import InvalidValue, codec_of
from genkit_trio._wire.shape import schema_of
from genkit_trio._wire.shape.foreign_schema import draft7
from tests.wire.foreign_types import Address, Item, Names, Order, Page, Person, Row, TreeModel

pytestmark = pytest.mark.extra


@pytest.mark.parametrize(
    ("tp", "value", "message"),
    [
        (Address, {"street": 5}, "street: expected string, got integer"),
        (Address, [], "expected object, got array"),
        (Address, {"street": "a", "number": "1"}, "number: expected integer, got string"),
        (Address, {"street": "a", "number": 1.5}, "number: expected integer, got number"),
        (Address, {"street": "a", "number": 0}, "number: expected greater than or equal to 1"),
        (Person, {}, "fullName: required field missing"),
        (Person, {"fullName": "a", "x": 1}, "x: unknown field"),
        (Person, {"fullName": "a b"}, "fullName: expected match pattern '^\\w+$'"),
        (Person, {"fullName": "secret"}, "fullName: not accepted (value_error)"),
        (Person, {"fullName": "a", "born": "soon"}, "born: not accepted (date_parsing)"),
        (Person, {"fullName": "a", "pet": {"kind": "cow"}}, "pet: not accepted (union_tag_invalid)"),
        (
            Person,
            {"fullName": "a", "pet": {"kind": "cat", "x": 1}, "address": {}},
            "address.street: required field missing",
        ),
        (
            Person,
            {"fullName": "a", "position": ["1", 2]},
            "position.0: expected integer, got string; position.1: expected string, got integer",
        ),
        (Names, ["a", 1], "1: expected string, got integer"),
        (Page[int], {"items": ["a"]}, "items.0: expected integer, got string"),
        (TreeModel, {"children": [{"children": 1}]}, "children.0.children: expected array, got integer"),
        (Item, {"name": 1, "price": 1}, "name: expected string, got integer"),
        (Item, {"price": 1}, "name: required field missing"),
        (Item, {"name": "a", "price": 1, "parts": [{"name": "b"}]}, "parts.0.price: required field missing"),
        (Item, {"name": "a", "price": 0}, "price: not accepted"),
        (Item, 5, "expected object, got integer"),
        (Row, ["a", "b"], "0: expected integer, got string"),
        (
            Order,
            {"address": {"street": 1}, "items": [{"name": 1, "price": 1.0}]},
            "address.street: expected string, got integer; items.0.name: expected string, got integer",
        ),
        (Address | Item, {"street": 1}, "street: expected string, got integer"),
    ],
)
def test_faults_have_wire_paths_and_no_values(tp, value, message):
    with pytest.raises(InvalidValue) as caught:
        codec_of(tp).load(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("tp", "value", "message"),
    [
        (Address, Names(["a"]), "expected Address, got Names"),
        (Address, Address.model_construct(street=5, number=1), "cannot be written as Address"),
        (Item, Row(1, "a"), "expected Item, got Row"),
        (Item, Item(5, 1.0), "name: expected string, got integer"),
        (Item, Item(object(), 1.0), "cannot be written as Item"),
    ],
)
def test_instances_that_do_not_fit_are_not_written(tp, value, message):
    with pytest.raises(InvalidValue) as caught:
        codec_of(tp).dump(value)
    assert str(caught.value) == message


def test_instances_inside_anything_are_written():
    from typing import Any

    assert codec_of(Any).dump([Address(street="a"), Row(1, "b")]) == [{"street": "a", "number": 1}, [1, "b"]]


def test_definitions_of_two_libraries_do_not_mix():
    class Address(msgspec.Struct):  # another one
        zip: str

    from tests.wire import foreign_types

    schema = schema_of(tuple[foreign_types.Address, Address, Person])
    refs = [part["$ref"].removeprefix("#/definitions/") for part in schema["items"]]
    assert len(set(refs)) == 3
    assert "zip" in schema["definitions"][refs[1]]["properties"]
    inner = schema["definitions"]["Person"]["properties"]["address"]["anyOf"][0]["$ref"]
    assert "street" in schema["definitions"][inner.removeprefix("#/definitions/")]["properties"]


def test_what_draft_07_does_not_know_is_rewritten():
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"A": {"type": "string", "format": "decimal", "pattern": r"^(?P<n>a)\Z"}},
        "properties": {
            "a": {"$ref": "#/$defs/A", "description": "d", "default": {"$ref": "x"}},
            "b": {"prefixItems": [{"type": "integer"}], "minItems": 1, "items": {"type": "string"}, "type": "array"},
            "c": {"prefixItems": [{}, {}], "minItems": 1, "maxItems": 2, "type": "array"},
            "d": {"type": ["string", "null"], "format": "date", "pattern": "a++"},
            "e": {"oneOf": [{"const": 1}], "discriminator": {"propertyName": "kind"}},
            "f": {"prefixItems": [], "maxItems": 0, "minItems": 0, "type": "array"},
            "g": {"prefixItems": [], "minItems": 0, "items": {"type": "string"}, "type": "array"},
        },
        "additionalProperties": False,
        "type": "object",
    }
    row = {"type": "array", "maxItems": 1, "items": [{}], "minItems": 1, "additionalItems": False}
    assert draft7(schema) == {
        "definitions": {"A": {"type": "string", "pattern": "^(?<n>a)$"}},
        "properties": {
            "a": {"allOf": [{"$ref": "#/definitions/A"}], "description": "d", "default": {"$ref": "x"}},
            "b": {
                "type": "array",
                "items": [{"type": "integer"}],
                "minItems": 1,
                "additionalItems": {"type": "string"},
            },
            "c": {"anyOf": [row, {**row, "items": [{}, {}], "minItems": 2, "maxItems": 2}]},
            "d": {"anyOf": [{"type": "string"}, {"type": "null"}], "format": "date"},
            "e": {"oneOf": [{"const": 1}]},
            "f": {"type": "array", "maxItems": 0},
            "g": {"type": "array", "items": {"type": "string"}},
        },
        "additionalProperties": False,
        "type": "object",
    }


def test_a_model_that_is_configured_to_be_lax_is_read_strictly():
    class Lax(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(strict=False)

        number: int

    with pytest.raises(InvalidValue, match=r"^number: expected integer, got string$"):
        codec_of(Lax).load({"number": "1"})
