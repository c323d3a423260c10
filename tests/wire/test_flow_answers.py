"""Answers of flow endpoints, as a client reads them."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio import GenkitError, Status
from genkit_trio._wire import (
    ABSENT,
    Frame,
    FrameReader,
    InvalidAnswer,
    error_frame,
    flow_error,
    flow_request,
    message_frame,
    parse_flow_failure,
    parse_flow_request,
    parse_flow_result,
    result_frame,
)
from tests.wire.pieces import cut, cuts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def frames_of(data: bytes, max_frame: int = 1000) -> list[Frame]:
    return list(FrameReader(max_frame).feed(data))


def test_a_request_leaves_out_what_is_absent():
    assert flow_request(1, {"a": 2}) == b'{"data":1,"init":{"a":2}}'
    assert flow_request(None) == b'{"data":null}'
    assert flow_request(ABSENT, 1) == b'{"init":1}'
    assert flow_request(ABSENT) == b"{}"


@given(JSON)
def test_a_server_reads_what_a_client_has_written(data):
    assert parse_flow_request(flow_request(data)).data == data


def test_a_result_is_what_stands_in_it():
    assert parse_flow_result(b'{"result":[1]}') == [1]
    assert parse_flow_result(b'{"result":null}') is None
    assert parse_flow_result(b"{}") is None


def test_a_result_may_be_an_error():
    with pytest.raises(GenkitError, match="no") as caught:
        parse_flow_result(b'{"error":{"status":"NOT_FOUND","message":"no","details":[1]}}')
    assert (caught.value.status, caught.value.details) == (Status.NOT_FOUND, [1])


@given(st.binary())
def test_any_bytes_are_a_result_or_one_of_two_errors(body):
    with contextlib.suppress(InvalidAnswer, GenkitError):
        parse_flow_result(body)


@given(http=st.integers(100, 999), body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_failure_is_an_error_with_a_message(http, body):
    error = parse_flow_failure(http, body)
    assert isinstance(error, GenkitError)
    assert error.message


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_the_status_in_a_failure_counts_and_without_one_that_of_http(status):
    told = parse_flow_failure(418, json.dumps({"status": status.name, "message": "m"}).encode(), 3)
    assert (told.status, told.message, told.retry_after) == (status, "m", 3)
    guessed = parse_flow_failure(status.http, b"<html>")
    assert guessed.status.http == status.http
    assert guessed.message == f"the server answered {status.http}: '<html>'"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"status": "INVALID ARGUMENT", "message": "m"}, Status.INVALID_ARGUMENT, "m"),
        ({"error": {"status": "ABORTED", "message": "m"}}, Status.ABORTED, "m"),
        ({"status": "WHAT", "message": "m"}, Status.NOT_FOUND, "m"),
        ({"detail": "Not Found"}, Status.NOT_FOUND, 'the server answered b\'{"detail":"Not Found"}\''),
        ({"error": "no"}, Status.NOT_FOUND, 'the server answered b\'{"error":"no"}\''),
        ({"message": 1}, Status.NOT_FOUND, "the server answered b'{\"message\":1}'"),
    ],
)
def test_failures_are_read_in_the_shapes_that_there_are(body, status, message):
    error = parse_flow_failure(404, json.dumps(body).encode())
    assert (error.status, error.message) == (status, message)


def test_a_status_that_nobody_knows_is_unknown():
    assert parse_flow_failure(418, b"{}").status is Status.UNKNOWN
    assert flow_error("no").status is Status.UNKNOWN
    assert flow_error("no").message == "the server told of an error without words: 'no'"


@given(chunks=st.lists(JSON), result=JSON, sizes=cuts)
def test_frames_are_the_same_in_whatever_pieces_they_come(chunks, result, sizes):
    payloads = [json.dumps(chunk).encode() for chunk in chunks]
    text = b"".join(map(message_frame, payloads)) + result_frame(json.dumps(result).encode())
    reader = FrameReader(len(text))
    found = [frame for piece in cut(text, sizes) for frame in reader.feed(piece)]
    assert found == [*(Frame("message", chunk) for chunk in chunks), Frame("result", result)]


@pytest.mark.parametrize("legacy", [True, False])
def test_both_spellings_of_an_error_are_read(legacy):
    payload = b'{"status":"ABORTED","message":"m"}'
    assert frames_of(error_frame(payload, legacy=legacy)) == [Frame("error", {"status": "ABORTED", "message": "m"})]


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (b': ping\n\nevent: a\nid: 1\ndata:{"result":1}\n\n', [Frame("result", 1)]),
        (b'data: {"message":\r\ndata: 1}\r\n\r\n', [Frame("message", 1)]),
        (b"data: {}\n\n", [Frame("result", None)]),
        (b'data: {"result":1}\n', []),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_what_else_the_format_allows_is_read(text, frames):
    assert frames_of(text) == frames


@pytest.mark.parametrize("text", [b"data: {\n\n", b"data: 1\n\n", b'data: {"what":1}\n\n', b"error: no\n\n"])
def test_a_frame_that_is_none_is_an_invalid_answer(text):
    with pytest.raises(InvalidAnswer):
        frames_of(text)


def test_a_frame_is_bounded_and_a_stream_is_not():
    assert len(frames_of(message_frame(b'"' + b"a" * 60 + b'"') * 100, 100)) == 100
    assert frames_of(b": ping\n\n" * 100, 100) == []
    for endless in (b"data: " + b"a" * 100, b"data: a\n" * 20, b": ping\n" * 20):
        with pytest.raises(InvalidAnswer, match="larger than 100 bytes"):
            frames_of(endless, 100)


@given(st.binary())
def test_any_bytes_are_frames_or_an_invalid_answer(data):
    with contextlib.suppress(InvalidAnswer):
        frames_of(data)
