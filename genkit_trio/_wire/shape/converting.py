"""From JSON to Python values and back: one function per shape, derived from the shape alone.

They raise `InvalidValue` and nothing else.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

from ..issues import InvalidValue, expected
from ..jsontext import JsonValue
from .arrays import dump_items, dump_row, load_items, load_row
from .choices import dump_choice, load_choice
from .compiling import once_per_shape
from .constraints import Constraint
from .objects import dump_record, load_record
from .resolve import shape_of
from .shapes import (
    Alias,
    Anything,
    Choice,
    Dump,
    Either,
    Foreign,
    Items,
    Limited,
    Load,
    Record,
    Row,
    Scalar,
    Shape,
    Table,
)
from .tables import dump_table, load_table
from .unions import dump_either, load_either

_PLAIN: Final = frozenset([str, int, bool, type(None)])


@once_per_shape
def loader(shape: Shape) -> Load:
    """Give the function that reads a JSON value of this shape."""
    return _LOADS[type(shape)](shape)


@once_per_shape
def dumper(shape: Shape) -> Dump:
    """Give the function that writes a Python value of this shape."""
    return _DUMPS[type(shape)](shape)


def dump_anything(value: Any) -> JsonValue:
    """Write a value of no declared type: JSON as it is, everything else as its class says."""
    if type(value) in _PLAIN:
        plain: JsonValue = value
        return plain
    return _dumper_of_class(value.__class__)(value)


@functools.cache
def _dumper_of_class(cls: type) -> Dump:
    for base in cls.__mro__[:-1]:
        try:
            return dumper(shape_of(base))
        except TypeError:
            continue
    return _refuse


def _refuse(value: object) -> JsonValue:
    raise expected("a JSON value", value)


def _then_checked(load: Load, constraints: tuple[Constraint, ...]) -> Load:
    if not constraints:
        return load

    def load_and_check(value: JsonValue) -> object:
        loaded = load(value)
        _check(loaded, constraints)
        return loaded

    return load_and_check


def _and_checked(dump: Dump, constraints: tuple[Constraint, ...]) -> Dump:
    if not constraints:
        return dump

    def dump_and_check(value: Any) -> JsonValue:
        dumped = dump(value)
        _check(value, constraints)
        return dumped

    return dump_and_check


def _check(value: Any, constraints: tuple[Constraint, ...]) -> None:
    broken = [constraint.text for constraint in constraints if not _holds(constraint, value)]
    if broken:
        raise InvalidValue([("", text) for text in broken])


def _holds(constraint: Constraint, value: Any) -> bool:
    try:
        return constraint.holds(value)
    except TypeError:
        return True  # a bound says nothing about None, nor a length about numbers


_LOADS: Final[dict[type, Callable[[Any], Load]]] = {
    Anything: lambda shape: lambda value: value,
    Scalar: lambda shape: shape.load,
    Foreign: lambda shape: shape.load,
    Choice: load_choice,
    Items: lambda shape: load_items(shape, loader),
    Row: lambda shape: load_row(shape, loader),
    Table: lambda shape: load_table(shape, loader),
    Record: lambda shape: load_record(shape, loader),
    Either: lambda shape: load_either(shape, loader),
    Limited: lambda shape: _then_checked(loader(shape.inner), shape.constraints),
    Alias: lambda shape: loader(shape.target()),
}
_DUMPS: Final[dict[type, Callable[[Any], Dump]]] = {
    Anything: lambda shape: dump_anything,
    Scalar: lambda shape: shape.dump,
    Foreign: lambda shape: shape.dump,
    Choice: dump_choice,
    Items: lambda shape: dump_items(shape, dumper),
    Row: lambda shape: dump_row(shape, dumper),
    Table: lambda shape: dump_table(shape, dumper),
    Record: lambda shape: dump_record(shape, dumper),
    Either: lambda shape: dump_either(shape, dumper),
    Limited: lambda shape: _and_checked(dumper(shape.inner), shape.constraints),
    Alias: lambda shape: dumper(shape.target()),
}
