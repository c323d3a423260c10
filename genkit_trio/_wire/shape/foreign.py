"""Classes of pydantic and msgspec, read and written by their own libraries, strictly.

Neither library is imported here: a class of theirs exists only when the user has imported it.
"""

import re
import sys
from typing import Any, Final

from ..issues import Findings, InvalidValue, expected, kind_of, refused
from ..jsontext import JsonValue, dumps
from .foreign_schema import draft7
from .shapes import Foreign

_JSON_KINDS: Final = frozenset(["object", "array", "string", "integer", "number", "boolean", "null"])
_PYDANTIC_KINDS: Final = {
    "string_type": "string",
    "int_type": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "none_required": "null",
    "list_type": "array",
    "tuple_type": "array",
    "set_type": "array",
    "frozen_set_type": "array",
    "dict_type": "object",
    "mapping_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "dataclass_type": "object",
}
# Their messages hold the bounds of the definition and nothing of the value.
_PYDANTIC_SAFE_WORDS: Final = """
    greater_than greater_than_equal less_than less_than_equal multiple_of finite_number string_too_short
    string_too_long string_pattern_mismatch literal_error enum
"""
_PYDANTIC_SAFE: Final = frozenset(_PYDANTIC_SAFE_WORDS.split())
_MSGSPEC_MISFIT: Final = re.compile(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `(?:key in )?\$?([^`]*)`)?")
_MSGSPEC_MISSING: Final = re.compile(r"Object missing required field `([^`]*)`(?: - at `\$?([^`]*)`)?")
_MSGSPEC_PLACE: Final = re.compile(r" - at `(?:key in )?\$?([^`]*)`$")
_MSGSPEC_KINDS: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def foreign_of(cls: type, tp: Any = None) -> Foreign | None:
    """Give the shape of a pydantic model or dataclass or a msgspec Struct, None for other classes.

    Args:
      cls: the class itself.
      tp: the class with its arguments, when it is generic and has some.
    """
    pydantic, msgspec = sys.modules.get("pydantic"), sys.modules.get("msgspec")
    if pydantic is not None and (issubclass(cls, pydantic.BaseModel) or hasattr(cls, "__pydantic_validator__")):
        return _of_pydantic(cls, pydantic.TypeAdapter(tp or cls), pydantic)
    if msgspec is not None and issubclass(cls, msgspec.Struct):
        return _of_msgspec(cls, tp or cls, msgspec)
    return None


def _of_pydantic(cls: type, adapter: Any, pydantic: Any) -> Foreign:
    def load(value: JsonValue) -> object:
        try:
            return adapter.validate_json(dumps(value), strict=True)
        except pydantic.ValidationError as exc:
            raise _pydantic_issues(exc, value) from None  # its text shows the value

    def dump(value: Any) -> JsonValue:
        if not isinstance(value, cls):
            raise expected(cls.__name__, value)
        try:
            plain: JsonValue = adapter.dump_python(value, mode="json", by_alias=True, warnings="error")
        except Exception as exc:  # serializers are the user's code
            raise refused(f"cannot be written as {cls.__name__}") from exc
        return plain

    schema = adapter.json_schema(by_alias=True)
    kinds = frozenset(["object"]) if _is_object(schema) else _JSON_KINDS
    return Foreign(cls, kinds, load, dump, lambda: draft7(schema))


def _is_object(schema: Any) -> bool:
    # A recursive model is a $ref to its definition.
    return schema.get("type") == "object" or "$ref" in schema


def _pydantic_issues(exc: Any, value: JsonValue) -> InvalidValue:
    findings = Findings()
    for error in exc.errors(include_url=False, include_context=False, include_input=False):
        place, found = _walked(value, error["loc"], keep_last=error["type"] in ("missing", "extra_forbidden"))
        inner = Findings()
        inner.merge(refused(_pydantic_sentence(error, found)))
        for key in reversed(place):
            outer = Findings()
            outer.under(key, inner.error())
            inner = outer
        findings.merge(inner.error())
    return findings.error()


def _walked(value: Any, loc: tuple[str | int, ...], *, keep_last: bool) -> tuple[list[str | int], Any]:
    """Follow a location through the value; the names of union members in it are no keys."""
    place: list[str | int] = []
    for key in loc:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            continue
        place.append(key)
    if keep_last and (not place or place[-1] != loc[-1]):
        place.append(loc[-1])
    return place, value


def _pydantic_sentence(error: Any, value: object) -> str:
    kind = error["type"]
    if kind == "missing":
        return "required field missing"
    if kind == "extra_forbidden":
        return "unknown field"
    if kind in _PYDANTIC_KINDS:
        return f"expected {_PYDANTIC_KINDS[kind]}, got {kind_of(value)}"
    if kind in _PYDANTIC_SAFE:
        return "expected " + str(error["msg"]).removeprefix("Input should be ").removeprefix("String should ")
    return f"not accepted ({kind})"


def _of_msgspec(cls: type, tp: Any, msgspec: Any) -> Foreign:
    def load(value: JsonValue) -> object:
        try:
            return msgspec.convert(value, tp, strict=True)
        except msgspec.ValidationError as exc:
            raise _msgspec_issue(str(exc)) from None  # its text may show the value

    def dump(value: Any) -> JsonValue:
        if not isinstance(value, cls):
            raise expected(cls.__name__, value)
        try:
            plain: JsonValue = msgspec.to_builtins(value, str_keys=True)
        except Exception as exc:  # msgspec raises several for what has no JSON
            raise refused(f"cannot be written as {cls.__name__}") from exc
        load(plain)  # msgspec writes whatever the attributes hold
        return plain

    kinds = frozenset(["array" if msgspec.inspect.type_info(cls).array_like else "object"])
    return Foreign(cls, kinds, load, dump, lambda: draft7(msgspec.json.schema(tp)))


def _msgspec_issue(text: str) -> InvalidValue:
    misfit = _MSGSPEC_MISFIT.fullmatch(text)
    if misfit:
        wanted, got, place = misfit.groups()
        sentence = f"expected {_in_json(wanted)}, got {_in_json(got)}"
        return _at(place, sentence)
    missing = _MSGSPEC_MISSING.fullmatch(text)
    if missing:
        return _at(f"{missing[2] or ''}.{missing[1]}", "required field missing")
    place = _MSGSPEC_PLACE.search(text)
    return _at(place[1] if place else "", "not accepted")


def _in_json(names: str) -> str:
    return " or ".join(_MSGSPEC_KINDS.get(name, name) for name in names.split(" | "))


def _at(place: str | None, sentence: str) -> InvalidValue:
    return InvalidValue([((place or "").replace("[", ".").replace("]", "").lstrip("."), sentence)])
