"""Timeouts in headers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire import PublicError, Status, format_timeout, parse_timeout


@pytest.mark.parametrize(
    ("plain", "grpc", "seconds"),
    [
        (None, None, None),
        ("2.5", None, 2.5),
        (" 3 ", None, 3.0),
        (".5", None, 0.5),
        ("7.", None, 7.0),
        ("0", None, 0.0),
        ("-1", None, -1.0),
        (None, "2H", 7200.0),
        (None, "3M", 180.0),
        (None, "4S", 4.0),
        (None, "500m", 0.5),
        (None, "250u", 0.00025),
        (None, "100n", 1e-7),
        ("2", "1S", 1.0),
        ("1", "2S", 1.0),
    ],
)
def test_the_smaller_header_counts(plain, grpc, seconds):
    """C7: decimal seconds, or grpc-timeout; the minimum when both are there."""
    found = parse_timeout(plain, grpc)
    assert found == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "value",
    ["", "abc", "nan", "inf", "-inf", "1e3", "1_000", "٣", "0x10", "1,5", "+1", "9" * 400, "2 s", "1000000001", "--1"],
)
def test_an_unreadable_timeout_is_the_clients_mistake(value):
    """C7: an unparsable header is a 400."""
    with pytest.raises(PublicError, match=r"^header X-Request-Timeout is '.*'; write decimal seconds") as caught:
        parse_timeout(value, None)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert len(caught.value.message) < 160
    assert caught.value.message.isascii()


@pytest.mark.parametrize("value", ["", "5", "m", "-5S", "123456789S", "5s", "1.5S", "٣S", "99999999H"])
def test_an_unreadable_grpc_timeout_names_its_header(value):
    """C7: an unparsable header is a 400."""
    with pytest.raises(PublicError, match=r"^header grpc-timeout is "):
        parse_timeout("1", value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1"),
        (2.5, "2.5"),
        (1e-7, "0"),
        (-1e-7, "0"),
        (0.00001, "0.00001"),
        (1e9, "1000000000"),
        (-1.5, "-1.5"),
        (300.0, "300"),
    ],
)
def test_seconds_are_written_without_an_exponent(seconds, text):
    assert format_timeout(seconds) == text


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e10])
def test_what_is_no_timeout_is_not_written(seconds):
    with pytest.raises(ValueError, match="cannot be sent"):
        format_timeout(seconds)


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_what_is_written_can_be_read(seconds):
    assert parse_timeout(format_timeout(seconds), None) == pytest.approx(seconds, abs=1e-6)


@given(st.text(), st.text())
def test_any_header_is_seconds_or_refused(plain, grpc):
    with contextlib.suppress(PublicError):
        found = parse_timeout(plain, grpc)
        assert found is not None
        assert abs(found) <= 1e9
