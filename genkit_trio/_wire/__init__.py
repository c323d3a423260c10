"""Layer 0: the protocol as values. No I/O, no trio."""

from .absent import ABSENT, Absent
from .asgi import DIRECT, ON_DISCONNECT, RECEIVE_NOWAIT, SERVE_IN, Direct, Listener
from .codec import Codec, codec_of
from .flow import FlowRequest, error_payload, parse_flow_request, result_body
from .flow_answers import (
    Frame,
    FrameReader,
    InvalidAnswer,
    flow_error,
    flow_request,
    parse_flow_failure,
    parse_flow_result,
)
from .issues import InvalidValue, kind_of
from .json_schema import codec_of_schema
from .jsonrpc import (
    ACTION_FAILED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    InvalidMessage,
    MessageId,
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
from .jsontext import MAX_DEPTH, InvalidJson, JsonValue, dumps, loads
from .keys import ActionKey
from .ndjson import chunk_line, final_object
from .partial_json import JsonPush, Roots, json_in, unfenced
from .reflection import (
    SPEC_VERSION,
    RunActionRequest,
    error_object,
    invalid,
    listing_of,
    object_of,
    parse_run_action,
    result_object,
    status_json,
    text_of,
)
from .spelling import Wire
from .sse import MESSAGE_OF_INT, error_frame, message_frame, result_frame
from .status import Failure, GenkitError, PublicError, Status, StatusName
from .text import quoted
from .timeouts import format_timeout, parse_timeout
from .traceparent import TraceParent, format_traceparent, parse_traceparent

__all__ = [
    "ABSENT",
    "ACTION_FAILED",
    "DIRECT",
    "INVALID_PARAMS",
    "MAX_DEPTH",
    "MESSAGE_OF_INT",
    "METHOD_NOT_FOUND",
    "ON_DISCONNECT",
    "RECEIVE_NOWAIT",
    "SERVE_IN",
    "SPEC_VERSION",
    "Absent",
    "ActionKey",
    "Codec",
    "Direct",
    "Failure",
    "FlowRequest",
    "Frame",
    "FrameReader",
    "GenkitError",
    "InvalidAnswer",
    "InvalidJson",
    "InvalidMessage",
    "InvalidValue",
    "JsonPush",
    "JsonValue",
    "Listener",
    "MessageId",
    "PublicError",
    "Roots",
    "RpcFailure",
    "RpcNotification",
    "RpcRequest",
    "RpcResult",
    "RunActionRequest",
    "Status",
    "StatusName",
    "TraceParent",
    "Wire",
    "chunk_line",
    "codec_of",
    "codec_of_schema",
    "dumps",
    "error_frame",
    "error_object",
    "error_payload",
    "failure_text",
    "final_object",
    "flow_error",
    "flow_request",
    "format_timeout",
    "format_traceparent",
    "invalid",
    "json_in",
    "kind_of",
    "listing_of",
    "loads",
    "message_frame",
    "notification_text",
    "object_of",
    "parse_flow_failure",
    "parse_flow_request",
    "parse_flow_result",
    "parse_message",
    "parse_run_action",
    "parse_timeout",
    "parse_traceparent",
    "quoted",
    "request_text",
    "result_body",
    "result_frame",
    "result_object",
    "result_text",
    "status_json",
    "text_of",
    "unfenced",
]
