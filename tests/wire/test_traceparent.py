"""The header that names the span under which a call is made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire import TraceParent, format_traceparent, parse_traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
IDS = st.integers(1, 2**128 - 1).map("{:032x}".format)
SPAN_IDS = st.integers(1, 2**64 - 1).map("{:016x}".format)


@given(trace_id=IDS, span_id=SPAN_IDS)
def test_what_is_written_can_be_read(trace_id, span_id):
    assert parse_traceparent(format_traceparent(trace_id, span_id)) == TraceParent(trace_id, span_id)


@pytest.mark.parametrize("end", ["00", "01", "ff"])
def test_the_flags_may_be_any(end):
    assert parse_traceparent(f"00-{TRACE}-{SPAN}-{end}") == TraceParent(TRACE, SPAN)


@pytest.mark.parametrize("end", ["", "-", "-what-ever"])
def test_a_later_version_may_say_more(end):
    assert parse_traceparent(f"cc-{TRACE}-{SPAN}-01{end}") == TraceParent(TRACE, SPAN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "what",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE[:-1]}٣-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01more",
        f"cc-{TRACE}-{SPAN}-01-{'x' * 500}",
    ],
)
def test_what_cannot_be_read_is_as_if_it_were_absent(header):
    assert parse_traceparent(header) is None


@given(st.text())
def test_any_text_is_a_span_or_none(text):
    assert isinstance(parse_traceparent(text), TraceParent | None)
