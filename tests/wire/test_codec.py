"""Codecs: what is refused and with which words, what is accepted, and that both directions agree."""

import contextlib
import pickle
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire import InvalidValue, JsonValue, codec_of, dumps, loads
from tests.wire.sample_types import (
    SAMPLES,
    Camel,
    Linked,
    Nested,
    Node,
    Point,
    WithAnything,
)
from tests.wire.values import ACCEPTED, NOT_DUMPED, REFUSED, UNSUPPORTED


@pytest.mark.parametrize(("tp", "value", "message"), REFUSED)
def test_nothing_is_coerced_and_the_message_names_the_place(tp, value, message):
    """Untrusted JSON: wrong types are refused with wire paths and without values."""
    with pytest.raises(InvalidValue) as caught:
        codec_of(tp).load(value)
    assert str(caught.value) == message
    assert "; ".join(caught.value.issues) == message


@pytest.mark.parametrize(("tp", "value"), ACCEPTED)
def test_what_is_loaded_dumps_to_the_same_json(tp, value):
    codec = codec_of(tp)
    assert codec.dump(codec.load(value)) == value


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_is_dumped_loads_to_the_same_value(sample):
    codec = codec_of(sample.tp)
    codec.check()
    for value in sample.values:
        loaded = codec.load(loads(dumps(codec.dump(value))))
        assert loaded == value
        assert type(loaded) is type(value)


def test_faults_are_counted_up_to_twenty():
    with pytest.raises(InvalidValue) as caught:
        codec_of(list[Point]).load([{}] * 1_000_000)
    assert len(caught.value.issues) == 21
    assert caught.value.issues[-1] == "and more"
    with pytest.raises(InvalidValue) as caught:
        codec_of(dict[str, list[int]]).load({str(key): ["a"] * 30 for key in range(30)})
    assert caught.value.issues[0] == "0.0: expected integer, got string"
    assert len(caught.value.issues) == 21
    with pytest.raises(InvalidValue) as caught:
        codec_of(Camel).load({str(key): 1 for key in range(100)})
    assert len(caught.value.issues) == 21


def test_keys_in_paths_are_escaped_and_cut():
    with pytest.raises(InvalidValue) as caught:
        codec_of(dict[str, int]).load({"a\nb": "", "x" * 1000: "", "": ""})
    assert caught.value.issues[0] == "'a\\nb': expected integer, got string"
    assert len(caught.value.issues[1]) < 110
    assert caught.value.issues[2] == "'': expected integer, got string"


def test_as_deep_as_json_may_be_is_no_problem():
    value: JsonValue = {"value": 1, "children": []}
    for _ in range(62):
        value = {"value": 1, "children": [value]}
    codec = codec_of(Node)
    assert codec.dump(codec.load(value)) == value
    nested: JsonValue = 1
    for _ in range(128):
        nested = [nested]
    assert codec_of(Nested).dump(codec_of(Nested).load(nested)) == nested
    assert codec_of(Any).dump(nested) == nested


def test_what_is_nested_too_deeply_is_not_dumped():
    """Untrusted JSON: on output depth over 128 is an error."""
    node = Node(1)
    for _ in range(70):
        node = Node(1, [node])
    nested: Any = 1
    for _ in range(129):
        nested = [nested]
    for tp, value in ((Node, node), (Any, nested), (Nested, nested), (WithAnything, WithAnything(nested))):
        with pytest.raises(InvalidValue, match=r"^nested more than 128 levels deep$"):
            codec_of(tp).dump(value)


def test_a_value_that_holds_itself_is_not_dumped():
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidValue, match="nested more than 128"):
        codec_of(Any).dump(loop)


def test_what_only_python_could_nest_is_not_loaded():
    value: JsonValue = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidValue, match="nested more than 128"):
        codec_of(Nested).load(value)
    value = {"value": "a"}
    for _ in range(100_000):
        value = {"value": "a", "next": value}
    with pytest.raises(InvalidValue, match="nested more than 128"):
        codec_of(Linked).load(value)


@pytest.mark.parametrize(("tp", "value", "message"), NOT_DUMPED)
def test_what_does_not_fit_its_type_is_not_dumped(tp, value, message):
    """Untrusted JSON: outputs are validated; NaN and Infinity are errors."""
    with pytest.raises(InvalidValue) as caught:
        codec_of(tp).dump(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(("tp", "message"), UNSUPPORTED)
def test_a_type_without_json_is_reported_when_asked(tp, message):
    codec = codec_of(tp)
    with pytest.raises(TypeError, match=message):
        codec.check()


def test_making_a_codec_looks_at_nothing():
    codec_of(complex)
    assert repr(codec_of(complex)) == "codec_of(<class 'complex'>)"


def test_the_same_type_has_the_same_codec():
    assert codec_of(list[int]) is codec_of(list[int])
    assert codec_of(Point).tp is Point
    assert codec_of(Literal[1]) is not codec_of(Literal[True])


def test_errors_survive_pickling():
    with pytest.raises(InvalidValue) as caught:
        codec_of(list[int]).load(["a"] * 30)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.issues == caught.value.issues
    assert str(InvalidValue(["expected no input"])) == "expected no input"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["x", "value", "kind", "text"]), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_a_value_of_the_type_or_refused(value):
    for sample in SAMPLES:
        codec = codec_of(sample.tp)
        with contextlib.suppress(InvalidValue):
            loaded = codec.load(value)
            assert codec.load(codec.dump(loaded)) == loaded
