"""Objects with known keys: attrs classes and dataclasses, which cattrs builds, and typed dicts."""

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

import attrs
import cattrs.gen
from cattrs.gen import override

from ..issues import Findings, InvalidValue, expected, refused
from ..jsontext import JsonValue
from ..status import PublicError
from .arrays import FindDump, FindLoad
from .records import KEPT
from .shapes import Anything, Dump, Field, Load, Record, Scalar, Shape, Table

_MISSING: Final = "required field missing"
# The field that takes the keys which have no field. Its own key is made up: one like it in JSON is unknown, thus kept.
_KEPT_FIELD: Final = Field(
    name=KEPT,
    wire="\0kept",
    argument=KEPT,
    shape=Table(Anything(), Anything(), dict),
    required=False,
    omit=(),
    default=attrs.NOTHING,
    notes={},
)
_generate: Final[Any] = cattrs.gen.make_dict_structure_fn_from_attrs  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # because cattrs leaves it open


def load_record(shape: Record, find: FindLoad) -> Load:
    """Give the function that reads an object into its class."""
    if shape.unknown == "keep":
        return _load_and_keep(shape, find)
    fields = shape.fields()
    build = _dict_builder(fields, find) if shape.is_dict else _class_builder(shape.cls, fields, find)
    known = frozenset(field.wire for field in fields)

    def load(value: JsonValue) -> object:
        if type(value) is not dict:
            raise expected("object", value)
        if shape.unknown == "refuse" and not value.keys() <= known:
            raise _with_unknown_keys(value, known, build)
        return build(value)

    return load


def dump_record(shape: Record, find: FindDump) -> Dump:
    """Give the function that writes an instance, or a typed dict."""
    if shape.is_dict:
        return _dict_dumper(shape.fields(), find)
    dump = _class_dumper(shape, find)
    return _dump_with_kept(dump, find(_KEPT_FIELD.shape)) if shape.unknown == "keep" else dump


def _class_dumper(shape: Record, find: FindDump) -> Callable[[Any], dict[str, JsonValue]]:
    # What is written as it is, is: most fields are scalars, and a call costs more than the look.
    fields = [
        (field.name, field.wire, _unchanged_type(field.shape), find(field.shape), field.omit)
        for field in shape.fields()
    ]
    cls, name = shape.cls, shape.cls.__name__

    def dump(value: Any) -> dict[str, JsonValue]:
        if not isinstance(value, cls):
            raise expected(name, value)
        written: dict[str, JsonValue] = {}
        findings: Findings | None = None
        for attribute, wire, unchanged, dump_field, omit in fields:
            try:
                inner = getattr(value, attribute)
                if omit and inner is omit[0]:
                    continue
                is_unchanged = type(inner) is unchanged
                written[wire] = inner if is_unchanged else dump_field(inner)
            except InvalidValue as wrong:
                findings = findings or Findings()
                findings.under(wire, wrong)
            except AttributeError:
                findings = findings or Findings()
                findings.add(wire, _MISSING)
        if findings:
            raise findings.error()
        return written

    return dump


def _dump_with_kept(dump_fields: Callable[[Any], dict[str, JsonValue]], dump_kept: Callable[[Any], Any]) -> Dump:
    def dump(value: Any) -> JsonValue:
        written = dump_fields(value)
        if value.extra:
            written |= {key: inner for key, inner in dump_kept(value.extra).items() if key not in written}
        return written

    return dump


def _load_and_keep(shape: Record, find: FindLoad) -> Load:
    """Give the function that reads an object into its class, and what has no field into one field."""
    fields = shape.fields()
    build = _class_builder(shape.cls, (*fields, _KEPT_FIELD), find)
    known = frozenset(field.wire for field in fields)
    # Where any JSON is a value, null is one too; but None, the default, says that the key is missing.
    nullable = frozenset(field.wire for field in fields if field.omit and isinstance(field.shape, Anything))

    def load(value: JsonValue) -> object:
        if type(value) is not dict:
            raise expected("object", value)
        if value.keys() <= known and None not in value.values():
            return build(value)
        kept = {key: inner for key, inner in value.items() if key not in known or (inner is None and key in nullable)}
        return build({**value, _KEPT_FIELD.wire: kept})

    return load


def _with_unknown_keys(
    value: dict[str, JsonValue], known: frozenset[str], build: Callable[[Any], object]
) -> InvalidValue:
    findings = Findings()
    try:
        build(value)
    except InvalidValue as wrong:
        findings.merge(wrong)
    for key in value:
        if key not in known and not findings.full:
            findings.add(key, "unknown field")
    return findings.error()


def _class_builder(cls: type, fields: tuple[Field, ...], find: FindLoad) -> Callable[[Any], object]:
    structure = _structure_function(cls, fields, find)

    def build(value: Any) -> object:
        try:
            return structure(value, cls)
        except cattrs.ClassValidationError as group:
            # The group's text shows values.
            raise _translated(group, cls, fields, value) from None

    return build


def _structure_function(cls: type, fields: tuple[Field, ...], find: FindLoad) -> Callable[[Any, Any], object]:
    """Let cattrs generate the code, with our hook and our key for each field.

    The fields are given as those of a stand-in class, where they are called f0, f1, ...: cattrs
    takes overrides as keyword arguments, and a field called ``converter`` would clash.
    """
    places = {f"f{index}": field for index, field in enumerate(fields)}
    stand_in: Any = attrs.make_class(
        "StandIn",
        {
            place: attrs.field(alias=field.argument, kw_only=True, default=attrs.NOTHING if field.required else None)
            for place, field in places.items()
        },
        init=False,
        repr=False,
        eq=False,
    )
    overrides = {
        place: override(rename=field.wire, struct_hook=_with_type_argument(field.shape, find(field.shape)))
        for place, field in places.items()
    }
    variables = dict.fromkeys((each.__name__ for each in getattr(cls, "__parameters__", ())), Any)
    attributes = list(attrs.fields(stand_in))
    structure: Callable[[Any, Any], object] = _generate(attributes, cls, _converter(), variables, **overrides)
    return structure


@functools.cache
def _converter() -> cattrs.Converter:
    return cattrs.Converter()


def _with_type_argument(shape: Shape, load: Load) -> Callable[[Any, Any], object]:
    unchanged = _unchanged_type(shape)
    if unchanged is None:
        return lambda value, _: load(value)
    return lambda value, _: value if type(value) is unchanged else load(value)


def _unchanged_type(shape: Shape) -> type | None:
    """Return the type of a scalar that is the same in JSON."""
    return shape.unchanged if isinstance(shape, Scalar) else None


def _translated(group: Any, cls: type, fields: tuple[Field, ...], value: dict[str, JsonValue]) -> InvalidValue:
    """Give the issues of a failed class; what is no fault of the value is raised as it is."""
    findings = Findings()
    in_fields, in_constructor = group.group_exceptions()
    for exc, note in in_fields:
        wire = fields[int(note.name[1:])].wire
        if isinstance(exc, InvalidValue):
            findings.under(wire, exc)
        elif isinstance(exc, KeyError) and wire not in value:
            findings.add(wire, _MISSING)
        else:
            raise exc
    for exc in in_constructor:
        findings.merge(_refusal(exc, cls, fields))
    return findings.error()


def _refusal(exc: Exception, cls: type, fields: tuple[Field, ...]) -> InvalidValue:
    """Say that a validator or the constructor refused, without its text, which may show the value."""
    text = exc.message if isinstance(exc, PublicError) else f"not accepted by {cls.__name__}"
    culprit = _validated_attribute(exc.__traceback__)
    findings = Findings()
    for field in fields:
        if field.name == culprit:
            findings.add(field.wire, text)
    return findings.error() if findings.found else refused(text)


def _validated_attribute(traceback: TracebackType | None) -> str | None:
    """Find the attribute whose validator was running: attrs passes it to every validator."""
    while traceback is not None:
        for local in traceback.tb_frame.f_locals.values():
            if isinstance(local, attrs.Attribute):
                return str(local.name)
        traceback = traceback.tb_next
    return None


def _dict_builder(fields: tuple[Field, ...], find: FindLoad) -> Callable[[Any], object]:
    return _typed_dict_converter([(field.wire, find(field.shape), field.required) for field in fields])


def _dict_dumper(fields: tuple[Field, ...], find: FindDump) -> Dump:
    convert = _typed_dict_converter([(field.wire, find(field.shape), field.required) for field in fields])

    def dump(value: Any) -> JsonValue:
        if not isinstance(value, dict):
            raise expected("object", value)
        written: JsonValue = convert(value)
        return written

    return dump


def _typed_dict_converter(fields: list[tuple[str, Callable[[Any], Any], bool]]) -> Callable[[Any], Any]:
    def convert(value: Any) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        findings = Findings()
        for key, convert_field, required in fields:
            if key in value:
                try:
                    converted[key] = convert_field(value[key])
                except InvalidValue as wrong:
                    findings.under(key, wrong)
            elif required:
                findings.add(key, _MISSING)
        if findings.found:
            raise findings.error()
        return converted

    return convert
