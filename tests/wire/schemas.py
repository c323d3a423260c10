"""What is asserted of every schema: it keeps to the dialect that Genkit's tools take."""

from typing import Any

from genkit_trio._wire.shape.dialect import FORMATS, KEYWORDS


def assert_in_dialect(root: dict[str, Any]):
    names = set(root.get("definitions", {}))
    for schema in _subschemas(root):
        assert schema.keys() <= KEYWORDS
        assert schema.get("format") in {None, *FORMATS}
        assert not isinstance(schema.get("type"), list)
        if "$ref" in schema:
            assert schema.keys() == {"$ref"}
            assert schema["$ref"].removeprefix("#/definitions/") in names
        if isinstance(schema.get("items"), list):
            assert schema["minItems"] == len(schema["items"])
            assert "maxItems" in schema or "additionalItems" in schema
        values = schema.get("enum", [])
        assert len({(type(value), value) for value in values}) == len(values)
    assert "$ref" not in root
    assert "$schema" not in root


def _subschemas(schema: dict[str, Any]):
    yield schema
    for key in ("properties", "patternProperties", "definitions"):
        for part in schema.get(key, {}).values():
            yield from _subschemas(part)
    for key in ("anyOf", "allOf", "oneOf"):
        for part in schema.get(key, []):
            yield from _subschemas(part)
    items = schema.get("items", [])
    for part in items if isinstance(items, list) else [items]:
        yield from _subschemas(part)
    for key in ("additionalProperties", "additionalItems", "propertyNames"):
        if isinstance(schema.get(key), dict):
            yield from _subschemas(schema[key])
