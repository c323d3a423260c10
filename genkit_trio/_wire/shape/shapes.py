"""What a type looks like in JSON, as a value.

`resolve` turns an annotation into a shape; loading, dumping and the JSON Schema are all derived
from the shape, so they cannot disagree about a type.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from ..jsontext import JsonValue
from ..spelling import Unknown
from .constraints import Constraint

Load: TypeAlias = Callable[[JsonValue], object]
Dump: TypeAlias = Callable[[Any], JsonValue]
Schema: TypeAlias = dict[str, JsonValue]


@attrs.frozen(eq=False)
class Anything:
    """Any JSON value (``Any``, ``object``)."""


@attrs.frozen(eq=False)
class Scalar:
    """A value that JSON writes as a string, number, boolean or null."""

    what: str  # in messages: "expected <what>, got array"
    kinds: frozenset[str]
    load: Load
    dump: Dump
    schema: Schema
    accepts: Callable[[object], bool]  # is this Python value one of ours?
    unchanged: type | None = None  # values of exactly this class are the same in JSON
    formatted: bool = False  # not every value of the kind is accepted


@attrs.frozen(eq=False)
class Choice:
    """One of a few scalars (``Literal``, enums): pairs of the JSON value and the Python value."""

    enum: type | None  # whose members the values are; None for literals
    options: tuple[tuple[JsonValue, object], ...]
    doc: str | None = None


@attrs.frozen(eq=False)
class Items:
    """An array of any length (``list``, ``set``, ``tuple[X, ...]`` and friends)."""

    item: "Shape"
    make: Callable[[list[Any]], Any]
    classes: tuple[type, ...]  # of Python values that are dumped as this
    unique: bool = False


@attrs.frozen(eq=False)
class Row:
    """An array whose places have their own types (``tuple[X, Y]``, ``NamedTuple``)."""

    items: Callable[[], tuple["Shape", ...]]  # late, because a named tuple may hold itself
    required: int
    make: Callable[[list[Any]], object]
    cls: type
    doc: str | None = None


@attrs.frozen(eq=False)
class Table:
    """An object with any keys (``dict``, ``Mapping``)."""

    key: "Shape"
    value: "Shape"
    make: Callable[[dict[Any, Any]], object]


@attrs.frozen
class Field:
    """One key of a record."""

    name: str  # of the attribute
    wire: str  # the key in JSON
    argument: str  # of the constructor
    shape: "Shape"
    required: bool
    omit: tuple[object, ...]  # values with which the key is not written
    default: object
    notes: Schema


@attrs.frozen(eq=False)
class Record:
    """An object with known keys (attrs classes, dataclasses, ``TypedDict``)."""

    cls: type
    name: str
    fields: Callable[[], tuple[Field, ...]]  # late, because a class may hold itself
    unknown: Unknown = "ignore"  # keys that are not among the fields
    doc: str | None = None

    @property
    def is_dict(self) -> bool:
        """Whether the Python value is a plain dict."""
        return issubclass(self.cls, dict)


@attrs.frozen(eq=False)
class Either:
    """One of several shapes (``X | Y``)."""

    members: tuple["Shape", ...]


@attrs.frozen(eq=False)
class Limited:
    """A shape with constraints, and what its annotation says about it."""

    inner: "Shape"
    constraints: tuple[Constraint, ...]
    notes: Schema


@attrs.frozen(eq=False)
class Alias:
    """A named alias (``type X = ...``), which may refer to itself."""

    name: str
    target: Callable[[], "Shape"]


@attrs.frozen(eq=False)
class Foreign:
    """A class that another library reads and writes (pydantic, msgspec)."""

    cls: type
    kinds: frozenset[str]
    load: Load
    dump: Dump
    schema: Callable[[], Schema]


Shape: TypeAlias = Anything | Scalar | Choice | Items | Row | Table | Record | Either | Limited | Alias | Foreign
