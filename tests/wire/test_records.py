"""Objects with known keys: attrs classes, dataclasses and typed dicts."""

import typing
from typing import Generic, TypedDict

import attrs
import pytest
import typing_extensions

from genkit_trio._wire import ABSENT, InvalidValue, JsonValue, codec_of
from tests.wire.sample_types import (
    Box,
    Camel,
    Choice,
    K,
    Movie,
    Point,
    T,
    WithSelf,
)


def test_null_and_absent_are_different():
    codec = codec_of(Camel)
    assert codec.load({"firstName": "a"}).extra is ABSENT
    assert codec.load({"firstName": "a", "extra": None}).extra is None
    assert codec.dump(Camel("a", extra=None)) == {"firstName": "a", "extra": None}


def test_unknown_keys_are_ignored_and_absent_keys_give_the_default():
    assert codec_of(Point).load({"x": 1, "zzz": 2}) == Point(1, 0)
    assert codec_of(Movie).load({"title": "M", "zzz": 2}) == {"title": "M"}


def test_a_missing_attribute_is_named():
    point = Point(1)
    object.__delattr__(point, "y")
    with pytest.raises(InvalidValue, match=r"^y: required field missing$"):
        codec_of(Point).dump(point)


def test_a_validator_may_say_something_to_the_client():
    from genkit_trio._wire import PublicError

    @attrs.frozen
    class Booking:
        seats: int = attrs.field()

        @seats.validator
        def _enough(self, attribute, value):
            raise PublicError("INVALID_ARGUMENT", "we have no seats left")

    with pytest.raises(InvalidValue, match=r"^seats: we have no seats left$"):
        codec_of(Booking).load({"seats": 1})


def test_a_constructor_that_refuses_is_reported_at_the_class():
    @attrs.frozen
    class Interval:
        start: int
        end: int

        def __attrs_post_init__(self):
            if self.start > self.end:
                raise ValueError(f"{self.start} is after {self.end}")

    with pytest.raises(InvalidValue, match=r"^0: not accepted by Interval$"):
        codec_of(list[Interval]).load([{"start": 2, "end": 1}])


def test_generics_without_arguments_take_their_bounds():
    @attrs.frozen
    class Bounded(Generic[K]):
        value: K

    @attrs.frozen
    class Constrained(Generic[Choice]):
        value: Choice

    assert codec_of(Box).load({"content": [None]}) == Box([None])
    with pytest.raises(InvalidValue, match=r"^value: expected integer, got string$"):
        codec_of(Bounded).load({"value": "a"})
    with pytest.raises(InvalidValue, match=r"^value: expected string or integer, got null$"):
        codec_of(Constrained).load({"value": None})
    WithDefault = typing_extensions.TypeVar("WithDefault", default=int)

    @attrs.frozen
    class Defaulted(Generic[WithDefault]):
        value: WithDefault

    with pytest.raises(InvalidValue, match=r"^value: expected integer, got string$"):
        codec_of(Defaulted).load({"value": "a"})

    @attrs.frozen
    class Deep(Box[list[T]], Generic[T]):
        pass

    @attrs.frozen
    class Same(Box[T], Generic[T]):
        mine: T | None = None

    assert codec_of(Deep[int]).load({"content": [1]}) == Deep([1])
    assert codec_of(Same[int]).load({"content": 1, "mine": 2}) == Same(1, mine=2)
    with pytest.raises(InvalidValue, match=r"^content: expected integer, got string; mine: expected"):
        codec_of(Same[int]).load({"content": "a", "mine": "b"})


def test_names_of_fields_do_not_matter():
    @attrs.frozen
    class Awkward:
        cl: int
        converter: int
        self_: int
        attrs: int

    value: JsonValue = {"cl": 1, "converter": 2, "self_": 3, "attrs": 4}
    assert codec_of(Awkward).load(value) == Awkward(1, 2, 3, 4)


def test_a_local_class_may_name_itself():
    @attrs.frozen
    class Chain:
        next: "Chain | None" = None
        data: "JsonValue" = None

    assert codec_of(Chain).load({"next": {"data": [1]}}) == Chain(Chain(None, [1]))
    assert codec_of(WithSelf).load({"parent": {}}) == WithSelf(WithSelf())


def test_typed_dicts_of_postponed_annotations_know_what_is_required():
    class Loose(TypedDict, total=False):
        a: "typing.Required[int]"
        b: "int"

    with pytest.raises(InvalidValue, match=r"^a: required field missing$"):
        codec_of(Loose).load({})


def test_an_unresolvable_annotation_is_named():
    @attrs.frozen
    class Broken:
        x: "Nowhere"  # noqa: F821  # because this is the mistake

    with pytest.raises(TypeError, match=r"annotations of '.*Broken' name 'Nowhere'"):
        codec_of(Broken).check()


def test_a_mark_of_another_class_is_refused():
    @attrs.frozen
    class Wrong:
        __wire__ = "camel"

        x: int

    with pytest.raises(TypeError, match="__wire__ of 'Wrong' is not a Wire"):
        codec_of(Wrong).check()
