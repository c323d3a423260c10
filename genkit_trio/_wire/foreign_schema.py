"""Schemas of other libraries (draft 2020-12), rewritten as the draft-07 that Genkit's tools take."""

import re
from collections.abc import Callable
from typing import Any, Final

from .jsontext import JsonValue
from .patterns import ecma_pattern

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
_IN_LISTS: Final = ("allOf", "anyOf", "oneOf")
_IN_MAPS: Final = ("properties", "patternProperties", "definitions")
_NESTED: Final = ("items", "additionalItems", "not", "if", "then", "else", "contains", "additionalProperties")
_VALUES: Final = ("default", "examples", "enum", "const")


def draft7(schema: Any) -> dict[str, JsonValue]:
    """Rewrite a schema; what draft-07 or Ajv's strict mode does not know is left out."""
    renamed = {"definitions" if key == "$defs" else key: value for key, value in schema.items()}
    out = {key: _rewritten(key, value) for key, value in renamed.items() if key in KEYWORDS}
    if "prefixItems" in renamed:
        _put_row(out, renamed)
    _drop_unknown_text_rules(out)
    _split_types(out)
    if "$ref" in out and len(out.keys() - {"definitions"}) > 1:
        out["allOf"] = [{"$ref": out.pop("$ref")}]
    return out


def _rewritten(key: str, value: Any) -> Any:
    if key == "$ref":
        return value.replace("#/$defs/", "#/definitions/")
    if key in _VALUES:
        return value
    return _REWRITERS.get(key, _same)(value)


def _same(value: Any) -> Any:
    return value


def _each(value: Any) -> Any:
    return [draft7(part) for part in value]


def _each_value(value: Any) -> Any:
    return {name: _nested(part) for name, part in value.items()}


def _nested(value: Any) -> Any:
    return draft7(value) if isinstance(value, dict) else value


def _put_row(out: dict[str, JsonValue], schema: dict[str, Any]) -> None:
    row = _each(schema["prefixItems"])
    rest = out.pop("items", None)
    out["items"] = row
    out.setdefault("minItems", len(row))
    if rest in (None, False):
        out.setdefault("maxItems", len(row))
    else:
        out["additionalItems"] = rest


def _drop_unknown_text_rules(out: dict[str, Any]) -> None:
    if out.get("format") not in FORMATS:
        out.pop("format", None)
    if "pattern" in out:
        pattern = ecma_pattern(re.compile(out.pop("pattern")))
        if pattern is not None:
            out["pattern"] = pattern


def _split_types(out: dict[str, Any]) -> None:
    types = out.get("type")
    if not isinstance(types, (str, type(None))):
        out["anyOf"] = [{"type": each} for each in types]
        del out["type"]


_REWRITERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_IN_LISTS, _each),
    **dict.fromkeys(_IN_MAPS, _each_value),
    **dict.fromkeys((*_NESTED, "propertyNames"), _nested),
}
