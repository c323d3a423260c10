"""JSON Schemas: the dialect that Genkit's tools take, and agreement with what codecs do."""

import dataclasses
import datetime as dt
import enum
import math
import re
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple

import attrs
import pytest
import typing_extensions

from genkit_trio._wire import ABSENT, Absent, JsonValue, Wire, codec_of
from genkit_trio._wire.shape import schema_of
from tests.wire.sample_types import (
    SAMPLES,
    Box,
    Camel,
    Checked,
    Color,
    Limit,
    Mixed,
    Nested,
    Node,
    Pair,
    Part,
    Point,
    T,
)
from tests.wire.schemas import assert_in_dialect


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_schemas_keep_to_the_dialect(sample):
    assert_in_dialect(codec_of(sample.tp).schema())


@pytest.mark.parametrize(
    ("tp", "schema"),
    [
        (Any, {}),
        (JsonValue, {}),
        (None, {"type": "null"}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (int | Annotated[int, "odd"], {"type": "integer"}),
        (int | float, {"type": "number"}),
        (float | int | None, {"anyOf": [{"type": "number"}, {"type": "null"}]}),
        (Any | None, {}),
        (int | Any, {"anyOf": [{"type": "integer"}, {}]}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal[1, "a"], {"enum": [1, "a"]}),
        (Literal[True], {"type": "boolean", "enum": [True]}),
        (Color, {"type": "string", "enum": ["red", "green"], "description": "A colour of the shop."}),
        (Mixed, {"enum": ["text", 1.5, 3, True, None]}),
        (enum.Enum("Sizes", {"A": 1, "B": 1.5}), {"type": "number", "enum": [1, 1.5]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (
            tuple[int, str],
            {
                "type": "array",
                "items": [{"type": "integer"}, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
                "additionalItems": False,
            },
        ),
        (tuple[()], {"type": "array", "maxItems": 0}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (dict[str, Any], {"type": "object", "additionalProperties": True}),
        (
            dict[Color, bool],
            {
                "type": "object",
                "propertyNames": {"type": "string", "enum": ["red", "green"], "description": "A colour of the shop."},
                "additionalProperties": {"type": "boolean"},
            },
        ),
        (dt.datetime, {"type": "string", "format": "date-time"}),
        (bytes, {"type": "string", "format": "byte", "contentEncoding": "base64"}),
        (
            Annotated[int, Limit(ge=1, gt=0, multiple_of=5), Limit(ge=3, multiple_of=2, description="d")],
            {
                "type": "integer",
                "minimum": 3,
                "exclusiveMinimum": 0,
                "multipleOf": 5,
                "allOf": [{"multipleOf": 2}],
                "description": "d",
            },
        ),
        (
            Annotated[str, Limit(pattern="a"), Limit(pattern="b"), Limit(pattern="c")],
            {"type": "string", "pattern": "a", "allOf": [{"pattern": "b"}, {"pattern": "c"}]},
        ),
        (Annotated[str, Limit(pattern="(?i:a)", examples=["A"])], {"type": "string", "examples": ["A"]}),
        (Annotated[bytes, Limit(min_length=3)], {"type": "string", "format": "byte", "contentEncoding": "base64"}),
        (
            Annotated[dict[str, int], Limit(min_length=1)],
            {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
        ),
        (Annotated[list[int], Limit(max_length=3)], {"type": "array", "items": {"type": "integer"}, "maxItems": 3}),
        (Annotated[float, Limit(ge=Decimal(1), le=math.inf)], {"type": "number"}),
        (Annotated[dt.date, Limit(ge=dt.date(2024, 1, 1))], {"type": "string", "format": "date"}),
        (
            Point,
            {
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"type": "integer", "default": 0}},
                "required": ["x"],
            },
        ),
        (
            Camel,
            {
                "type": "object",
                "properties": {
                    "firstName": {"type": "string"},
                    "toolRequestId": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                    "extra": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
                "required": ["firstName"],
                "additionalProperties": False,
            },
        ),
    ],
)
def test_schemas_of_types(tp, schema):
    assert schema_of(tp) == schema


def test_a_recursive_class_is_inlined_at_the_root():
    schema = schema_of(Node)
    assert schema["type"] == "object"
    assert schema["description"] == "A tree."
    assert schema["properties"]["children"] == {
        "type": "array",
        "items": {"$ref": "#/definitions/Node"},
        "default": [],
    }
    assert schema["definitions"]["Node"]["properties"] == schema["properties"]


def test_descriptions_do_not_stand_beside_references():
    schema = schema_of(Annotated[Node, typing_extensions.Doc("the root")])
    assert schema["allOf"] == [{"$ref": "#/definitions/Node"}]
    assert schema["description"] == "the root"


def test_generic_classes_have_names_of_their_own():
    assert set(schema_of(list[Box[Node]])["definitions"]) == {"Box_Node", "Node"}
    assert set(schema_of(list[Box[list[int] | None]])["definitions"]) == {"Box_Union_list_int_NoneType"} or set(
        schema_of(list[Box[list[int] | None]])["definitions"]
    ) == {"Box_UnionType_list_int_NoneType"}
    assert set(schema_of(list[Box[tuple[int, ...]]])["definitions"]) == {"Box_tuple_int"}


def test_classes_of_one_name_are_numbered():
    one, two = (attrs.make_class("Same", {"x": attrs.field(type=tp)}) for tp in (int, str))
    schema = schema_of(tuple[one, two, one])
    assert [part["$ref"] for part in schema["items"]] == [
        "#/definitions/Same",
        "#/definitions/Same_2",
        "#/definitions/Same",
    ]


def test_validators_of_attrs_are_in_the_schema():
    properties = schema_of(Checked)["properties"]
    assert properties["age"] == {"type": "integer", "minimum": 0, "exclusiveMaximum": 150}
    assert properties["name"] == {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^(?:[a-z]+)$"}
    assert properties["nick"] == {"anyOf": [{"type": "string", "pattern": "x"}, {"type": "null"}], "default": None}


def test_a_named_tuple_with_defaults_may_be_shorter():
    schema = schema_of(Pair)
    assert [len(row["items"]) for row in schema["anyOf"]] == [1, 2]
    assert codec_of(Pair).load([1]) == Pair(1)


def test_defaults_are_json_or_left_out():
    @attrs.frozen
    class Defaults:
        __wire__ = Wire()

        when: dt.date = dt.date(2024, 5, 1)
        names: list[str] = attrs.field(factory=list)
        table: dict[str, int] = attrs.field(factory=dict)
        ids: tuple[int, ...] = attrs.field(factory=lambda: (1,))
        wrong: int = attrs.field(default="5", converter=int)
        missing: int | Absent = ABSENT
        noted: int = attrs.field(default=1, metadata={"description": "a number", "title": 5})

    properties = schema_of(Defaults)["properties"]
    assert {key: part.get("default", "none") for key, part in properties.items()} == {
        "when": "2024-05-01",
        "names": [],
        "table": {},
        "ids": "none",
        "wrong": "none",
        "missing": "none",
        "noted": 1,
    }
    assert properties["noted"]["description"] == "a number"
    assert "required" not in schema_of(Defaults)


def test_only_docstrings_that_someone_wrote_are_descriptions():
    @dataclasses.dataclass
    class Silent:
        x: int

    class Row(NamedTuple):
        """A row."""

        x: int

    class Child(Node):
        pass

    assert "description" not in schema_of(Silent)
    assert schema_of(Row)["description"] == "A row."
    assert "description" not in schema_of(Child)


def test_named_aliases_are_definitions():
    schema = schema_of(Nested)
    assert schema["anyOf"][0] == {"type": "array", "items": {"$ref": "#/definitions/Nested"}}
    assert schema_of(list[Part])["items"]["anyOf"][0] == {"$ref": "#/definitions/TextPart"}


def test_a_codec_makes_its_schema_once():
    assert codec_of(Node).schema() is codec_of(Node).schema()


def test_odd_names_make_no_odd_references():
    odd = attrs.make_class("Odd", {"x": attrs.field(type=int)})
    odd.__name__ = "Odd/~Name"
    (name,) = schema_of(list[odd])["definitions"]
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", name)


def test_a_generic_without_arguments_has_a_schema():
    @attrs.frozen
    class Loose(Generic[T]):
        value: T

    assert schema_of(Loose)["properties"] == {"value": {}}
