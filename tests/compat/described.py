"""Flows of all kinds, for those who read what ``/openapi.json`` says of them."""

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import annotated_types
import attrs

from genkit_trio import Genkit, RunContext


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


@attrs.frozen
class Cat:
    kind: Literal["cat"]
    lives: Annotated[int, annotated_types.Interval(ge=1, le=9)] = 9


@attrs.frozen
class Dog:
    kind: Literal["dog"]
    name: Annotated[str, annotated_types.Len(1, 10)]
    owner: str | None = None


@attrs.frozen
class Tree:
    label: str
    children: list["Tree"] = attrs.field(factory=list)
    place: tuple[int, str] | None = None


class Address(TypedDict):
    street: str
    number: NotRequired[int]


@attrs.frozen
class Order:
    id: uuid.UUID
    placed: dt.datetime
    day: dt.date
    size: Size
    to: Address
    image: bytes = b""
    price: Decimal = Decimal(1)
    wait: dt.timedelta = dt.timedelta()
    tags: frozenset[str] = frozenset()
    notes: dict[str, int | None] = attrs.field(factory=dict)


ai = Genkit()


@ai.flow
async def ping() -> None: ...


@ai.flow
async def greet(name: str) -> str:
    return f"Hello, {name}!"


@ai.flow
async def half(number: Annotated[float, annotated_types.Interval(gt=0, le=100)]) -> float:
    return number / 2


@ai.flow
async def even(number: Annotated[int, annotated_types.MultipleOf(2)]) -> bool:
    return True


@ai.flow
async def page(number: int = 1) -> int:
    return number


@ai.flow
async def maybe(number: int | None) -> str | None:
    return None if number is None else "some"


@ai.flow
async def adopt(pet: Cat | Dog) -> Cat | Dog:
    return pet


@ai.flow
async def prune(tree: Tree) -> list[Tree]:
    return tree.children


@ai.flow
async def buy(order: Order) -> Order:
    return order


@ai.flow
async def anything(value: Any) -> Any:
    return value


@ai.flow("vendor/ünï {x}")
async def odd(codes: dict[Annotated[str, annotated_types.Len(1, 3)], set[int]]) -> tuple[int, ...]:
    return tuple(sorted(number for numbers in codes.values() for number in numbers))


@ai.flow
async def count(to: Annotated[int, annotated_types.Interval(ge=0, le=20)], ctx: RunContext[int]) -> str:
    for number in range(to):
        await ctx.send_chunk(number)
    return "done"
