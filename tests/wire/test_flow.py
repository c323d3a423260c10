"""Bodies of flow endpoints."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire import (
    ABSENT,
    Failure,
    FlowRequest,
    PublicError,
    Status,
    dumps,
    error_payload,
    loads,
    parse_flow_request,
    result_body,
)


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        (b"", FlowRequest()),
        (b"{}", FlowRequest()),
        (b'{"data":null}', FlowRequest(None)),
        (b'{"data":{"a":1},"init":[2],"other":3}', FlowRequest({"a": 1}, [2])),
        (b'{"init":0}', FlowRequest(ABSENT, 0)),
        (b'{"data":1,"data":2}', FlowRequest(2)),
    ],
)
def test_data_and_init_may_be_absent(body, request_):
    assert parse_flow_request(body) == request_


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1]", 'body: expected object, got array; send {"data": <input>}'),
        (b"null", 'body: expected object, got null; send {"data": <input>}'),
        (b"{", "body: not valid JSON at line 1, column 2"),
        (b'{"data":18446744073709551616}', "body: integer out of range"),
    ],
)
def test_a_bad_envelope_is_the_clients_mistake(body, message):
    with pytest.raises(PublicError) as caught:
        parse_flow_request(body)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert caught.value.message == message


def test_results_and_errors_have_the_shapes_of_the_protocol():
    assert result_body(dumps(None)) == b'{"result":null}'
    assert error_payload(Failure(Status.NOT_FOUND, "nf")) == b'{"status":"NOT_FOUND","message":"nf"}'
    failure = Failure(Status.INTERNAL, "é", details=None)
    assert error_payload(failure) == b'{"status":"INTERNAL","message":"\\u00e9","details":null}'
    assert loads(error_payload(failure)) == {"status": "INTERNAL", "message": "é", "details": None}


@given(st.binary())
def test_any_body_is_a_request_or_refused(body):
    with contextlib.suppress(PublicError):
        assert isinstance(parse_flow_request(body), FlowRequest)
