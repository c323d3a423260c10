"""Types of pydantic and msgspec for the tests; import it only where both are installed."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Generic, Literal, TypeVar

import annotated_types
import attrs
import msgspec
import pydantic

T = TypeVar("T")


class Address(pydantic.BaseModel):
    """Where someone lives."""

    street: str
    number: Annotated[int, pydantic.Field(ge=1)] = 1


class Person(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    name: str = pydantic.Field(alias="fullName", pattern=r"^\w+$")
    address: Address | None = None
    position: tuple[int, str] = (0, "")
    born: dt.date | None = None
    pet: Annotated["CatModel | DogModel", pydantic.Field(discriminator="kind")] | None = None

    @pydantic.field_validator("name")
    @classmethod
    def _no_secrets(cls, name: str) -> str:
        if name == "secret":
            raise ValueError(f"{name} is not allowed")
        return name


class CatModel(pydantic.BaseModel):
    kind: Literal["cat"]


class DogModel(pydantic.BaseModel):
    kind: Literal["dog"]


class TreeModel(pydantic.BaseModel):
    children: "list[TreeModel]" = []


class Names(pydantic.RootModel[list[str]]):
    pass


class Page(pydantic.BaseModel, Generic[T]):
    items: list[T]


@pydantic.dataclasses.dataclass
class Coordinates:
    lat: float


class Item(msgspec.Struct):
    """An item."""

    name: str
    price: Annotated[float, msgspec.Meta(gt=0, description="in euros")]
    place: tuple[int, str] = (0, "a")
    parts: "list[Item]" = []


class Row(msgspec.Struct, array_like=True):
    a: int
    b: str


class Wrapped(msgspec.Struct, Generic[T]):
    value: T


@attrs.frozen
class Order:
    address: Address
    items: list[Item]


def foreign_samples() -> Iterable[tuple[str, Any, tuple[Any, ...]]]:
    yield "pydantic_model", Address, (Address(street="a"),)
    yield (
        "pydantic_person",
        Person,
        (
            Person(fullName="ada"),
            Person(fullName="ada", address=Address(street="s"), born=dt.date(2000, 1, 1), pet=CatModel(kind="cat")),
        ),
    )
    yield "pydantic_tree", TreeModel, (TreeModel(children=[TreeModel()]),)
    yield "pydantic_root", Names, (Names(["a"]),)
    yield "pydantic_generic", Page[int], (Page[int](items=[1]),)
    yield "pydantic_dataclass", Coordinates, (Coordinates(1.5),)
    yield "msgspec_struct", Item, (Item("a", 1.5, (1, "b"), [Item("b", 2.0)]),)
    yield "msgspec_array", Row, (Row(1, "a"),)
    yield "msgspec_generic", Wrapped[int], (Wrapped(1),)
    yield "attrs_of_foreign", Order, (Order(Address(street="a"), [Item("a", 1.0)]),)
    yield "foreign_union", Address | Item | None, (Address(street="a"), Item("a", 1.0), None)
    yield "annotated_types", Annotated[int, annotated_types.Interval(ge=1, lt=5)], (4,)
    yield "annotated_length", Annotated[str, annotated_types.Len(1, 3)], ("ab",)
    yield "msgspec_meta", Annotated[str, msgspec.Meta(pattern="^a", title="A", examples=["ab"])], ("ab",)
    yield "pydantic_field", Annotated[int, pydantic.Field(ge=3, description="three or more")], (3,)
