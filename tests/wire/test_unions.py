"""Unions: which member a value belongs to."""

import datetime as dt
import typing
from typing import Annotated, Any, Literal

import attrs
import pytest
import typing_extensions

from genkit_trio._wire import InvalidValue, JsonValue, codec_of
from tests.wire.sample_types import (
    Cat,
    Color,
    Limit,
    MediaPart,
    Movie,
    Nested,
    Pair,
    Part,
    Pet,
    Point,
    TextPart,
)


def test_a_missing_tag_is_found_by_the_keys_when_it_has_a_default():
    @attrs.frozen
    class One:
        kind: Literal["one"] = "one"
        a: int = 0

    @attrs.frozen
    class Two:
        kind: Literal["two"] = "two"
        b: int = 0

    codec = codec_of(One | Two)
    assert codec.load({"b": 1}) == Two("two", 1)
    assert codec.load({"kind": "two"}) == Two()
    assert codec.load({}) == One()


def test_a_tag_that_is_shared_is_no_tag():
    @attrs.frozen
    class Old:
        kind: Literal["a", "b"]
        x: int

    @attrs.frozen
    class New:
        kind: Literal["b", "c"]
        y: int

    codec = codec_of(Old | New)
    assert codec.load({"kind": "b", "y": 1}) == New("b", 1)
    assert codec.load({"kind": "b", "x": 1}) == Old("b", 1)


def test_an_unknown_tag_goes_to_the_mapping_of_the_union():
    codec = codec_of(Cat | typing.Annotated[Point, "a point"] | dict[str, str])
    assert codec.load({"kind": "cow"}) == {"kind": "cow"}
    assert codec_of(Pet | dict[str, str]).load({"kind": "cow"}) == {"kind": "cow"}


def test_members_with_the_same_keys_are_told_apart_by_what_is_in_them():
    @attrs.frozen
    class Number:
        value: int | None

    @attrs.frozen
    class Text:
        value: str
        more: list[str] = attrs.field(factory=list)

    codec = codec_of(Number | Text)
    assert codec.load({"value": "a"}) == Text("a")
    assert codec.load({"value": None}) == Number(None)
    assert codec_of(tuple[int, str] | tuple[str, int] | tuple[int]).load(["a", 1]) == ("a", 1)
    assert codec_of(tuple[int, str] | tuple[str, int] | tuple[int]).load([1]) == (1,)
    assert codec_of(list[Number] | list[Color]).load(["red"]) == [Color.RED]
    assert codec_of(dict[str, int] | dict[str, str]).load({"a": "b"}) == {"a": "b"}
    assert codec_of(list[int] | Any).load(["b"]) == ["b"]


def test_a_hostile_value_for_a_recursive_union_takes_linear_time():
    @attrs.frozen
    class Add:
        left: "Add | Sub | int"
        right: int = 0

    @attrs.frozen
    class Sub:
        left: "Add | Sub | int"
        right: int = 0

    attrs.resolve_types(Add, localns=locals())
    attrs.resolve_types(Sub, localns=locals())
    value: JsonValue = "bottom"
    for _ in range(100):
        value = {"left": value}
    with pytest.raises(InvalidValue, match=r"left\.left: expected object or integer, got string$"):
        codec_of(Add | Sub).load(value)


def test_the_class_decides_which_member_of_a_union_is_dumped():
    @attrs.frozen
    class Animal:
        name: str

    @attrs.frozen
    class Horse(Animal):
        height: int

    assert codec_of(Animal | Horse).dump(Horse("h", 2)) == {"name": "h", "height": 2}
    assert codec_of(Animal).dump(Horse("h", 2)) == {"name": "h"}
    assert codec_of(list[int] | list[str]).dump(["a"]) == ["a"]
    assert codec_of(list[Part]).dump([TextPart("a"), MediaPart("m")]) == [{"text": "a"}, {"media": "m", "size": 0}]
    assert codec_of(Literal["a"] | dt.date | None).dump("a") == "a"
    assert codec_of(Movie | list[int] | Pair).dump({"title": "M"}) == {"title": "M"}
    assert codec_of(int | Annotated[str, Limit(min_length=1)]).dump("a") == "a"
    assert codec_of(dict[str, int] | tuple[int, int] | Any).dump({"a": 1}) == {"a": 1}
    assert codec_of(Nested | str).dump([1]) == [1]
    assert codec_of(dict[Any, int]).dump({"a": 1}) == {"a": 1}
    assert codec_of(float).dump(3) == 3


def test_aliases_and_constraints_are_looked_through_in_unions():
    both = typing_extensions.TypeAliasType("both", int | None)
    codec = codec_of(str | both)
    assert codec.dump(None) is None
    assert [codec.load(value) for value in (None, 1, "a")] == [None, 1, "a"]
    assert codec_of(Annotated[int | None, Limit(ge=1)] | str).load(3) == 3
    with pytest.raises(InvalidValue, match=r"^expected string or integer or null, got number$"):
        codec.load(1.5)
