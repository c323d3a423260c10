"""One of a few scalars: the table that reads it, the table that writes it, and its name in messages."""

from typing import Any

from ..issues import expected, refused
from ..jsontext import JsonValue
from .shapes import Choice, Dump, Load


def load_choice(shape: Choice) -> Load:
    """Give the function that reads a choice."""
    # Keyed by class too, because 1 == True.
    members = {(type(wire), wire): member for wire, member in shape.options}
    names = allowed(shape)

    def load(value: JsonValue) -> object:
        if isinstance(value, (dict, list)):
            raise expected(names, value)
        try:
            return members[type(value), value]
        except KeyError:
            raise refused(f"expected {names}") from None

    return load


def dump_choice(shape: Choice) -> Dump:
    """Give the function that writes a choice."""
    wires = {(type(member), member): wire for wire, member in shape.options}
    names = allowed(shape)

    def dump(value: Any) -> JsonValue:
        try:
            return wires[type(value), value]
        except (KeyError, TypeError):
            raise refused(f"expected {names}") from None

    return dump


def has_member(shape: Choice, value: object) -> bool:
    """Tell whether a Python value is one of the choice."""
    return any(type(member) is type(value) and member == value for _, member in shape.options)


def allowed(shape: Choice) -> str:
    """Name the values of a choice as they are in JSON: ``"a" or "b"``."""
    return " or ".join(_in_json(wire) for wire, _ in shape.options)


def _in_json(wire: JsonValue) -> str:
    if wire is None or isinstance(wire, bool):
        return "null" if wire is None else str(wire).lower()
    return f'"{wire}"' if isinstance(wire, str) else str(wire)
