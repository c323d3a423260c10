"""JSON text: one outcome for each thing that parsers disagree on."""

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genkit_trio._wire import InvalidJson, InvalidValue, dumps, loads

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
json_values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(json_values)
@example(["\u2028", "\U0001f600", 'a"\\', "null", None])
def test_what_is_encoded_decodes_to_the_same(value):
    text = dumps(value)
    assert text.isascii()
    assert loads(text) == value


@given(st.binary())
def test_any_bytes_are_a_value_or_refused(data):
    with contextlib.suppress(InvalidJson):
        dumps(loads(data))


@given(st.text(alphabet='[]{}",:0123456789-+.eE\\ud8ctrfalsn '))
def test_almost_json_is_a_value_or_refused(text):
    with contextlib.suppress(InvalidJson):
        dumps(loads(text.encode()))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a":1,"a":2}', {"a": 2}),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"[0.1234567890123456789]", [0.1234567890123456789]),
        (b'"99999999999999999999999"', "99999999999999999999999"),
        (b"12345678901234567890e1", 1.2345678901234568e20),
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'["\ud83d\ude00","\\ud83d","\uD83D x"]', ["\U0001f600", "\\ud83d", "\ufffd x"]),
        (rb'{"\udfff":1}', {"\ufffd": 1}),
        (b" [1] \n", [1]),
        (b"[" * 128 + b"]" * 128, None),
    ],
)
def test_what_is_accepted(data, value):
    """Untrusted JSON: duplicate keys, the largest integers, lone surrogates."""
    decoded = loads(data)
    if value is not None:
        assert decoded == value
        assert type(decoded) is type(value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected JSON, got nothing"),
        (b"18446744073709551616", "integer out of range"),
        (b"-9223372036854775809", "integer out of range"),
        (b'{"a":[1,' + b"9" * 5000 + b"]}", "integer out of range"),
        (rb'["\ud83d",99999999999999999999]', "integer out of range"),
        (b"NaN", "not valid JSON at line 1, column 1"),
        (b"[Infinity]", "not valid JSON at line 1, column 2"),
        (b"[\n-Infinity]", "not valid JSON at line 2, column 2"),
        (b'\xef\xbb\xbf{"a":1}', "expected UTF-8 without a byte order mark"),
        ('{"a":1}'.encode("utf-16"), "expected UTF-8 without a byte order mark"),
        ('{"a":1}'.encode("utf-16-le"), "not valid JSON at line 1, column 2"),
        (b'"\xff"', "not valid UTF-8 at byte 1"),
        (b'"\xed\xa0\xbd"', "not valid UTF-8 at byte 1"),
        (b"[" * 129 + b"]" * 129, "nested more than 128 levels deep"),
        (b'{"a":' * 129 + b"1" + b"}" * 129, "nested more than 128 levels deep"),
        (b"[" * 10_000_000, "nested more than 128 levels deep"),
        (b'["\\ud83d",' + b"[" * 1_000_000, "nested more than 128 levels deep"),
        (rb'["\ud83d",', "not valid JSON at line 1, column 11"),
        (b"{'a':1}", "not valid JSON at line 1, column 2"),
        (b"[1] [2]", "not valid JSON at line 1, column 5"),
        (b'"\\ud83"', "not valid JSON at line 1, column 2"),
        (b'["[[[[\\"' + b"[" * 200, "not valid JSON at line 1, column 209"),
        (b"[12345678901234567890, x]", "not valid JSON at line 1, column 24"),
    ],
)
def test_what_is_refused(data, message):
    """Untrusted JSON: each row of the contract's list has one outcome."""
    with pytest.raises(InvalidJson) as caught:
        loads(data)
    assert str(caught.value) == message


@pytest.mark.parametrize("data", [b"1e400", b"[-1e999]", b'{"a":1e400}'])
def test_numbers_beyond_a_double_are_refused(data):
    """Untrusted JSON: 1e400 is refused."""
    with pytest.raises(InvalidJson, match=r"^not valid JSON at line 1, column "):
        loads(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, None, True]}, b'{"a":[1,2.5,null,true]}'),
        (None, b"null"),
        ("é\U0001f600", rb'"\u00e9\ud83d\ude00"'),
        ({"é": "\x7f\n"}, b'{"\\u00e9":"\x7f\\n"}'),
        (2**200, str(2**200).encode()),
        ([-(2**70), "é"], b'[-1180591620717411303424,"\\u00e9"]'),
        ("a\ud83d", rb'"a\ufffd"'),
        ("\ud83d\ude00", rb'"\ud83d\ude00"'),
        (["\\ud83d"], rb'["\\ud83d"]'),
        ("null", b'"null"'),
    ],
)
def test_what_is_written(value, text):
    """C24: ASCII-only JSON; larger integers are written in full."""
    assert dumps(value) == text


@pytest.mark.parametrize("value", [math.nan, [1.0, math.inf], {"a": {"b": -math.inf}}, [2**70, math.nan]])
def test_numbers_that_are_not_finite_are_not_written(value):
    """Untrusted JSON: on output NaN and Infinity are errors."""
    with pytest.raises(InvalidValue):
        dumps(value)


def nested(depth, leaf):
    value = leaf
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("leaf", [1, 2**70, "\ud83d"])
def test_deep_values_are_not_written(leaf):
    """Untrusted JSON: on output depth over 128 is an error."""
    assert loads(dumps(nested(128, 1)))
    dumps(nested(128, leaf))
    for depth in (129, 300, 100_000):
        with pytest.raises(InvalidValue, match=r"^nested more than 128 levels deep$"):
            dumps(nested(depth, leaf))


@pytest.mark.parametrize("value", [object(), {1: 2**70, (1,): 1}, pytest.param(10**5000, id="long")])
def test_what_is_no_json_value_is_not_written(value):
    with pytest.raises(InvalidValue):
        dumps(value)


def test_wide_values_are_not_deep():
    value = [[{}] for _ in range(1000)]
    assert loads(dumps(value)) == value
