"""Values whose Python class and JSON kind differ."""

import datetime as dt
import pathlib
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, MutableSequence, MutableSet, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from genkit_trio._wire import InvalidValue, codec_of
from tests.wire.sample_types import (
    Color,
    Level,
    OldRole,
    Point,
    UserId,
)


def test_anything_is_dumped_as_its_class_says():
    dump = codec_of(Any).dump
    assert dump({"p": Point(1), "s": {2, 1}, "t": (1,), "c": Color.RED, "d": dt.date(2024, 5, 1)}) == {
        "p": {"x": 1, "y": 0},
        "s": [1, 2],
        "t": [1],
        "c": "red",
        "d": "2024-05-01",
    }
    assert dump(defaultdict(int, a=1)) == {"a": 1}
    assert dump(Counter("aab")) == {"a": 2, "b": 1}
    assert dump([UserId("u"), OldRole.ADMIN, 1.5]) == ["u", "admin", 1.5]


def test_subclasses_of_scalars_are_plain_in_json():
    class Name(str):
        __slots__ = ()

    class Even(int):
        def __new__(cls, value):
            if value % 2:
                raise ValueError(f"{value} is odd")
            return super().__new__(cls, value)

    class Celsius(float):
        __slots__ = ()

    codec = codec_of(list[Name])
    assert [type(name) for name in codec.load(["a"])] == [Name]
    assert [type(name) for name in codec.dump([Name("a")])] == [str]
    assert type(codec_of(str).dump(Name("a"))) is str
    assert type(codec_of(str).dump(OldRole.ADMIN)) is str
    assert codec_of(int).dump(Even(2)) == 2
    assert codec_of(int).dump(Level.HIGH) == 2
    assert type(codec_of(float).dump(Celsius(1.5))) is float
    with pytest.raises(InvalidValue, match=r"^expected a finite number$"):
        codec_of(float).dump(Celsius("nan"))
    with pytest.raises(InvalidValue, match=r"^not accepted by Even$"):
        codec_of(Even).load(3)
    with pytest.raises(InvalidValue, match=r"^expected integer or null, got string$"):
        codec_of(Even | None).dump("a")
    assert codec_of(pathlib.PurePosixPath).load("a/b") == pathlib.PurePosixPath("a/b")


def test_abstract_containers_take_what_python_programs_pass():
    assert codec_of(Sequence[int]).dump((1, 2)) == [1, 2]
    assert codec_of(Iterable[int]).load([1]) == [1]
    assert codec_of(Collection[int]).dump({1}) == [1]
    assert codec_of(MutableSequence[int]).dump(deque([1])) == [1]
    assert codec_of(AbstractSet[str]).load(["a"]) == frozenset("a")
    assert codec_of(MutableSet[str]).load(["a"]) == {"a"}
    assert codec_of(Mapping[str, int]).dump(OrderedDict(a=1)) == {"a": 1}
    assert codec_of(OrderedDict[str, int]).load({"a": 1}) == OrderedDict(a=1)
    assert codec_of(set[int | str]).dump({1, "a"}) in ([1, "a"], ["a", 1])
    assert codec_of(tuple).load([1, "a"]) == (1, "a")


def test_other_spellings_of_moments_are_understood():
    load = codec_of(dt.datetime).load
    noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    assert load("2024-05-01t12:00:00z") == load("2024-05-01 12:00:00.000000000Z") == noon
    odd = dt.timezone(dt.timedelta(minutes=19, seconds=32))
    assert codec_of(dt.datetime).dump(dt.datetime(1930, 1, 1, tzinfo=odd)) == "1929-12-31T23:40:28Z"


def test_integers_are_numbers_and_become_floats():
    loaded = codec_of(float).load(3)
    assert (loaded, type(loaded)) == (3.0, float)
