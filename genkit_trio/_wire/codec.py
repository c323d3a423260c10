"""Codecs: what the rest of the library uses to read, write and describe values of a type."""

import importlib
from collections.abc import Hashable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .issues import InvalidValue
from .jsontext import MAX_DEPTH, JsonValue, nests_too_deep

if TYPE_CHECKING:
    from .shape import Dump, Load, Shape

T = TypeVar("T")

_known: dict[Hashable, "Codec[Any]"] = {}


class Codec(Generic[T]):
    """Reads, writes and describes values of one type.

    Making one costs next to nothing: the type is looked at when it is first used, and then never
    again. Use `codec_of`, which gives the same codec for the same type.
    """

    __slots__ = ("_dump", "_load", "_schema", "_shape", "tp")

    def __init__(self, tp: Any) -> None:
        self.tp = tp
        self._shape: Shape | None = None
        self._load: Load | None = None
        self._dump: Dump | None = None
        self._schema: dict[str, JsonValue] | None = None

    def load(self, value: JsonValue) -> T:
        """Make the Python value of a JSON value, without any coercion.

        Raises:
          InvalidValue: if the value does not fit the type; all faults are named.
          TypeError: if the type has no JSON.
        """
        load = self._load or self._make_load()
        try:
            loaded: Any = load(value)
        except RecursionError:
            raise _too_deep() from None
        return loaded  # type: ignore[no-any-return]  # because the loader is made from the type

    def dump(self, value: T) -> JsonValue:
        """Make the JSON value of a Python value, which is checked on the way.

        Raises:
          InvalidValue: if the value does not fit the type, holds a number that is not finite, or
            nests more than 128 levels.
          TypeError: if the type has no JSON.
        """
        dump = self._dump or self._make_dump()
        try:
            return dump(value)
        except RecursionError:
            raise _too_deep() from None

    def schema(self) -> dict[str, JsonValue]:
        """Give the JSON Schema of the type (draft-07); it is shared, so do not change it.

        Raises:
          TypeError: if the type has no JSON.
        """
        if self._schema is None:
            schema: dict[str, JsonValue] = _machinery().schema_of_shape(self._resolved())
            self._schema = schema
        return self._schema

    def check(self) -> None:
        """Look at the whole type now, so that a mistake in it is found where it is declared.

        Raises:
          TypeError: if the type has no JSON.
        """
        self._make_load()
        self._make_dump()
        self.schema()

    def __repr__(self) -> str:
        return f"codec_of({self.tp!r})"

    def _resolved(self) -> "Shape":
        if self._shape is None:
            shape: Shape = _machinery().shape_of(self.tp)
            self._shape = shape
        return self._shape

    def _make_load(self) -> "Load":
        load: Load = _machinery().loader(self._resolved())
        self._load = load
        return load

    def _make_dump(self) -> "Dump":
        shape = self._resolved()
        dump: Dump = _machinery().dumper(shape)
        if _machinery().nests_without_end(shape):
            dump = _with_depth_check(dump)
        self._dump = dump
        return dump


@overload
def codec_of(tp: type[T]) -> Codec[T]: ...


@overload
def codec_of(tp: Any) -> Codec[Any]: ...


def codec_of(tp: Any) -> Codec[Any]:
    """Give the codec of a type or annotation; a codec is its own.

    Nothing is checked yet: see `Codec.check`.
    """
    if isinstance(tp, Codec):
        return tp  # pyright: ignore[reportUnknownVariableType]  # because nothing is known of what it reads
    try:
        found = _known.get(tp)
    except TypeError:
        return Codec(tp)  # metadata of Annotated may be unhashable
    if found is None:
        found = _known[tp] = Codec(tp)
    return found


def _machinery() -> ModuleType:
    # Imported on first use, see there.
    return importlib.import_module(".shape", __package__)


def _with_depth_check(dump: "Dump") -> "Dump":
    def dump_checked(value: Any) -> JsonValue:
        dumped = dump(value)
        if type(dumped) in (dict, list) and nests_too_deep(dumped):
            raise _too_deep()
        return dumped

    return dump_checked


def _too_deep() -> InvalidValue:
    return InvalidValue([("", f"nested more than {MAX_DEPTH} levels deep")])
