"""Schemas of other libraries (draft 2020-12), rewritten as the draft-07 that Genkit's tools take."""

import re
from collections.abc import Callable
from typing import Any, Final

from ..jsontext import JsonValue
from .dialect import FORMATS, KEYWORDS, beside_ref, row_schema
from .patterns import ecma_pattern

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
    return beside_ref(out)


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
    """Rewrite a tuple; both libraries bound the length, or say what follows the row."""
    row, rest = _each(schema["prefixItems"]), out.pop("items", False)
    required, _ = int(schema.get("minItems", 0)), out.pop("minItems", None)
    bounded = out.pop("maxItems", None) is not None or rest is False
    del out["type"]
    out.update(row_schema(row, required, None if bounded else rest))


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
