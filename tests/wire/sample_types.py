"""Types of every kind that is supported, each with values; shared by the tests of codecs and schemas."""

import collections
import dataclasses
import datetime as dt
import enum
import importlib.util
import pathlib
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Required,
    Self,
    TypedDict,
    TypeVar,
)

import attrs
import typing_extensions
from attrs import validators

from genkit_trio._wire import ABSENT, Absent, JsonValue, Wire

T = TypeVar("T")
K = TypeVar("K", bound=int)
Choice = TypeVar("Choice", str, int)
UserId = NewType("UserId", str)


@attrs.frozen
class Limit:
    """A constraint as annotated_types, msgspec and pydantic spell it: known by its attributes."""

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    title: str | None = None
    description: str | None = None
    examples: list[Any] | None = None


class Color(enum.Enum):
    """A colour of the shop."""

    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Role(enum.StrEnum):
    USER = "user"
    MODEL = "model"


class OldRole(str, enum.Enum):  # noqa: UP042  # because users still write it so
    ADMIN = "admin"


class Mixed(enum.Enum):
    TEXT = "text"
    NUMBER = 1.5
    COUNT = 3
    YES = True
    NOTHING = None


@attrs.frozen
class Point:
    x: int
    y: int = 0


@attrs.frozen
class Node:
    """A tree."""

    value: int
    children: "list[Node]" = attrs.field(factory=list)


@attrs.frozen
class Linked:
    value: str
    next: "Linked | None" = None


@attrs.frozen
class Box(Generic[T]):
    content: T
    others: list[T] = attrs.field(factory=list)


@attrs.frozen
class IntBox(Box[int]):
    label: str = ""


@attrs.frozen
class Named:
    _secret: str
    renamed: int = attrs.field(alias="howMany")
    computed: int = attrs.field(init=False, default=7)
    keyword: str = attrs.field(kw_only=True, default="k")


HAS_AN_X = validators.optional(validators.matches_re("x", func=re.search))


@attrs.frozen
class Checked:
    age: int = attrs.field(validator=validators.and_(validators.ge(0), validators.lt(150)))
    name: str = attrs.field(validator=[validators.min_len(2), validators.max_len(5), validators.matches_re("[a-z]+")])
    prefix: str = attrs.field(default="ab", validator=validators.matches_re("a", func=re.match))
    nick: str | None = attrs.field(
        default=None, validator=validators.optional(validators.matches_re("x", func=re.search))
    )
    even: int = attrs.field(default=2)

    @even.validator
    def _is_even(self, attribute: object, value: int) -> None:
        if value % 2:
            raise ValueError(f"{value} is odd")


@attrs.frozen
class Camel:
    __wire__ = Wire(names="camel", none="omit", unknown="refuse")

    first_name: str
    tool_request_id: str | None = None
    extra: int | Absent | None = ABSENT


@attrs.frozen
class Converted:
    number: int = attrs.field(converter=int, validator=validators.ge(0))
    untyped = attrs.field(default=None)


@attrs.frozen
class WithSelf:
    parent: Self | None = None


@attrs.frozen
class WithAnything:
    data: JsonValue
    more: Any = None
    notes: dict[str, object] = attrs.field(factory=dict, metadata={"description": "whatever else"})


@dataclasses.dataclass
class Plain:
    name: str
    tags: list[str] = dataclasses.field(default_factory=list)
    when: dt.date = dataclasses.field(default=dt.date(2024, 5, 1), metadata={"title": "When"})
    hidden: int = dataclasses.field(init=False, default=0)


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Partial(TypedDict, total=False):
    a: Required[int]
    b: Annotated[str, Limit(min_length=1)]
    c: "NotRequired[Partial]"


class Pair(NamedTuple):
    left: int
    right: str = "r"


class GenericDict(TypedDict, Generic[T]):
    item: T


@attrs.frozen
class Cat:
    kind: Literal["cat"]
    lives: int = 9


@attrs.frozen
class Dog:
    kind: Literal["dog"]
    owner: str | None = None


@attrs.frozen
class TextPart:
    text: str


@attrs.frozen
class MediaPart:
    media: str
    size: int = 0


Pet = Cat | Dog
Part = TextPart | MediaPart
Nested = typing_extensions.TypeAliasType("Nested", "list[Nested] | int")
Listed = typing_extensions.TypeAliasType("Listed", list[T], type_params=(T,))


@attrs.frozen
class Sample:
    """One type and values of it."""

    name: str
    tp: Any
    values: tuple[Any, ...]


UTC, EAST = dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30))

_OWN: Final = (
    Sample("any", Any, (None, 1, {"a": [1, 2.5, "x", True]})),
    Sample("object", object, ([],)),
    Sample("json", JsonValue, ({"a": None},)),
    Sample("null", None, (None,)),
    Sample("string", str, ("", "é \U0001f600")),
    Sample("integer", int, (0, -5, 2**63)),
    Sample("number", float, (1.5, -0.0, 3.0)),
    Sample("boolean", bool, (True, False)),
    Sample("new_type", UserId, (UserId("u1"),)),
    Sample("optional", int | None, (1, None)),
    Sample("union", str | int | list[str], ("a", 1, ["b"])),
    Sample("literal", Literal["a", "b"], ("a",)),
    Sample("mixed_literal", Literal["a", 1, True, None], ("a", 1, True, None)),  # noqa: PYI061  # because it is valid
    Sample("literal_of_enum", Literal[Color.RED], (Color.RED,)),
    Sample("enum", Color, (Color.RED, Color.GREEN)),
    Sample("int_enum", Level, (Level.HIGH,)),
    Sample("str_enum", Role, (Role.USER,)),
    Sample("old_str_enum", OldRole, (OldRole.ADMIN,)),
    Sample("mixed_enum", Mixed, tuple(Mixed)),
    Sample("list", list[int], ([], [1, 2])),
    Sample("bare_list", list, ([1, "a"],)),
    Sample("floats", list[float], ([1.5, 2.0],)),
    Sample("sequence", Sequence[str], (["a"],)),
    Sample("set", set[str], (set(), {"b", "a"})),
    Sample("frozenset", frozenset[int], (frozenset({1}),)),
    Sample("deque", collections.deque[int], (collections.deque([1]),)),
    Sample("tuple", tuple[int, str], ((1, "a"),)),
    Sample("empty_tuple", tuple[()], ((),)),
    Sample("variadic_tuple", tuple[int, ...], ((), (1, 2, 3))),
    Sample("dict", dict[str, int], ({}, {"a": 1})),
    Sample("bare_dict", dict, ({"a": [None]},)),
    Sample("int_keys", dict[int, str], ({1: "a", -20: "b"},)),
    Sample("enum_keys", dict[Color, int], ({Color.RED: 1},)),
    Sample("uuid_keys", Mapping[uuid.UUID, bool], ({uuid.UUID(int=7): True},)),
    Sample("date_keys", dict[dt.date, int], ({dt.date(2024, 5, 1): 1},)),
    Sample("limited_keys", dict[Annotated[str, Limit(min_length=2)], int], ({"ab": 1},)),
    Sample("date_time", dt.datetime, (dt.datetime(2024, 5, 1, 12, tzinfo=UTC), dt.datetime(1, 1, 1, tzinfo=EAST))),
    Sample("date", dt.date, (dt.date(2024, 2, 29),)),
    Sample("time", dt.time, (dt.time(9, 30), dt.time(1, 2, 3, 4), dt.time(23, 59, tzinfo=EAST))),
    Sample(
        "duration",
        dt.timedelta,
        (
            dt.timedelta(0),
            dt.timedelta(days=-1, microseconds=1),
            dt.timedelta(days=3, hours=4, minutes=5, seconds=6.5),
            dt.timedelta.max,
            dt.timedelta.min + dt.timedelta(days=1),
        ),
    ),
    Sample("uuid", uuid.UUID, (uuid.UUID(int=1),)),
    Sample("decimal", Decimal, (Decimal("12.50"), Decimal("-1E+30"), Decimal(0))),
    Sample("bytes", bytes, (b"", b"\x00\xff")),
    Sample("path", pathlib.Path, (pathlib.Path("a/b"),)),
    Sample("point", Point, (Point(1), Point(1, 2))),
    Sample("node", Node, (Node(1, [Node(2), Node(3, [Node(4)])]),)),
    Sample("linked", Linked, (Linked("a", Linked("b")),)),
    Sample("box", Box[Node], (Box(Node(1), [Node(2)]),)),
    Sample("box_of_box", Box[Box[int]], (Box(Box(1)),)),
    Sample("int_box", IntBox, (IntBox(1, [2], "x"),)),
    Sample("named", Named, (Named("s", 3, keyword="q"),)),
    Sample("checked", Checked, (Checked(30, "ada"), Checked(0, "bo", "abc", "fox", 4))),
    Sample("camel", Camel, (Camel("a"), Camel("a", "t"), Camel("a", None, 3), Camel("a", None, None))),
    Sample("converted", Converted, (Converted(3), Converted("4", [1]))),
    Sample("with_self", WithSelf, (WithSelf(WithSelf()),)),
    Sample("with_anything", WithAnything, (WithAnything({"a": [1]}, None, {"b": {}}),)),
    Sample("dataclass", Plain, (Plain("a"), Plain("a", ["x"], dt.date(2020, 1, 1)))),
    Sample("typed_dict", Movie, ({"title": "Metropolis"}, {"title": "M", "year": 1931})),
    Sample("partial", Partial, ({"a": 1}, {"a": 1, "b": "x", "c": {"a": 2}})),
    Sample("generic_dict", GenericDict[int], ({"item": 1},)),
    Sample("named_tuple", Pair, (Pair(1), Pair(1, "a"))),
    Sample("tagged", Pet, (Cat("cat"), Dog("dog", "Ada"))),
    Sample("by_keys", list[Part], ([TextPart("a"), MediaPart("m", 3)],)),
    Sample("class_or_dict", Point | dict[str, str], (Point(1), {"z": "a"})),
    Sample("date_or_text", str | dt.date, (dt.date(2024, 5, 1), "soon")),
    Sample("lists", list[int] | list[str], ([1], ["a"], [])),
    Sample("nested_alias", Nested, (1, [1, [2, [3]]])),
    Sample("generic_alias", Listed[str], (["a"],)),
    Sample("at_least", Annotated[int, Limit(ge=1, le=10, multiple_of=2)], (2, 10)),
    Sample("between", Annotated[float, Limit(gt=0, lt=1)], (0.5,)),
    Sample("limited_optional", Annotated[int | None, Limit(ge=5)], (5, None)),
    Sample("lengths", Annotated[list[int], Limit(min_length=1, max_length=2)], ([1],)),
    Sample("pattern", Annotated[str, Limit(pattern=r"^\w+-(?P<n>\d{2,})$", title="Code")], ("ab-12",)),
    Sample("twice", Annotated[str, Limit(pattern="a", min_length=1), Limit(pattern="b", min_length=2)], ("ab",)),
    Sample("documented", Annotated[Node, typing_extensions.Doc("the root")], (Node(1),)),
    Sample("unhashable", Annotated[int, ["seen", "by", "nobody"]], (1,)),
    Sample("unhashable_box", Box[Annotated[int, ["x"]]], (Box(1),)),
    Sample("final", Final[int], (3,)),
)


def _foreign() -> Iterable[Sample]:
    if importlib.util.find_spec("pydantic") and importlib.util.find_spec("msgspec"):
        from tests.wire.foreign_types import foreign_samples

        for name, tp, values in foreign_samples():
            yield Sample(name, tp, values)


SAMPLES: Final = (*_OWN, *_foreign())
