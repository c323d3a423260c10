"""JSON Schema (draft-07) of types, in the dialect that Genkit's tools compile.

They use Ajv in strict mode, where an unknown keyword or format is an error. So: no ``$schema``,
tuples as a list of ``items`` with both bounds, no keywords beside ``$ref``, no type lists.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

import attrs

from ..absent import ABSENT, Absent
from ..issues import InvalidValue, kind_of
from ..jsontext import JsonValue
from .constraints import Constraint
from .converting import dumper
from .dialect import beside_ref, row_schema
from .patterns import ecma_pattern
from .resolve import shape_of
from .shapes import (
    Alias,
    Anything,
    Choice,
    Either,
    Field,
    Foreign,
    Items,
    Limited,
    Record,
    Row,
    Scalar,
    Schema,
    Shape,
    Table,
)
from .tables import INTEGER_KEYS, is_integer_key

_EMPTY: Final[dict[object, JsonValue]] = {list: [], dict: {}, set: [], frozenset: [], tuple: []}
_TIGHTER: Final[dict[str, Callable[[Any, Any], JsonValue]]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}


def schema_of(tp: Any) -> Schema:
    """Give the JSON Schema of a type; ``Any`` gives ``{}``.

    Raises:
      TypeError: if the type has no JSON.
    """
    return schema_of_shape(shape_of(tp))


def schema_of_shape(shape: Shape) -> Schema:
    """Give the JSON Schema of a shape, with its definitions at the root."""
    writer = _Writer()
    root = writer.write(shape)
    return writer.with_definitions(root)


class _Writer:
    """Writes one schema: classes become definitions, referred to by name."""

    def __init__(self) -> None:
        self.definitions: dict[str, JsonValue] = {}
        self.names: dict[Shape, str] = {}

    def with_definitions(self, root: Schema) -> Schema:
        target = root.get("$ref")
        if isinstance(target, str):
            # Forms and model APIs want to see "type: object" at the root.
            name = target.removeprefix("#/definitions/")
            inlined = self.definitions[name]
            if not _refers_to(target, self.definitions):
                del self.definitions[name]
            root = dict(inlined) if isinstance(inlined, dict) else {}
        return {**root, "definitions": self.definitions} if self.definitions else root

    def write(self, shape: Shape) -> Schema:
        match shape:
            case Anything():
                return {}
            case Scalar():
                return dict(shape.schema)
            case Choice():
                return _of_choice(shape)
            case Items():
                unique: Schema = {"uniqueItems": True} if shape.unique else {}
                return {"type": "array", "items": self.write(shape.item), **unique}
            case Table():
                return self._of_table(shape)
            case Either():
                return _any_of([self.write(member) for member in shape.members])
            case Limited():
                return _annotated(_limited(self.write(shape.inner), shape.constraints), shape.notes)
            case _:
                return self._reference(shape)

    def _reference(self, shape: Row | Record | Alias | Foreign) -> Schema:
        if isinstance(shape, Row) and shape.cls is tuple:
            return self._of_row(shape)
        if shape not in self.names:
            name = self._free_name(_name_of(shape))
            self.names[shape] = name
            self.definitions[name] = {}  # keeps the place while the class is being written
            self.definitions[name] = self._definition(shape, name)
        return {"$ref": f"#/definitions/{self.names[shape]}"}

    def _definition(self, shape: Row | Record | Alias | Foreign, name: str) -> Schema:
        match shape:
            case Row():
                return _annotated(self._of_row(shape), _description(shape.doc))
            case Record():
                return self._of_record(shape)
            case Alias():
                return self.write(shape.target())
            case _:
                return self._of_foreign(shape, name)

    def _free_name(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.definitions:
            count += 1
            name = f"{wanted}_{count}"
        return name

    def _of_row(self, shape: Row) -> Schema:
        return row_schema([self.write(item) for item in shape.items()], shape.required)

    def _of_table(self, shape: Table) -> Schema:
        keys = dict(INTEGER_KEYS) if is_integer_key(shape.key) else self.write(shape.key)
        plain = keys in ({}, {"type": "string"})
        names: Schema = {} if plain else {"propertyNames": keys}
        values = self.write(shape.value)
        return {"type": "object", **names, "additionalProperties": values or True}

    def _of_record(self, shape: Record) -> Schema:
        fields = shape.fields()
        properties: dict[str, JsonValue] = {field.wire: self._of_field(field) for field in fields}
        required: list[JsonValue] = [field.wire for field in fields if field.required]
        return {
            "type": "object",
            **_description(shape.doc),
            "properties": properties,
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if shape.unknown == "refuse" else {}),
        }

    def _of_field(self, field: Field) -> Schema:
        default = _default_of(field)
        notes = dict(field.notes)
        if not isinstance(default, Absent):
            notes["default"] = default
        return _annotated(self.write(field.shape), notes)

    def _of_foreign(self, shape: Foreign, name: str) -> Schema:
        schema = shape.schema()
        definitions: Any = schema.pop("definitions", {})
        own = str(schema.get("$ref", "")).removeprefix("#/definitions/")
        names = {each: name if each == own else self._taken(each) for each in definitions}
        for each, definition in definitions.items():
            self.definitions[names[each]] = _renamed(definition, names)
        written: Any = self.definitions[name] if own in definitions else _renamed(schema, names)
        return dict(written)

    def _taken(self, wanted: str) -> str:
        name = self._free_name(_safe(wanted))
        self.definitions[name] = {}
        return name


def _name_of(shape: Row | Record | Alias | Foreign) -> str:
    return _safe(shape.name if isinstance(shape, (Record, Alias)) else shape.cls.__name__)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _renamed(schema: JsonValue, names: dict[str, str]) -> JsonValue:
    if isinstance(schema, list):
        return [_renamed(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str):
        schema = {**schema, "$ref": "#/definitions/" + names[target.removeprefix("#/definitions/")]}
    return {key: _renamed(value, names) for key, value in schema.items()}


def _refers_to(target: str, schema: JsonValue) -> bool:
    if isinstance(schema, dict):
        return schema.get("$ref") == target or any(_refers_to(target, part) for part in schema.values())
    return isinstance(schema, list) and any(_refers_to(target, part) for part in schema)


def _description(doc: str | None) -> Schema:
    return {"description": doc} if doc else {}


def _annotated(schema: Schema, notes: Schema) -> Schema:
    return beside_ref({**schema, **notes})


def _any_of(members: list[Schema]) -> Schema:
    different: list[Schema] = []
    for member in members:
        if member not in different:
            different.append(member)
    if {"type": "number"} in different and {"type": "integer"} in different:
        different.remove({"type": "integer"})  # an integer is a number
    return {"anyOf": [*different]} if len(different) > 1 else different[0]


def _of_choice(shape: Choice) -> Schema:
    wires = [wire for wire, _ in shape.options]
    kinds = {kind_of(wire) for wire in wires}
    kind = kinds.pop() if len(kinds) == 1 else "number" if kinds == {"integer", "number"} else None
    return {**({"type": kind} if kind else {}), "enum": wires, **_description(shape.doc)}


def _limited(schema: Schema, constraints: tuple[Constraint, ...]) -> Schema:
    members = schema.get("anyOf")
    if isinstance(members, list):
        return {**schema, "anyOf": [_limited(dict(each), constraints) for each in members if isinstance(each, dict)]}
    for constraint in constraints:
        schema = _with_limit(schema, constraint)
    return schema


def _with_limit(schema: Schema, constraint: Constraint) -> Schema:
    keyword = constraint.keyword_for(str(schema.get("type")))
    bound = _in_schema(constraint.bound)
    # The length of base64 text is not that of the bytes.
    if keyword is None or bound is None or "contentEncoding" in schema:
        return schema
    if keyword not in schema:
        return {**schema, keyword: bound}
    if keyword in _TIGHTER:
        return {**schema, keyword: _TIGHTER[keyword](schema[keyword], bound)}
    all_of = schema.get("allOf")
    return {**schema, "allOf": [*(all_of if isinstance(all_of, list) else []), {keyword: bound}]}


def _in_schema(bound: Any) -> JsonValue:
    if hasattr(bound, "fullmatch"):
        return ecma_pattern(bound)
    finite = type(bound) is int or (type(bound) is float and math.isfinite(bound))
    return bound if finite else None


def _default_of(field: Field) -> JsonValue | Absent:
    default = field.default
    factory: object = getattr(default, "factory", None) if type(default).__name__ == "Factory" else None
    if factory is not None:
        # Another factory may give something else each time.
        return _EMPTY.get(factory, ABSENT)
    if default is attrs.NOTHING:
        return ABSENT
    try:
        return ABSENT if default is ABSENT else dumper(field.shape)(default)
    except InvalidValue:
        return ABSENT
