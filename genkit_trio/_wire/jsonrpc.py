"""JSON-RPC 2.0, as the two sides of reflection v2 speak it: one message per text.

Results and parameters that are written are JSON text already, so that what a run has made is never encoded twice.
"""

from typing import Final, TypeAlias

import attrs

from .absent import ABSENT, Absent
from .issues import kind_of
from .jsontext import InvalidJson, JsonValue, dumps, loads
from .text import quoted

MessageId: TypeAlias = str | int

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
ACTION_FAILED: Final = -32000


@attrs.frozen
class RpcRequest:
    """Somebody asks, and waits for the response with the same id."""

    id: MessageId
    method: str
    params: JsonValue | Absent = ABSENT


@attrs.frozen
class RpcNotification:
    """Somebody tells, and waits for nothing."""

    method: str
    params: JsonValue | Absent = ABSENT


@attrs.frozen
class RpcResult:
    """The response to a request that was met."""

    id: MessageId
    result: JsonValue


@attrs.frozen
class RpcFailure:
    """The response to a request that was not met."""

    id: MessageId
    code: int
    message: str


RpcMessage: TypeAlias = RpcRequest | RpcNotification | RpcResult | RpcFailure


class InvalidMessage(ValueError):
    """Text that is no JSON-RPC message; what it says may be shown to whoever sent it.

    Args:
      code: JSON-RPC's number for what is wrong.
      text: what is wrong.
      message_id: the id to answer with, where there is one.
    """

    def __init__(self, code: int, text: str, message_id: MessageId | None = None) -> None:
        super().__init__(text)
        self.code: Final = code
        self.id: Final = message_id


def parse_message(text: bytes) -> RpcMessage:
    """Read one message.

    Raises:
      InvalidMessage: if the text is no message.
    """
    try:
        message = loads(text)
    except InvalidJson as exc:
        raise InvalidMessage(PARSE_ERROR, f"message: {exc}") from exc
    if not isinstance(message, dict):
        raise InvalidMessage(INVALID_REQUEST, f"message: expected object, got {kind_of(message)}")
    message_id = _id_of(message)
    if message.get("jsonrpc") != "2.0":
        raise InvalidMessage(INVALID_REQUEST, "jsonrpc: expected '2.0'", message_id)
    return _call_of(message, message_id) if "method" in message else _response_of(message, message_id)


def request_text(message_id: MessageId, method: str, params: bytes) -> bytes:
    """Write a request; the parameters are JSON text."""
    return b'{"jsonrpc":"2.0","id":%b,"method":%b,"params":%b}' % (dumps(message_id), dumps(method), params)


def notification_text(method: str, params: bytes) -> bytes:
    """Write a notification; the parameters are JSON text."""
    return b'{"jsonrpc":"2.0","method":%b,"params":%b}' % (dumps(method), params)


def result_text(message_id: MessageId, result: bytes) -> bytes:
    """Write the response to a request that was met; the result is JSON text."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (dumps(message_id), result)


def failure_text(message_id: MessageId, code: int, message: str, data: bytes) -> bytes:
    """Write the response to a request that was not met; *data*, JSON text, says more."""
    error = b'{"code":%d,"message":%b,"data":%b}' % (code, dumps(message), data)
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (dumps(message_id), error)


def _id_of(message: dict[str, JsonValue]) -> MessageId | None:
    message_id = message.get("id")
    if (
        message_id is None
        or isinstance(message_id, str)
        or (isinstance(message_id, int) and not isinstance(message_id, bool))
    ):
        return message_id
    raise InvalidMessage(INVALID_REQUEST, f"id: expected string or integer, got {kind_of(message_id)}")


def _call_of(message: dict[str, JsonValue], message_id: MessageId | None) -> RpcRequest | RpcNotification:
    method = message["method"]
    if not isinstance(method, str):
        raise InvalidMessage(INVALID_REQUEST, f"method: expected string, got {kind_of(method)}", message_id)
    params = message.get("params", ABSENT)
    if not isinstance(params, dict | list | Absent):
        raise InvalidMessage(INVALID_PARAMS, f"params: expected object or array, got {kind_of(params)}", message_id)
    return RpcNotification(method, params) if message_id is None else RpcRequest(message_id, method, params)


def _response_of(message: dict[str, JsonValue], message_id: MessageId | None) -> RpcResult | RpcFailure:
    if message_id is None:
        raise InvalidMessage(INVALID_REQUEST, "message: expected a method or an id; send one of them")
    if "result" in message:
        return RpcResult(message_id, message["result"])
    match message.get("error"):
        case {"code": int(code), "message": str(text)}:
            return RpcFailure(message_id, code, text)
        case _:
            raise InvalidMessage(
                INVALID_REQUEST, f"message {quoted(str(message_id))}: expected a method, a result or an error"
            )
