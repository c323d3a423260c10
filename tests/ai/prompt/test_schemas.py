"""The schemas of prompts: what may be declared, and what templates see of an input."""

import datetime as dt
from typing import TypedDict

import attrs
import pytest

from genkit_trio import PublicError
from genkit_trio._ai.prompt.schemas import SCHEMA, DeclaredSchema, Picoschema, PromptInput, codec_of_declared
from genkit_trio._core import Registry
from genkit_trio._wire import ABSENT, InvalidValue, Wire, codec_of


@attrs.frozen
class Step:
    text: str
    next: "Step | None" = None


@attrs.frozen
class Dish:
    __wire__ = Wire(names="camel")

    dish_name: str
    steps: list[Step] = attrs.field(factory=list)


class Typed(TypedDict):
    when: dt.date


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.set_value(SCHEMA, "Dish", Dish)
    found.set_value(SCHEMA, "Raw", {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {}}})
    return found


def test_nothing_declared_is_anything(registry):
    assert codec_of_declared(registry, None).load([1, None]) == [1, None]


@pytest.mark.parametrize("declared", [Dish, "Dish"])
def test_a_type_may_be_given_by_its_name(registry, declared):
    assert codec_of_declared(registry, declared) is codec_of(Dish)


def test_a_json_schema_is_taken_as_it_is(registry):
    schema = {"anyOf": [{"type": "string"}]}
    assert codec_of_declared(registry, schema).schema() == schema


@pytest.mark.parametrize("name", ["Recipe", Picoschema("Recipe")])
@pytest.mark.extra
def test_a_name_that_nobody_defined_is_not_found(registry, name):
    with pytest.raises(PublicError, match=r"^schema 'Recipe' not found$"):
        codec_of_declared(registry, name)


@pytest.mark.extra
def test_a_name_alone_in_a_file_stands_for_the_type(registry):
    assert codec_of_declared(registry, Picoschema("Dish")) is codec_of(Dish)


@pytest.mark.extra
def test_named_schemas_inside_others_find_their_definitions(registry):
    schema = codec_of_declared(registry, Picoschema({"first": "Dish", "second(array)": "Raw"})).schema()
    step = {"$ref": "#/definitions/Dish.Step"}
    assert schema["definitions"].keys() == {"Dish.Step", "Raw.A"}
    assert schema["properties"]["first"]["properties"]["steps"]["items"] == step
    assert schema["properties"]["second"]["items"]["properties"]["a"] == {"$ref": "#/definitions/Raw.A"}
    assert step in schema["definitions"]["Dish.Step"]["properties"]["next"]["anyOf"]


@pytest.mark.extra
def test_a_named_schema_that_is_none_is_refused(registry):
    registry.set_value(SCHEMA, "Odd", {"definitions": 1})
    with pytest.raises(ValueError, match=r"^a schema cannot be read "):
        codec_of_declared(registry, Picoschema({"a": "Odd"}))


@pytest.mark.extra
def test_picoschema_without_names_has_no_definitions(registry):
    schema = codec_of_declared(registry, Picoschema({"a": "string"})).schema()
    assert schema == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }


def test_a_schema_may_be_defined_after_what_names_it(registry):
    declared = DeclaredSchema(registry, "Late")
    with pytest.raises(PublicError):
        declared.codec()
    registry.set_value(SCHEMA, "Late", int)
    assert declared.codec() is declared.codec() is codec_of(int)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"dishName": "soup"}, Dish("soup")),
        ({"steps": [{"text": "boil"}]}, Dish("bread", [Step("boil")])),
        (None, Dish("bread")),
        (ABSENT, Dish("bread")),
    ],
)
def test_a_request_is_read_with_the_defaults_of_the_prompt(registry, data, expected):
    assert PromptInput(registry, Dish, {"dishName": "bread"}).load(data) == expected


def test_a_request_that_does_not_fit_is_refused(registry):
    with pytest.raises(InvalidValue, match="dishName: expected string, got integer"):
        PromptInput(registry, Dish, {}).load({"dishName": 1})


def test_an_input_need_not_be_an_object(registry):
    assert PromptInput(registry, str, {"x": 1}).load("poodle") == "poodle"
    assert PromptInput(registry, str, {"x": 1}).values_of("poodle") == "poodle"


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        (Dish, Dish("soup"), {"x": 1, "dishName": "soup", "steps": []}),
        (Dish, {"dishName": "soup"}, {"dishName": "soup", "steps": []}),
        (Typed, {"when": dt.date(2024, 1, 2)}, {"when": "2024-01-02"}),
        (dict[str, dt.date], {"when": dt.date(2024, 1, 2)}, {"when": "2024-01-02"}),
        (None, {"dish": Dish("soup"), "x": 2}, {"dish": {"dishName": "soup", "steps": []}, "x": 2}),
        (None, Dish("soup"), {"x": 1, "dishName": "soup", "steps": []}),
        ({"type": "object"}, {"when": dt.date(2024, 1, 2)}, {"x": 1, "when": "2024-01-02"}),
        (Dish, None, {"x": 1}),
    ],
)
def test_templates_see_json_with_the_names_of_the_schema(registry, declared, given, expected):
    default = {} if declared in (Typed, dict[str, dt.date]) else {"x": 1}
    assert PromptInput(registry, declared, default).values_of(given) == expected


@pytest.mark.parametrize(
    ("declared", "given"), [(Dish, {"dishName": 1}), (Dish, 1), (None, {"a": len}), (None, object())]
)
def test_an_input_that_does_not_fit_is_refused(registry, declared, given):
    with pytest.raises(InvalidValue):
        PromptInput(registry, declared, {}).values_of(given)
