"""What can be told about a shape without reading a whole value: its JSON kinds, and a first look."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..issues import InvalidValue, kind_of
from ..jsontext import JsonValue
from .choices import has_member
from .shapes import (
    Alias,
    Anything,
    Choice,
    Either,
    Foreign,
    Items,
    Limited,
    Record,
    Row,
    Scalar,
    Shape,
    Table,
)
from .tables import without_limits

ALL_KINDS: Final = frozenset(["object", "array", "string", "integer", "number", "boolean", "null"])


def kinds_of(shape: Shape) -> frozenset[str]:
    """Give the JSON kinds that values of the shape have."""
    match shape:
        case Anything():
            return ALL_KINDS
        case Scalar() | Foreign():
            return shape.kinds
        case Choice():
            return frozenset(kind_of(wire) for wire, _ in shape.options)
        case Items() | Row():
            return frozenset(["array"])
        case Table() | Record():
            return frozenset(["object"])
        case Either():
            return frozenset(kind for member in shape.members for kind in kinds_of(member))
        case _:
            return kinds_of(without_limits(shape))


def looks_like(shape: Shape, value: Any) -> bool:
    """Compare an object or array with a shape that is one, one level deep, which takes linear time.

    A full attempt per member of a union could take exponential time on nested unions.
    """
    shape = without_limits(shape)
    match shape:
        case Items():
            return all(_may_be(shape.item, item) for item in value)
        case Row():
            items = shape.items()
            fits = shape.required <= len(value) <= len(items)
            return fits and all(_may_be(item, inner) for item, inner in zip(items, value, strict=False))
        case Table():
            return all(_may_be(shape.value, inner) for inner in value.values())
        case Record():
            return all(
                _may_be(field.shape, value[field.wire]) if field.wire in value else not field.required
                for field in shape.fields()
            )
        case Foreign():
            return _loads(shape, value)
        case _:
            return True


def _may_be(shape: Shape, value: JsonValue) -> bool:
    shape = without_limits(shape)
    if isinstance(shape, Either):
        return any(_may_be(member, value) for member in shape.members)
    if isinstance(shape, Choice):
        return any(type(wire) is type(value) and wire == value for wire, _ in shape.options)
    if isinstance(shape, Scalar):
        return _loads(shape, value)
    return kind_of(value) in kinds_of(shape)


def _loads(shape: Scalar | Foreign, value: JsonValue) -> bool:
    try:
        shape.load(value)
    except InvalidValue:
        return False
    return True


def holds(shape: Shape, value: Any) -> bool:
    """Tell whether a Python value may be one of the shape, from its class."""
    match shape:
        case Anything():
            return True
        case Scalar():
            return shape.accepts(value)
        case Choice():
            return has_member(shape, value)
        case Items():
            return isinstance(value, shape.classes)
        case Row() | Foreign():
            return isinstance(value, shape.cls)
        case Table():
            return isinstance(value, Mapping)
        case Record():
            return isinstance(value, dict if shape.is_dict else shape.cls)
        case Either():
            return any(holds(member, value) for member in shape.members)
        case _:
            return holds(without_limits(shape), value)


def nests_without_end(shape: Shape) -> bool:
    """Tell whether values of the shape may be nested to any depth."""
    return _has_cycle(shape, set(), set())


def _has_cycle(shape: Shape, above: set[Shape], bounded: set[Shape]) -> bool:
    if shape in above or isinstance(shape, (Anything, Foreign)):
        return True
    if shape in bounded:
        return False
    above.add(shape)
    found = any(_has_cycle(part, above, bounded) for part in _parts(shape))
    above.discard(shape)
    bounded.add(shape)
    return found


def _parts(shape: Shape) -> Iterable[Shape]:
    match shape:
        case Items():
            return [shape.item]
        case Row():
            return shape.items()
        case Table():
            return [shape.value]
        case Record():
            kept: list[Shape] = [Anything()] if shape.unknown == "keep" else []
            return [*kept, *(field.shape for field in shape.fields())]
        case Either():
            return shape.members
        case Limited() | Alias():
            return [without_limits(shape)]
        case _:
            return []
