"""Unions: which member a value belongs to.

Reading decides by the JSON kind first; among objects by a tag (a key whose literals differ from
member to member), else by which members know all the keys; then by a look one level deep. A
member that is chosen is kept: its faults are the ones reported. Writing decides by the class.
"""

from collections.abc import Callable
from typing import Any, Final

import attrs

from ..issues import InvalidValue, expected, kind_of, refused
from ..jsontext import JsonValue
from .arrays import FindDump, FindLoad
from .choices import allowed
from .kinds import ALL_KINDS, holds, kinds_of, looks_like
from .shapes import Anything, Choice, Dump, Either, Foreign, Load, Record, Row, Scalar, Shape
from .tables import without_limits

_MISSING: Final = "required field missing"


@attrs.frozen
class _Member:
    shape: Shape
    load: Load


@attrs.frozen
class _RecordMember:
    shape: Record
    load: Load
    known: frozenset[str]
    required: frozenset[str]


def load_either(shape: Either, find: FindLoad) -> Load:
    """Give the function that reads a union."""
    members = [_Member(member, find(member)) for member in sorted(shape.members, key=_breadth)]
    names = names_of(shape)
    by_kind = {kind: _for_kind(kind, [each for each in members if kind in kinds_of(each.shape)]) for kind in ALL_KINDS}

    def load(value: JsonValue) -> object:
        choose = by_kind[kind_of(value)]
        if choose is None:
            raise expected(names, value)
        return choose(value)

    return load


def dump_either(shape: Either, find: FindDump) -> Dump:
    """Give the function that writes a value of a union."""
    members = [(member, find(member)) for member in sorted(shape.members, key=_breadth)]
    names = names_of(shape)
    by_class: dict[type, list[Dump]] = {}
    undecided = {cls for member, _ in members for cls in _classes_of_literals(member)}

    def dumps_for(value: Any) -> list[Dump]:
        fitting = [each for each in members if holds(each[0], value)]
        exact = [each for each in fitting if _is_exactly(each[0], value)]
        return [dump for _, dump in exact or fitting]

    def dump(value: Any) -> JsonValue:
        dumps = by_class.get(value.__class__)
        if dumps is None:
            dumps = dumps_for(value)
            if value.__class__ not in undecided:
                by_class[value.__class__] = dumps
        if not dumps:
            raise expected(names, value)
        written: JsonValue = _first_that_fits(dumps, value)
        return written

    return dump


def names_of(shape: Shape) -> str:
    """Name a shape in messages: ``string or null``."""
    match without_limits(shape):
        case Either(members=members):
            return " or ".join(dict.fromkeys(names_of(member) for member in members))
        case Scalar(what=what):
            return what
        case Choice() as choice:
            return allowed(choice)
        case other:
            return " or ".join(sorted(kinds_of(other)))


def _breadth(shape: Shape) -> int:
    """Order members from the narrowest: a literal before a date, a date before any text."""
    match without_limits(shape):
        case Choice():
            return 0
        case Scalar() as scalar if not scalar.formatted:
            return 3 if len(scalar.kinds) > 1 else 2
        case Anything():
            return 4
        case _:
            return 1


def _classes_of_literals(shape: Shape) -> set[type]:
    """Give the classes of which only some values are of the shape."""
    plain = without_limits(shape)
    return {type(member) for _, member in plain.options} if isinstance(plain, Choice) and plain.enum is None else set()


def _is_exactly(shape: Shape, value: object) -> bool:
    plain = without_limits(shape)
    return isinstance(plain, (Record, Row, Foreign)) and type(value) is plain.cls


def _for_kind(kind: str, members: list[_Member]) -> Load | None:
    if len(members) <= 1:
        return members[0].load if members else None
    if kind == "object":
        return _object_chooser(members)
    if kind == "array":
        return lambda value: _first_look(members, value).load(value)
    return lambda value: _first_that_fits([member.load for member in members], value)


def _first_look(members: list[Any], value: JsonValue) -> Any:
    return next((member for member in members if looks_like(member.shape, value)), members[0])


def _first_that_fits(converters: list[Callable[[Any], Any]], value: Any) -> Any:
    for convert in converters[:-1]:
        try:
            return convert(value)
        except InvalidValue:
            continue
    return converters[-1](value)


def _object_chooser(members: list[_Member]) -> Load:
    records = [found for member in members if (found := _as_record(member))]
    others = [member for member in members if not isinstance(without_limits(member.shape), Record)]
    if not records:
        return lambda value: _first_look(others, value).load(value)
    tag, known = _tag_of(records), frozenset(key for record in records for key in record.known)

    def load(value: Any) -> object:
        if tag is not None and tag.key in value:
            record = tag.find(value[tag.key])
            if record is None and not others:
                raise InvalidValue([(tag.key, f"expected {tag.names}")])
        else:
            record = _by_keys(records, others, known, value)
        if record is not None:
            return record.load(value)
        if others:
            return _first_look(others, value).load(value)
        raise _misfit(records, known, value)

    return load


def _as_record(member: _Member) -> _RecordMember | None:
    shape = without_limits(member.shape)
    if not isinstance(shape, Record):
        return None
    fields = shape.fields()
    known = frozenset(field.wire for field in fields)
    return _RecordMember(shape, member.load, known, frozenset(field.wire for field in fields if field.required))


@attrs.frozen
class _Tag:
    key: str
    names: str
    records: dict[tuple[type, JsonValue], _RecordMember]

    def find(self, value: JsonValue) -> _RecordMember | None:
        return None if isinstance(value, (dict, list)) else self.records.get((type(value), value))


def _tag_of(records: list[_RecordMember]) -> _Tag | None:
    common = records[0].known.intersection(*(record.known for record in records))
    for field in records[0].shape.fields():
        if field.wire in common:
            tag = _tag_by(field.wire, records)
            if tag is not None:
                return tag
    return None


def _tag_by(key: str, records: list[_RecordMember]) -> _Tag | None:
    found: dict[tuple[type, JsonValue], _RecordMember] = {}
    names: list[str] = []
    for record in records:
        choice = next(without_limits(field.shape) for field in record.shape.fields() if field.wire == key)
        if not isinstance(choice, Choice):
            return None
        wires = {(type(wire), wire) for wire, _ in choice.options}
        if found.keys() & wires:
            return None
        found.update(dict.fromkeys(wires, record))
        names.append(allowed(choice))
    return _Tag(key, " or ".join(names), found)


def _by_keys(
    records: list[_RecordMember], others: list[_Member], known: frozenset[str], value: dict[str, JsonValue]
) -> _RecordMember | None:
    """Choose the record that knows every key that any of them knows, and has all it requires."""
    relevant = known.intersection(value)
    if value and not relevant:
        return None
    able = [record for record in records if relevant <= record.known and record.required <= value.keys()]
    if len(able) == 1 and not others:
        return able[0]
    fitting = [record for record in able if looks_like(record.shape, value)]
    if not fitting and any(looks_like(other.shape, value) for other in others):
        return None
    return next(iter(fitting or able), None)


def _misfit(records: list[_RecordMember], known: frozenset[str], value: dict[str, JsonValue]) -> InvalidValue:
    relevant = known.intersection(value)
    if not relevant:
        return refused(f"expected an object with one of the keys {', '.join(sorted(known))}")
    holders = [record for record in records if relevant <= record.known]
    if not holders:
        return refused(f"expected the keys of one of {', '.join(record.shape.cls.__name__ for record in records)}")
    nearest = min(holders, key=lambda record: len(record.required - value.keys()))
    return InvalidValue([(key, _MISSING) for key in sorted(nearest.required - value.keys())])
