"""From an annotation to the shape of its JSON."""

import collections
import collections.abc
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, ForwardRef, TypeVar, get_args, get_origin

import typing_extensions

from ..absent import Absent
from ..jsontext import JsonValue
from . import constraints
from .foreign import foreign_of
from .records import SELF, alias_target, doc_of, hints_of, is_record, record_of
from .scalars import scalar_of, subclass_of_scalar
from .shapes import Alias, Anything, Choice, Either, Items, Limited, Row, Shape, Table

Env = Mapping[Any, Any]

_ANYTHING: Final = Anything()
_ARRAYS: Final[dict[Any, tuple[Any, tuple[type, ...]]]] = {
    list: (list, (list,)),
    collections.deque: (collections.deque, (collections.deque,)),
    set: (set, (set,)),
    frozenset: (frozenset, (frozenset,)),
    collections.abc.Set: (frozenset, (set, frozenset)),
    collections.abc.MutableSet: (set, (set,)),
    collections.abc.Sequence: (list, (list, tuple, collections.deque)),
    collections.abc.MutableSequence: (list, (list, collections.deque)),
    collections.abc.Collection: (list, (list, tuple, set, frozenset, collections.deque)),
    collections.abc.Iterable: (list, (list, tuple, set, frozenset, collections.deque)),
}
_SETS: Final = (set, frozenset, collections.abc.Set, collections.abc.MutableSet)
_TABLES: Final[dict[Any, Any]] = {
    dict: dict,
    collections.OrderedDict: collections.OrderedDict,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}
_UNWRAPPED: Final = (typing.Final, typing.ClassVar, typing.Required, typing.NotRequired, typing_extensions.ReadOnly)
_ALIASES: Final = tuple(
    {typing_extensions.TypeAliasType, getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType)}
)

_known: dict[object, Shape] = {}


def shape_of(tp: Any) -> Shape:
    """Give the shape of a type.

    Raises:
      TypeError: if the type has no JSON; the fields of classes are looked at later.
    """
    return _resolve(tp, {})


def _resolve(tp: Any, env: Env) -> Shape:
    if tp in (Any, object) or tp == JsonValue or _names_json_value(tp):
        return _ANYTHING
    if tp is None:
        return _resolve(type(None), env)
    if isinstance(tp, (str, ForwardRef)):
        raise TypeError(f"annotation {tp!r} is not resolved; give the type itself")
    if isinstance(tp, TypeVar) or tp is SELF:
        return _resolve(env[tp], env) if tp in env else _of_unbound(tp, env)
    return _of_class(tp, env) if isinstance(tp, type) and get_origin(tp) is None else _of_form(tp, env)


def _names_json_value(tp: Any) -> bool:
    return (tp.__forward_arg__ if isinstance(tp, ForwardRef) else tp) == "JsonValue"


def _of_unbound(variable: Any, env: Env) -> Shape:
    default = getattr(variable, "__default__", None)
    if default is not None and default is not getattr(typing_extensions, "NoDefault", None):
        return _resolve(default, env)
    if getattr(variable, "__constraints__", ()):
        return _union(variable.__constraints__, env)
    return _resolve(getattr(variable, "__bound__", None) or Any, env)


def _of_class(cls: Any, env: Env) -> Shape:
    scalar = scalar_of(cls)
    if scalar is not None:
        return scalar
    if issubclass(cls, enum.Enum) and cls is not Absent:
        return _of_enum(cls)
    foreign = foreign_of(cls)
    if foreign is not None:
        return _remembered(cls, lambda: foreign)
    if cls in _ARRAYS or cls in _TABLES or cls is tuple:
        return _of_container(cls, (), env)
    if is_record(cls) or _is_named_tuple(cls):
        return _of_known_class(cls, (), cls)
    subclass = subclass_of_scalar(cls)
    if subclass is not None:
        return subclass
    raise _unsupported(cls)


def _of_form(tp: Any, env: Env) -> Shape:
    origin, args = get_origin(tp), get_args(tp)
    if isinstance(tp, typing.NewType):
        return _resolve(tp.__supertype__, env)
    if isinstance(tp, _ALIASES) or isinstance(origin, _ALIASES):
        return _of_alias(tp, env)
    if origin in (typing.Union, types.UnionType):
        return _union(args, env)
    if origin in (typing.Literal, typing_extensions.Literal):
        return _of_literal(args)
    if origin in (typing.Annotated, typing_extensions.Annotated):
        return _annotated(_resolve(args[0], env), args[1:])
    if origin in _UNWRAPPED:
        return _resolve(args[0], env)
    if tp == tuple[()]:
        return Row(tuple, 0, tuple, tuple)
    if origin in _ARRAYS or origin in _TABLES or origin is tuple:
        return _of_container(origin, args, env)
    if isinstance(origin, type):
        return _of_generic(tp, origin, env)
    raise _unsupported(tp)


def _of_generic(tp: Any, origin: type, env: Env) -> Shape:
    args = tuple(_substituted(arg, env) for arg in get_args(tp))
    foreign = foreign_of(origin, tp)
    if foreign is not None:
        return _remembered(tp, lambda: foreign)
    if is_record(origin) or _is_named_tuple(origin):
        return _of_known_class(origin, args, (origin, args))
    raise _unsupported(tp)


def _of_known_class(cls: Any, args: tuple[Any, ...], key: object) -> Shape:
    if _is_named_tuple(cls):
        return _remembered(key, lambda: _of_named_tuple(cls, _type_arguments(cls, args)))
    name = "_".join([cls.__name__, *(_name_of(arg) for arg in args)])
    return _remembered(key, lambda: record_of(cls, _type_arguments(cls, args), name, _resolve))


def _remembered(key: object, make: typing.Callable[[], Shape]) -> Shape:
    try:
        hash(key)
    except TypeError:
        key = repr(key)  # metadata of Annotated may be anything
    if key not in _known:
        _known[key] = make()
    return _known[key]


def _type_arguments(cls: Any, args: tuple[Any, ...]) -> dict[type, Env]:
    """Give what the type variables stand for, in the class and in each generic class it extends."""
    own: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), args, strict=False))
    found: dict[type, Env] = {cls: own}
    for base in getattr(cls, "__orig_bases__", ()):
        origin = get_origin(base)
        if getattr(origin, "__parameters__", ()):
            inner = tuple(_substituted(arg, own) for arg in get_args(base))
            found = {**_type_arguments(origin, inner), **found}
    return found


def _substituted(tp: Any, env: Env) -> Any:
    if isinstance(tp, TypeVar):
        return env.get(tp, tp)
    parameters = getattr(tp, "__parameters__", ()) if get_origin(tp) is not None else ()
    return tp[tuple(env.get(each, each) for each in parameters)] if parameters else tp


def _name_of(tp: Any) -> str:
    args = get_args(tp)
    own = getattr(tp, "__name__", None) or getattr(get_origin(tp), "__name__", None) or str(tp)
    return "_".join([own, *(_name_of(arg) for arg in args if not isinstance(arg, types.EllipsisType))])


def _of_container(origin: Any, args: tuple[Any, ...], env: Env) -> Shape:
    if origin is tuple:
        return _of_tuple(args, env)
    if origin in _TABLES:
        key, value = args or (str, Any)
        return Table(_resolve(key, env), _resolve(value, env), _TABLES[origin])
    make, classes = _ARRAYS[origin]
    item = _resolve(args[0], env) if args else _ANYTHING
    return Items(item, make, classes, unique=origin in _SETS)


def _of_tuple(args: tuple[Any, ...], env: Env) -> Shape:
    if not args or (len(args) == 2 and args[1] is ...):
        return Items(_resolve(args[0], env) if args else _ANYTHING, tuple, (tuple,))
    items = tuple(_resolve(arg, env) for arg in args)
    return Row(lambda: items, len(items), tuple, tuple)


def _is_named_tuple(cls: Any) -> bool:
    return hasattr(cls, "_fields") and issubclass(cls, tuple)


def _of_named_tuple(cls: Any, envs: Mapping[type, Env]) -> Shape:
    found: list[tuple[Shape, ...]] = []

    def items() -> tuple[Shape, ...]:
        if not found:
            hints = hints_of(cls)
            found.append(tuple(_resolve(hints.get(name, Any), envs[cls]) for name in cls._fields))
        return found[0]

    required = len(cls._fields) - len(cls._field_defaults)
    return Row(items, required, lambda values: cls(*values), cls, doc_of(cls))


def _of_enum(cls: type[enum.Enum]) -> Shape:
    options: list[tuple[JsonValue, object]] = []
    for member in cls:
        value = member.value
        if not (value is None or type(value) in (str, int, float, bool)):
            raise TypeError(f"enum {cls.__name__!r} has the value {value!r}; use strings, numbers or booleans")
        options.append((value, member))
    return Choice(cls, tuple(options), doc_of(cls))


def _of_literal(args: tuple[Any, ...]) -> Shape:
    options: list[tuple[JsonValue, object]] = []
    for value in args:
        wire = value.value if isinstance(value, enum.Enum) else value
        if not (wire is None or type(wire) in (str, int, bool)):
            raise TypeError(f"literal {value!r} has no JSON; use strings, integers, booleans or None")
        options.append((wire, value))
    return Choice(None, tuple(options))


def _of_alias(tp: Any, env: Env) -> Shape:
    alias = get_origin(tp) or tp
    args = tuple(_substituted(arg, env) for arg in get_args(tp))
    inner = dict(zip(alias.__type_params__, args, strict=False))
    found: list[Shape] = []

    def target() -> Shape:
        if not found:
            found.append(_resolve(alias_target(alias), inner))
        return found[0]

    return _remembered((alias, args), lambda: Alias("_".join([alias.__name__, *map(_name_of, args)]), target))


def _annotated(shape: Shape, metadata: tuple[Any, ...]) -> Shape:
    limits, notes = constraints.of_metadata(metadata), constraints.notes_of(metadata)
    return Limited(shape, limits, notes) if limits or notes else shape


def _union(args: tuple[Any, ...], env: Env) -> Shape:
    members: list[Shape] = []
    for arg in args:
        if arg is Absent:
            continue  # says that the key may be missing, which is the field's affair
        shape = _resolve(arg, env)
        members.extend(shape.members if isinstance(shape, Either) else [shape])
    if _is_anything_or_null(members):
        return _ANYTHING
    return members[0] if len(members) == 1 else Either(tuple(members))


def _is_anything_or_null(members: list[Shape]) -> bool:
    return _ANYTHING in members and all(each in (_ANYTHING, scalar_of(type(None))) for each in members)


def _unsupported(tp: Any) -> TypeError:
    name = getattr(tp, "__qualname__", None) if isinstance(tp, type) and not get_args(tp) else None
    return TypeError(
        f"type {name or str(tp)!r} has no JSON; use an attrs class, a dataclass, a TypedDict, a NamedTuple, an enum, "
        "a literal, a union, a standard container or scalar, a pydantic model or a msgspec Struct"
    )
