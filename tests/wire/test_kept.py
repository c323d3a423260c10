"""Classes that keep what they do not know, fields that stay in the process, and subclasses."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic

import attrs
import pytest
from typing_extensions import TypeVar

from genkit_trio._wire import InvalidValue, JsonValue, Wire, codec_of

T = TypeVar("T", default=Any)


@attrs.frozen(kw_only=True)
class Keeping:
    __wire__: ClassVar[Wire] = Wire(names="camel", none="omit", unknown="keep")

    extra: Mapping[str, JsonValue] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Order(Keeping):
    order_id: int
    note: str | None = None
    payload: Any = None
    either: str | int | None = None
    inner: "Order | None" = None
    on_paid: Callable[[], None] | None = attrs.field(default=None, metadata={"wire": False})


@attrs.frozen(kw_only=True)
class Answer(Keeping, Generic[T]):
    text: str
    value: T | None = None
    parser: Callable[[str], T] | None = attrs.field(default=None, eq=False, metadata={"wire": False})


@attrs.frozen(kw_only=True)
class RushOrder(Order):
    courier: str = "bike"


CODEC = codec_of(Order)


@pytest.mark.parametrize(
    "value",
    [
        {"orderId": 1},
        {"orderId": 1, "order_id": 2, "extra": {"a": 1}},
        {"orderId": 1, "colour": None, "size": [{"a": None}]},
        {"orderId": 1, "inner": {"orderId": 2, "newer": 1}},
        {"orderId": 1, "payload": None},
        {"orderId": 1, "\0kept": 1, "onPaid": 2},
    ],
)
def test_what_has_no_field_is_written_again(value):
    loaded = CODEC.load(value)
    assert CODEC.dump(loaded) == value
    assert CODEC.load(CODEC.dump(loaded)) == loaded


def test_known_keys_come_first_and_a_field_outweighs_what_was_kept():
    order = Order(order_id=1, extra={"newer": 1, "orderId": 2, "note": "kept"})
    assert list(CODEC.dump(order).items()) == [("orderId", 1), ("newer", 1), ("note", "kept")]


def test_null_is_kept_where_any_json_may_stand_and_means_absent_elsewhere():
    loaded = CODEC.load({"orderId": 1, "payload": None, "note": None, "either": None, "inner": None})
    assert loaded == Order(order_id=1, extra={"payload": None})
    assert CODEC.dump(loaded) == {"orderId": 1, "payload": None}
    assert CODEC.dump(attrs.evolve(loaded, payload=[1])) == {"orderId": 1, "payload": [1]}
    assert codec_of(Answer).load({"text": "", "value": None}).extra == {"value": None}
    assert codec_of(Answer[int]).load({"text": "", "value": None}).extra == {}


def test_faults_are_found_beside_unknown_keys():
    with pytest.raises(InvalidValue) as caught:
        CODEC.load({"newer": 1, "note": 2, "inner": {"orderId": "x", "future": 1}})
    assert caught.value.issues == (
        "orderId: required field missing",
        "note: expected string or null, got integer",
        "inner.orderId: expected integer, got string",
    )
    with pytest.raises(InvalidValue, match=r"^expected object, got array$"):
        CODEC.load([])


def test_what_was_kept_is_checked_when_it_is_written():
    with pytest.raises(InvalidValue, match=r"^newer: expected a JSON value, got complex$"):
        CODEC.dump(Order(order_id=1, extra={"newer": 1j}))
    deep: Any = 1
    for _ in range(128):
        deep = [deep]
    with pytest.raises(InvalidValue, match=r"^nested more than 128 levels deep$"):
        CODEC.dump(Order(order_id=1, extra={"newer": deep}))


def test_any_mapping_is_written():
    order = Order(order_id=1, extra=MappingProxyType({"newer": 1}))
    assert CODEC.dump(order) == {"orderId": 1, "newer": 1}
    assert codec_of(Mapping[str, int] | None).dump(MappingProxyType({"a": 1})) == {"a": 1}


def test_a_field_that_is_not_on_the_wire_is_neither_written_nor_read_nor_described():
    order = CODEC.load({"orderId": 1, "onPaid": "x"})
    assert (order.on_paid, order.extra) == (None, {"onPaid": "x"})
    assert CODEC.dump(Order(order_id=1, on_paid=print)) == {"orderId": 1}
    properties = CODEC.schema()["definitions"]["Order"]["properties"]
    assert list(properties) == ["orderId", "note", "payload", "either", "inner"]


def test_a_subclass_is_written_as_the_class_that_was_declared():
    rush = RushOrder(order_id=1, courier="van", extra={"newer": 1})
    assert CODEC.dump(rush) == {"orderId": 1, "newer": 1}
    assert codec_of(list[Order]).dump([rush]) == [{"orderId": 1, "newer": 1}]
    assert codec_of(Order | None).dump(rush) == {"orderId": 1, "newer": 1}
    assert codec_of(Any).dump(rush) == {"orderId": 1, "courier": "van", "newer": 1}


def test_generic_classes_keep_too():
    codec = codec_of(Answer[list[int]])
    assert codec.load({"text": "a", "value": [1], "x": 2}) == Answer(text="a", value=[1], extra={"x": 2})
    with pytest.raises(InvalidValue, match=r"^value\.0: expected integer, got string$"):
        codec.load({"text": "a", "value": ["1"], "x": 2})
    assert codec_of(Answer).load({"text": "a", "value": [1]}).value == [1]


def test_a_schema_lets_unknown_keys_pass():
    assert codec_of(Answer).schema() == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "value": {"default": None},
        },
        "required": ["text"],
    }


def test_a_class_that_keeps_needs_a_place():
    @attrs.frozen
    class Nowhere:
        __wire__ = Wire(unknown="keep")

        x: int

    with pytest.raises(TypeError, match=r"class 'Nowhere' keeps unknown keys; give it a field 'extra' for them"):
        codec_of(Nowhere).check()


def test_a_field_that_is_not_on_the_wire_needs_a_default():
    @attrs.frozen
    class Needy:
        x: int = attrs.field(metadata={"wire": False})

    with pytest.raises(TypeError, match=r"field 'x' of 'Needy' is not on the wire; give it a default"):
        codec_of(Needy).check()


def test_json_inside_other_types_is_any_json():
    @attrs.frozen
    class Settings:
        values: Mapping[str, JsonValue]
        parent: "Settings | None" = None

    codec = codec_of(Settings)
    assert codec.load({"values": {"a": [{"b": None}]}}) == Settings({"a": [{"b": None}]})
    properties = codec.schema()["properties"]
    assert properties["values"] == {"type": "object", "additionalProperties": True}
