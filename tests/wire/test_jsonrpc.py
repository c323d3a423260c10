import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genkit_trio._wire import (
    ABSENT,
    InvalidMessage,
    RpcFailure,
    RpcNotification,
    RpcRequest,
    RpcResult,
    failure_text,
    notification_text,
    parse_message,
    request_text,
    result_text,
)


def message(**parts: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **parts}).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (message(id="7", method="listActions"), RpcRequest("7", "listActions", ABSENT)),
        (message(id=7, method="listActions", params={"a": 1}), RpcRequest(7, "listActions", {"a": 1})),
        (message(id="7", method="m", params=[1]), RpcRequest("7", "m", [1])),
        (message(method="configure", params={}), RpcNotification("configure", {})),
        (message(id=None, method="configure"), RpcNotification("configure", ABSENT)),
        (message(id="1", result=None), RpcResult("1", None)),
        (message(id="1", error={"code": -32000, "message": "no"}), RpcFailure("1", -32000, "no")),
    ],
)
def test_a_message_is_read(text, expected):
    assert parse_message(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "said", "message_id"),
    [
        (b"{", -32700, "message: not valid JSON at line 1, column 2", None),
        (b"[]", -32600, "message: expected object, got array", None),
        (b'{"id": "3", "method": "m"}', -32600, "jsonrpc: expected '2.0'", "3"),
        (message(id=True, method="m"), -32600, "id: expected string or integer, got boolean", None),
        (message(id=1.5, method="m"), -32600, "id: expected string or integer, got number", None),
        (message(id="3", method=4), -32600, "method: expected string, got integer", "3"),
        (message(id=3, method="m", params="x"), -32602, "params: expected object or array, got string", 3),
        (message(result=1), -32600, "message: expected a method or an id; send one of them", None),
        (message(id="3"), -32600, "message '3': expected a method, a result or an error", None),
        (message(id="3", error="no"), -32600, "message '3': expected a method, a result or an error", None),
    ],
)
def test_what_is_no_message_is_refused_with_the_id_to_answer(text, code, said, message_id):
    with pytest.raises(InvalidMessage) as caught:
        parse_message(text)
    assert (caught.value.code, str(caught.value), caught.value.id) == (code, said, message_id)


def test_deep_json_is_refused():
    with pytest.raises(InvalidMessage, match="nested more than 128 levels deep"):
        parse_message(b"[" * 10_000 + b"]" * 10_000)


def test_what_is_written_is_read_back():
    assert parse_message(request_text("1", "register", b'{"id":"a"}')) == RpcRequest("1", "register", {"id": "a"})
    assert parse_message(notification_text("streamChunk", b"[1]")) == RpcNotification("streamChunk", [1])
    assert parse_message(result_text(4, b"[null]")) == RpcResult(4, [None])
    assert parse_message(failure_text("4", -32602, "é", b"{}")) == RpcFailure("4", -32602, "é")
    assert failure_text("4", -32602, "é", b'{"x":1}').isascii()


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_message_or_refused(text):
    with suppress(InvalidMessage):
        parse_message(text)
