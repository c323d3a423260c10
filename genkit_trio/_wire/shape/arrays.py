"""Arrays: of any length, and rows whose places have their own types."""

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ..issues import Findings, InvalidValue, expected, refused
from ..jsontext import JsonValue
from .shapes import Dump, Items, Load, Row, Scalar, Shape

FindLoad: TypeAlias = Callable[[Shape], Load]
FindDump: TypeAlias = Callable[[Shape], Dump]

_REPEATED: Final = "expected unique items"


def load_items(shape: Items, find: FindLoad) -> Load:
    """Give the function that reads an array of any length."""
    load_item, all_unchanged = find(shape.item), _unchanged_check(shape.item)

    def load(value: JsonValue) -> object:
        if type(value) is not list:
            raise expected("array", value)
        items = list(value) if all_unchanged(value) else _each(value, load_item)
        if not shape.unique:
            return items if shape.make is list else shape.make(items)
        return _distinct(items, shape.make)

    return load


def dump_items(shape: Items, find: FindDump) -> Dump:
    """Give the function that writes an array of any length; sets are sorted where they can be."""
    dump_item, all_unchanged = find(shape.item), _unchanged_check(shape.item)

    def dump(value: Any) -> JsonValue:
        if not issubclass(type(value), shape.classes):
            raise expected("array", value)
        items: list[Any] = list(value)
        if not all_unchanged(items):
            items = _each(items, dump_item)
        if shape.unique:
            _sort(items)
        return items

    return dump


def load_row(shape: Row, find: FindLoad) -> Load:
    """Give the function that reads a row."""
    loads = [find(item) for item in shape.items()]

    def load(value: JsonValue) -> object:
        if type(value) is not list:
            raise expected("array", value)
        if not shape.required <= len(value) <= len(loads):
            raise _wrong_length(shape.required, len(loads), len(value))
        return shape.make(_in_place(value, loads))

    return load


def dump_row(shape: Row, find: FindDump) -> Dump:
    """Give the function that writes a row."""
    dumps = [find(item) for item in shape.items()]

    def dump(value: Any) -> JsonValue:
        if not issubclass(type(value), shape.cls):
            raise expected("array", value)
        if len(value) != len(dumps):
            raise _wrong_length(len(dumps), len(dumps), len(value))
        return _in_place(value, dumps)

    return dump


def _unchanged_check(item: Shape) -> Callable[[list[Any]], bool]:
    """Tell at C speed that all items are what they should be already, as in a list of text."""
    if not isinstance(item, Scalar):
        return lambda items: False
    if item.unchanged is None:
        return _all_finite if item.what == "number" else lambda items: False
    wanted = {item.unchanged}
    return lambda items: set(map(type, items)) <= wanted


def _all_finite(items: list[Any]) -> bool:
    return set(map(type, items)) <= {float} and all(map(math.isfinite, items))


def _each(values: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    converted: list[Any] = []
    findings: Findings | None = None
    for index, value in enumerate(values):
        try:
            converted.append(convert(value))
        except InvalidValue as wrong:
            findings = findings or Findings()
            findings.under(index, wrong)
            if findings.full:
                break
    if findings:
        raise findings.error()
    return converted


def _in_place(values: Any, converters: list[Callable[[Any], Any]]) -> list[Any]:
    converted: list[Any] = []
    findings = Findings()
    for index, (value, convert) in enumerate(zip(values, converters, strict=False)):
        try:
            converted.append(convert(value))
        except InvalidValue as wrong:
            findings.under(index, wrong)
    if findings.found:
        raise findings.error()
    return converted


def _distinct(items: list[Any], make: Callable[[list[Any]], Any]) -> object:
    try:
        unique = make(items)
    except TypeError:
        raise refused("expected items that can be in a set, such as strings and numbers") from None
    if len(unique) != len(items):
        raise refused(_REPEATED)
    return unique


def _sort(items: list[Any]) -> None:
    # The order of a set of text differs from process to process.
    try:
        items.sort()
    except TypeError:
        return


def _wrong_length(least: int, most: int, length: int) -> InvalidValue:
    wanted = str(most) if least == most else f"{least} to {most}"
    return refused(f"expected {wanted} items, got {length}")
