"""Objects with any keys: what their keys may be, and how they are read and written."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..issues import Findings, InvalidValue, expected, refused
from ..jsontext import JsonValue
from .arrays import FindDump, FindLoad
from .shapes import Alias, Anything, Choice, Dump, Limited, Load, Scalar, Schema, Shape, Table

_INTEGER_KEY: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
INTEGER_KEYS: Final[Schema] = {"type": "string", "pattern": "^(0|-?[1-9][0-9]{0,18})$"}


def load_table(shape: Table, find: FindLoad) -> Load:
    """Give the function that reads an object with any keys."""
    load_key, load_value = _key_loader(shape.key, find), find(shape.value)

    def load(value: JsonValue) -> object:
        if type(value) is not dict:
            raise expected("object", value)
        table = _converted(value, load_key, load_value)
        return table if shape.make is dict else shape.make(table)

    return load


def dump_table(shape: Table, find: FindDump) -> Dump:
    """Give the function that writes a mapping."""
    dump_key, dump_value = _key_dumper(shape.key, find), find(shape.value)

    def dump(value: Any) -> JsonValue:
        if not issubclass(type(value), Mapping):
            raise expected("object", value)
        return _converted(value, dump_key, dump_value)

    return dump


def is_integer_key(shape: Shape) -> bool:
    """Tell whether the keys are integers, which JSON writes as strings; others are strings themselves.

    Raises:
      TypeError: if keys of this type cannot be written as strings.
    """
    plain = without_limits(shape)
    if isinstance(plain, Scalar) and plain.kinds == frozenset(["integer"]):
        return True
    as_text = (isinstance(plain, Scalar) and plain.kinds == frozenset(["string"])) or (
        isinstance(plain, Choice) and all(isinstance(wire, str) for wire, _ in plain.options)
    )
    if not (as_text or isinstance(plain, Anything)):
        raise TypeError(
            "keys of a mapping are str, int, an enum or literals of strings, or a scalar written as a string"
        )
    return False


def without_limits(shape: Shape) -> Shape:
    """Give the shape that a constrained or aliased one is about."""
    while isinstance(shape, (Limited, Alias)):
        shape = shape.inner if isinstance(shape, Limited) else shape.target()
    return shape


def _key_loader(shape: Shape, find: FindLoad) -> Callable[[Any], Any]:
    load = find(shape)
    if not is_integer_key(shape):
        return load

    def load_integer(key: str) -> object:
        if not _INTEGER_KEY.fullmatch(key):
            raise refused("expected an integer as the key")
        return load(int(key))

    return load_integer


def _key_dumper(shape: Shape, find: FindDump) -> Callable[[Any], Any]:
    dump = find(shape)
    if is_integer_key(shape):
        return lambda key: str(dump(key))
    if isinstance(without_limits(shape), Anything):
        return _text_key
    return dump


def _text_key(key: object) -> str:
    if type(key) is not str:
        raise expected("string as the key", key)
    return key


def _converted(
    values: Mapping[Any, Any], convert_key: Callable[[Any], Any], convert_value: Callable[[Any], Any]
) -> dict[Any, Any]:
    converted: dict[Any, Any] = {}
    findings: Findings | None = None
    for key, value in values.items():
        try:
            converted[convert_key(key)] = convert_value(value)
        except InvalidValue as wrong:
            findings = findings or Findings()
            findings.under(key if isinstance(key, (str, int)) else type(key).__name__, wrong)
            if findings.full:
                break
    if findings:
        raise findings.error()
    return converted
