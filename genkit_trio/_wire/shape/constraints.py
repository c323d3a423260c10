"""Constraints on values: found in annotations and attrs validators, checked, and put in schemas.

Nothing foreign is imported: metadata of annotated_types, msgspec and pydantic is known by its
attributes, attrs' validators (whose classes are private) by their class names.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation, localcontext
from typing import Any, Final

import attrs

from ..jsontext import JsonValue
from .patterns import anchored, strict_pattern

_NUMERIC: Final = ("integer", "number")
_APPLIES: Final = {
    "minimum": _NUMERIC,
    "maximum": _NUMERIC,
    "exclusiveMinimum": _NUMERIC,
    "exclusiveMaximum": _NUMERIC,
    "multipleOf": _NUMERIC,
    "pattern": ("string",),
}
_LENGTHS: Final = {
    "min": {"string": "minLength", "array": "minItems", "object": "minProperties"},
    "max": {"string": "maxLength", "array": "maxItems", "object": "maxProperties"},
}
# What is that many times larger than a bound is no multiple of it.
_EXACT: Final = Context(prec=4_000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation])


@attrs.frozen
class Constraint:
    """One condition on a Python value.

    Attributes:
      keyword: of JSON Schema, or ``min`` and ``max`` for lengths, or empty.
      bound: what the keyword is compared with.
      text: the sentence for a value that fails.
      holds: the check; it may raise TypeError for a value to which it does not apply.
    """

    keyword: str
    bound: Any  # compared with user values of whatever type
    text: str
    holds: Callable[[Any], bool]

    def keyword_for(self, kind: str) -> str | None:
        """Give the schema keyword for this JSON kind, None when it has none."""
        if self.keyword in _LENGTHS:
            return _LENGTHS[self.keyword].get(kind)
        return self.keyword if kind in _APPLIES.get(self.keyword, ()) else None


def of_metadata(metadata: Iterable[object]) -> tuple[Constraint, ...]:
    """Give the constraints that the extra arguments of ``Annotated`` declare."""
    return tuple(constraint for entry in metadata for constraint in _of_entry(entry))


def of_validator(validator: object) -> tuple[Constraint, ...]:
    """Give the constraints of an attrs validator; one that is not known gives none."""
    reader = _VALIDATORS.get(type(validator).__name__)
    return tuple(reader(validator)) if reader and type(validator).__module__.startswith("attr.") else ()


def notes_of(metadata: Iterable[object]) -> dict[str, JsonValue]:
    """Give the title, description and examples that the metadata carries."""
    notes: dict[str, JsonValue] = {}
    for entry in metadata:
        for attribute, key in (("documentation", "description"), ("description", "description"), ("title", "title")):
            text = getattr(entry, attribute, None)
            if type(text) is str and text:
                notes[key] = text
        examples: Any = getattr(entry, "examples", None)
        if type(examples) in (list, tuple):
            notes["examples"] = list(examples)
    return notes


def _of_entry(entry: object) -> Iterator[Constraint]:
    for attribute, make in _MAKERS.items():
        bound = getattr(entry, attribute, None)
        # Arrays and data frames have methods of these names.
        if bound is not None and not callable(bound):
            yield make(bound)
    if type(entry).__name__ == "Predicate":
        yield _predicate(entry)
    inner: Any = getattr(entry, "metadata", None)
    if type(inner) in (list, tuple):  # pydantic's Field() keeps its constraints there
        yield from of_metadata(inner)


def _predicate(entry: Any) -> Constraint:
    def holds(value: Any) -> bool:
        try:
            return bool(entry.func(value))
        except Exception:  # a predicate is the user's code
            return False

    return Constraint("", None, "expected a value that satisfies its predicate", holds)


def _at_least(bound: Any) -> Constraint:
    return Constraint("minimum", bound, f"expected at least {bound}", lambda value: value >= bound)


def _above(bound: Any) -> Constraint:
    return Constraint("exclusiveMinimum", bound, f"expected more than {bound}", lambda value: value > bound)


def _at_most(bound: Any) -> Constraint:
    return Constraint("maximum", bound, f"expected at most {bound}", lambda value: value <= bound)


def _below(bound: Any) -> Constraint:
    return Constraint("exclusiveMaximum", bound, f"expected less than {bound}", lambda value: value < bound)


def _multiple(bound: Any) -> Constraint:
    def holds(value: Any) -> bool:
        if isinstance(value, int) and isinstance(bound, int):
            return value % bound == 0
        try:
            if isinstance(value, Decimal):
                with localcontext(_EXACT):
                    return bool(value % bound == 0)
            # As validators of JSON Schema decide: 0.3 is no multiple of 0.1.
            return bool(value / bound == value // bound)
        except ArithmeticError:  # too many digits
            return False

    return Constraint("multipleOf", bound, f"expected a multiple of {bound}", holds)


def _longer(bound: int) -> Constraint:
    return Constraint("min", bound, f"expected a length of at least {bound}", lambda value: len(value) >= bound)


def _shorter(bound: int) -> Constraint:
    return Constraint("max", bound, f"expected a length of at most {bound}", lambda value: len(value) <= bound)


def _pattern(bound: str | re.Pattern[str], written: str | None = None) -> Constraint:
    found = strict_pattern(bound)
    written = written or (bound if isinstance(bound, str) else bound.pattern)
    return Constraint("pattern", found, f"expected text matching {written}", lambda value: bool(found.search(value)))


_MAKERS: Final[dict[str, Callable[[Any], Constraint]]] = {
    "ge": _at_least,
    "gt": _above,
    "le": _at_most,
    "lt": _below,
    "multiple_of": _multiple,
    "min_length": _longer,
    "max_length": _shorter,
    "pattern": _pattern,
}
_COMPARED: Final = {">=": _at_least, ">": _above, "<=": _at_most, "<": _below}


def _of_number_validator(validator: Any) -> Iterator[Constraint]:
    yield _COMPARED[validator.compare_op](validator.bound)


def _of_all(validator: Any) -> Iterator[Constraint]:
    for part in validator._validators:
        yield from of_validator(part)


def _of_optional(validator: Any) -> Iterator[Constraint]:
    return iter(of_validator(validator.validator))


def _of_regex(validator: Any) -> Iterator[Constraint]:
    how = validator.match_func.__name__
    pattern = anchored(validator.pattern, start=how != "search", end=how == "fullmatch")
    yield _pattern(pattern, validator.pattern.pattern)


_VALIDATORS: Final[dict[str, Callable[[Any], Iterator[Constraint]]]] = {
    "_NumberValidator": _of_number_validator,
    "_MinLengthValidator": lambda validator: iter([_longer(validator.min_length)]),
    "_MaxLengthValidator": lambda validator: iter([_shorter(validator.max_length)]),
    "_MatchesReValidator": _of_regex,
    "_AndValidator": _of_all,
    "_OptionalValidator": _of_optional,
}
