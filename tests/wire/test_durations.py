"""Durations in ISO 8601."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire.shape.durations import DURATION_PATTERN, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT0S", dt.timedelta(0)),
        ("P2W", dt.timedelta(weeks=2)),
        ("P99999999W", dt.timedelta(weeks=99_999_999)),
        ("P1DT2H3M4.5S", dt.timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500_000)),
        ("-PT0.000001S", dt.timedelta(microseconds=-1)),
        ("PT90M", dt.timedelta(minutes=90)),
        ("P3D", dt.timedelta(days=3)),
    ],
)
def test_durations_are_read(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "1D", "P1Y", "P1M", "PT1.5H", "P1W2D", "P100000000W", "PT1S ", "+PT1S", "PT.5S", "P٣D"],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)
    assert not re.search(DURATION_PATTERN, text, re.ASCII)


@given(st.timedeltas(min_value=dt.timedelta(days=-999_999_998)))
def test_every_duration_round_trips(length):
    text = format_duration(length)
    assert parse_duration(text) == length
    assert re.search(DURATION_PATTERN, text)
