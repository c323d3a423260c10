"""Constraints: where they are found, and what they check."""

import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated

import attrs
import pytest
from attrs import validators

from genkit_trio._wire import InvalidValue, codec_of
from genkit_trio._wire.shape import schema_of
from genkit_trio._wire.shape.constraints import notes_of, of_metadata, of_validator
from tests.wire.sample_types import Limit


def keywords(constraints):
    return [(constraint.keyword, constraint.bound) for constraint in constraints]


@pytest.mark.parametrize(
    ("validator", "found"),
    [
        (validators.ge(1), [("minimum", 1)]),
        (validators.gt(1), [("exclusiveMinimum", 1)]),
        (validators.le(1), [("maximum", 1)]),
        (validators.lt(1), [("exclusiveMaximum", 1)]),
        (validators.min_len(2), [("min", 2)]),
        (validators.max_len(2), [("max", 2)]),
        (validators.and_(validators.ge(1), validators.le(2)), [("minimum", 1), ("maximum", 2)]),
        (validators.optional(validators.min_len(1)), [("min", 1)]),
        (validators.instance_of(int), []),
        (validators.in_([1]), []),
        (None, []),
        (lambda instance, attribute, value: None, []),
    ],
)
def test_validators_of_attrs_are_known_by_their_class(validator, found):
    assert keywords(of_validator(validator)) == found


@pytest.mark.parametrize(("func", "pattern"), [(re.search, "a"), (re.match, "^(?:a)"), (re.fullmatch, r"^(?:a)\Z")])
def test_regular_expressions_of_attrs_keep_their_way_of_matching(func, pattern):
    (constraint,) = of_validator(validators.matches_re("a", func=func))
    assert constraint.bound.pattern == pattern


def test_a_class_of_the_same_name_is_no_validator_of_attrs():
    class _NumberValidator:
        compare_op, bound = ">=", 1

    assert of_validator(_NumberValidator()) == ()


def test_methods_of_these_names_are_no_bounds():
    class Array:
        def lt(self, other):
            return other

    assert of_metadata([Array()]) == ()


def test_metadata_may_hold_metadata():
    assert keywords(of_metadata([SimpleNamespace(metadata=[Limit(ge=1)])])) == [("minimum", 1)]


def test_predicates_are_asked():
    class Predicate:
        def __init__(self, func):
            self.func = func

    codec = codec_of(Annotated[str, Predicate(str.isupper)])
    assert codec.load("A") == "A"
    with pytest.raises(InvalidValue, match=r"^expected a value that satisfies its predicate$"):
        codec.load("a")
    with pytest.raises(InvalidValue, match="predicate"):
        codec_of(Annotated[int, Predicate(lambda value: 1 / value)]).dump(0)
    assert codec.schema() == {"type": "string"}


def test_a_bound_says_nothing_about_values_of_other_kinds():
    codec = codec_of(Annotated[int | str | None, Limit(ge=5, min_length=2)])
    assert codec.load(None) is None
    assert codec.load(7) == 7
    assert codec.load("ab") == "ab"
    with pytest.raises(InvalidValue, match=r"^expected a length of at least 2$"):
        codec.load("a")
    assert codec.schema() == {
        "anyOf": [{"type": "integer", "minimum": 5}, {"type": "string", "minLength": 2}, {"type": "null"}]
    }


def test_notes_are_taken_from_wherever_they_stand():
    assert notes_of([Limit(title="T", description="d", examples=[1]), SimpleNamespace(documentation="doc")]) == {
        "title": "T",
        "description": "doc",
        "examples": [1],
    }
    assert notes_of(["text", SimpleNamespace(title=5, description="", examples="abc")]) == {}


def test_a_validator_is_left_to_attrs_where_a_converter_changes_the_value():
    @attrs.frozen
    class Trimmed:
        name: str = attrs.field(converter=str.strip, validator=validators.max_len(2))

    assert codec_of(Trimmed).load({"name": "  ab  "}) == Trimmed("ab")
    assert schema_of(Trimmed)["properties"] == {"name": {"type": "string"}}


@pytest.mark.parametrize("text", ["0", "4", "-0.10", "1E+30", f"1{'0' * 40}.05", "1E3000"])
def test_a_decimal_is_a_multiple_however_many_digits_it_has(text):
    codec = codec_of(Annotated[Decimal, Limit(multiple_of=Decimal("0.05"))])
    assert codec.load(text) == Decimal(text)


@pytest.mark.parametrize("text", ["0.01", "1E-999999999", f"1{'0' * 40}.01", "1E999999999", "9" * 100_000])
def test_a_decimal_that_is_no_multiple_is_refused_without_counting_it_out(text):
    codec = codec_of(Annotated[Decimal, Limit(multiple_of=Decimal("0.05"))])
    with pytest.raises(InvalidValue, match=r"expected a multiple of 0\.05"):
        codec.load(text)


def test_an_integer_beyond_a_double_is_no_multiple_of_one():
    codec = codec_of(Annotated[int, Limit(multiple_of=0.5)])
    with pytest.raises(InvalidValue, match=r"expected a multiple of 0\.5"):
        codec.dump(10**400)
