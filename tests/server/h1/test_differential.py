"""Generated connections: h11 reads the same requests, however the bytes are cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.h1.differential import check
from tests.server.h1.table import TABLE

pytestmark = pytest.mark.extra

NAMES = [b"host", b"Host", b"content-length", b"Content-Length", b"transfer-encoding", b"connection", b"expect"]
SMALL_ROWS = [row.data for row in TABLE.values() if len(row.data) < 2000]

_token = st.text("abcXYZ019-_.!~", min_size=1, max_size=8).map(str.encode)
_space = st.sampled_from([b"", b" ", b"  ", b"\t", b" \t "])
_value = st.one_of(
    st.sampled_from(
        [b"test", b"2", b"02", b"5", b"chunked", b"Chunked", b"close", b"keep-alive", b"100-continue", b""]
    ),
    st.binary(max_size=6),
    st.text('abc:;=,/@[]" \t', max_size=8).map(str.encode),
)
_header = st.builds(
    lambda name, before, value, after: name + b":" + before + value + after + b"\r\n",
    st.one_of(st.sampled_from(NAMES), _token),
    _space,
    _value,
    _space,
)
_line = st.builds(
    lambda method, target, version: method + b" " + target + b" " + version + b"\r\n",
    st.sampled_from([b"GET", b"POST", b"PUT", b"OPTIONS", b"HEAD", b"DELETE"]),
    st.one_of(
        st.sampled_from([b"/", b"*", b"/a?b=c", b"http://test/x", b"HTTPS://test", b"http://test?x", b"//a/b"]),
        st.text("/ab?%#&=.~:@!", min_size=1, max_size=8).map(str.encode),
    ),
    st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/1.2"]),
)
_chunk = st.builds(
    lambda data, form, extension: (form % len(data)).encode() + extension + b"\r\n" + data + b"\r\n",
    st.binary(min_size=1, max_size=20),
    st.sampled_from(["%x", "%X", "00%x"]),
    st.sampled_from([b"", b"", b";a", b";a=b", b';a="b c"', b";a=b;c"]),
)
_chunked = st.builds(
    lambda chunks, trailers: b"".join(chunks) + b"0\r\n" + b"".join(trailers) + b"\r\n",
    st.lists(_chunk, max_size=3),
    st.lists(st.builds(lambda name: name + b": x\r\n", _token), max_size=2),
)


@st.composite
def _request(draw) -> bytes:
    head = draw(_line) + b"host: test\r\n" + b"".join(draw(st.lists(_header, max_size=3)))
    match draw(st.sampled_from(["none", "length", "chunks"])):
        case "length":
            body = draw(st.binary(max_size=20))
            return head + b"content-length: %d\r\n\r\n" % len(body) + body
        case "chunks":
            return head + b"transfer-encoding: chunked\r\n\r\n" + draw(_chunked)
    return head + b"\r\n"


@st.composite
def _spoiled(draw) -> bytes:
    """Take a row of the table, or two, and do to a few of its bytes what an attacker would."""
    data = bytearray(draw(st.sampled_from(SMALL_ROWS)) + draw(st.sampled_from(SMALL_ROWS)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 3))
        spice = draw(
            st.sampled_from([b"", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\x00", b"0", b"\x0b", b";", b"chunked"])
        )
        data[at : at + cut] = spice
    return bytes(data)


_cuts = st.lists(st.integers(0, 2000), max_size=4)


@settings(max_examples=400)
@given(st.lists(_request(), min_size=1, max_size=3).map(b"".join), _cuts)
def test_requests_are_what_h11_takes_them_for(data, cut):
    check(data, cut)


@settings(max_examples=600)
@given(_spoiled(), _cuts)
def test_spoiled_requests_are_refused_or_what_h11_takes_them_for(data, cut):
    check(data, cut)


@settings(max_examples=200)
@given(st.binary(max_size=200), _cuts)
def test_any_bytes_are_parsed_without_an_error(data, cut):
    check(data, cut)
