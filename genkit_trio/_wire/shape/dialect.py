"""The JSON Schema that Genkit's tools take: draft-07 as Ajv compiles it in strict mode.

An unknown keyword or format is an error there, a tuple without both bounds is a warning.
"""

from typing import Final

from ..jsontext import JsonValue

_FORMATS_WORDS: Final = """
    date-time date time duration uri uri-reference email hostname ipv4 ipv6 uuid json-pointer byte binary
    password int32 int64 float double
"""
FORMATS: Final = frozenset(_FORMATS_WORDS.split())
_KEYWORDS_WORDS: Final = """
    $ref title description default examples deprecated readOnly writeOnly type enum const allOf anyOf oneOf not
    if then else multipleOf maximum minimum exclusiveMaximum exclusiveMinimum maxLength minLength pattern format
    contentEncoding contentMediaType items additionalItems maxItems minItems uniqueItems contains maxProperties
    minProperties required properties patternProperties additionalProperties propertyNames definitions
"""
KEYWORDS: Final = frozenset(_KEYWORDS_WORDS.split())


def row_schema(items: list[JsonValue], required: int, rest: JsonValue = None) -> dict[str, JsonValue]:
    """Give the schema of an array whose places have their own schemas.

    Args:
      items: the schemas of the places.
      required: how many places must be there; shorter rows are alternatives of their own.
      rest: the schema of what may follow, None when nothing may.
    """
    rows: list[JsonValue] = [_row(items[:length], None) for length in range(required, len(items))]
    full = _row(items, rest)
    return {"anyOf": [*rows, full]} if rows else full


def beside_ref(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Move a ``$ref`` that has keywords beside it into ``allOf``: validators differ in what they make of those."""
    if "$ref" not in schema or not schema.keys() - {"$ref", "definitions"}:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {"allOf": [{"$ref": schema["$ref"]}], **rest}


def _row(items: list[JsonValue], rest: JsonValue) -> dict[str, JsonValue]:
    if not items:
        return {"type": "array", "maxItems": 0} if rest is None else {"type": "array", "items": rest}
    row: dict[str, JsonValue] = {"type": "array", "items": items, "minItems": len(items)}
    if rest is None:
        return {**row, "maxItems": len(items), "additionalItems": False}
    return {**row, "additionalItems": rest}
