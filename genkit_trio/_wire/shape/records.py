"""Classes that are objects in JSON: which keys they have, and under which names."""

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, ForwardRef, Literal, TypeAlias, TypeVar, get_args, get_origin

import attrs
from typing_extensions import is_typeddict

from ..absent import ABSENT
from ..jsontext import JsonValue
from ..spelling import Wire
from . import constraints
from .shapes import Field, Limited, Record, Schema, Shape

Env: TypeAlias = Mapping[Any, Any]
Envs: TypeAlias = Mapping[type, Env]
Resolve: TypeAlias = Callable[[Any, Env], Shape]


SELF: Final[object] = typing.Self  # pyright: ignore[reportUnknownMemberType]  # because it is a special form
KEPT: Final = "extra"  # the field that takes unknown keys, in a class that keeps them
_DEFAULT_WIRE: Final = Wire()


def is_record(cls: type) -> bool:
    """Tell whether the class is an attrs class, a dataclass or a TypedDict."""
    return attrs.has(cls) or hasattr(cls, "__dataclass_fields__") or is_typeddict(cls)


def record_of(cls: type, envs: Envs, name: str, resolve: Resolve) -> Record:
    """Give the shape of a record class, whose fields are read when they are first asked for.

    Args:
      envs: what type variables stand for, in the class and in each generic class it extends.
    """
    wire = wire_of(cls)
    fields: list[tuple[Field, ...]] = []

    def read() -> tuple[Field, ...]:
        if not fields:
            fields.append(tuple(_fields(cls, envs, wire, resolve)))
        return fields[0]

    return Record(cls, name, read, unknown=wire.unknown, doc=doc_of(cls))


def wire_of(cls: type) -> Wire:
    """Give the ``__wire__`` of the class, the default one when it has none."""
    wire = getattr(cls, "__wire__", _DEFAULT_WIRE)
    if not isinstance(wire, Wire):
        raise TypeError(f"__wire__ of {cls.__name__!r} is not a Wire; write __wire__ = Wire(names='camel')")
    return wire


def doc_of(cls: type) -> str | None:
    """Give the docstring that the author of the class wrote."""
    doc = cls.__dict__.get("__doc__")
    # Dataclasses and named tuples without one have their signature there.
    written = isinstance(doc, str) and not doc.startswith(f"{cls.__name__}(")
    return inspect.cleandoc(str(doc)) or None if written else None


def hints_of(cls: type) -> dict[str, Any]:
    """Give the annotations of the class, resolved.

    Raises:
      TypeError: if an annotation names what cannot be found.
    """
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError:
        return _hints_with_own_names(cls)


def _hints_with_own_names(cls: type) -> dict[str, Any]:
    # A class inside a function may name itself, and JsonValue names itself in whatever module.
    names = {cls.__name__: cls, "JsonValue": Any}
    try:
        return typing.get_type_hints(cls, localns=names, include_extras=True)
    except NameError as exc:
        raise TypeError(
            f"annotations of {cls.__qualname__!r} name {exc.name!r}, which its module does not have; "
            "define it there, or call attrs.resolve_types(cls, localns=locals())"
        ) from exc


def alias_target(alias: Any) -> Any:
    """Give what a named alias stands for, with names in it resolved in its module."""
    if not is_unresolved(alias.__value__):
        return alias.__value__
    holder = types.SimpleNamespace(__annotations__={"target": alias.__value__})
    names = vars(sys.modules[alias.__module__])
    return typing.get_type_hints(holder, globalns=names, localns={"JsonValue": Any}, include_extras=True)["target"]


def _fields(cls: type, envs: Envs, wire: Wire, resolve: Resolve) -> Iterator[Field]:
    if is_typeddict(cls):
        return _of_typed_dict(cls, envs, resolve)
    if attrs.has(cls):
        return _of_attrs(cls, envs, wire, resolve)
    return _of_dataclass(cls, envs, resolve)


def _env_of(cls: type, name: str, envs: Envs) -> Env:
    # A class and the one it extends may use the same type variable for different things.
    owners = (base for base in cls.__mro__ if name in getattr(base, "__annotations__", ()))
    return {**envs.get(next(owners, cls), {}), SELF: cls}


def _merged(cls: type, envs: Envs) -> Env:
    # A typed dict does not remember which of its bases a key is from.
    return {SELF: cls, **dict(item for env in envs.values() for item in env.items())}


def _of_attrs(cls: type, envs: Envs, wire: Wire, resolve: Resolve) -> Iterator[Field]:
    attributes = _attributes_on_wire(cls, wire)
    hints = hints_of(cls) if any(is_unresolved(attribute.type) for attribute in attributes) else {}
    for attribute in attributes:
        argument = str(attribute.alias)
        tp = hints[attribute.name] if is_unresolved(attribute.type) else attribute.type
        shape = resolve(Any if tp is None else tp, _env_of(cls, attribute.name, envs))
        limits = constraints.of_validator(attribute.validator) if attribute.converter is None else ()
        yield Field(
            name=attribute.name,
            wire=_camel(argument) if wire.names == "camel" else argument,
            argument=argument,
            shape=Limited(shape, limits, {}) if limits else shape,
            required=attribute.default is attrs.NOTHING,
            omit=_omitted(attribute.default, wire),
            default=attribute.default,
            notes=_notes(attribute.metadata),
        )


def _attributes_on_wire(cls: type, wire: Wire) -> list[Any]:
    attributes = [attribute for attribute in attrs.fields(cls) if attribute.init]
    if wire.unknown == "keep" and not any(attribute.name == KEPT for attribute in attributes):
        raise TypeError(f"class {cls.__name__!r} keeps unknown keys; give it a field {KEPT!r} for them")
    return [attribute for attribute in attributes if _is_on_wire(cls, attribute, wire)]


def _is_on_wire(cls: type, attribute: Any, wire: Wire) -> bool:
    if wire.unknown == "keep" and attribute.name == KEPT:
        return False
    if attribute.metadata.get("wire", True):
        return True
    if attribute.default is attrs.NOTHING:
        raise TypeError(f"field {attribute.name!r} of {cls.__name__!r} is not on the wire; give it a default")
    return False


def _of_dataclass(cls: Any, envs: Envs, resolve: Resolve) -> Iterator[Field]:
    hints = hints_of(cls)
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        default: object = attrs.NOTHING if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = attrs.Factory(field.default_factory)
        yield Field(
            name=field.name,
            wire=field.name,
            argument=field.name,
            shape=resolve(hints[field.name], _env_of(cls, field.name, envs)),
            required=default is attrs.NOTHING,
            omit=_omitted(default, _DEFAULT_WIRE),
            default=default,
            notes=_notes(field.metadata),
        )


def _of_typed_dict(cls: Any, envs: Envs, resolve: Resolve) -> Iterator[Field]:
    for name, hint in hints_of(cls).items():
        yield Field(
            name=name,
            wire=name,
            argument=name,
            shape=resolve(hint, _merged(cls, envs)),
            required=_is_required(cls, name, hint),
            omit=(),
            default=attrs.NOTHING,
            notes={},
        )


def _is_required(cls: Any, name: str, hint: Any) -> bool:
    # With postponed annotations the class itself does not know which keys are required.
    marks = {get_origin(hint)} | {get_origin(part) for part in get_args(hint)[:1]}
    if typing.Required in marks:
        return True
    if typing.NotRequired in marks:
        return False
    return name in cls.__required_keys__


def _omitted(default: object, wire: Wire) -> tuple[object, ...]:
    never_written = default is ABSENT or (default is None and wire.none == "omit")
    return (default,) if never_written else ()


def _notes(metadata: Mapping[Any, Any]) -> Schema:
    return {key: metadata[key] for key in ("title", "description") if isinstance(metadata.get(key), str)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def is_unresolved(tp: Any) -> bool:
    """Tell whether the annotation is text, or holds some."""
    if isinstance(tp, (str, ForwardRef)):
        return True
    if get_origin(tp) is Literal or tp == JsonValue:  # which names itself
        return False
    return any(is_unresolved(part) for part in get_args(tp) if not isinstance(part, TypeVar))
