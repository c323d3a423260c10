"""Layer 0: the protocol as values. No I/O, no trio."""

from .absent import ABSENT, Absent
from .codec import Codec, codec_of
from .flow import FlowRequest, error_payload, parse_flow_request, result_body
from .issues import InvalidValue, kind_of
from .jsontext import MAX_DEPTH, InvalidJson, JsonValue, dumps, loads
from .keys import ActionKey
from .ndjson import chunk_line, final_object
from .records import Wire
from .schema import schema_of
from .sse import error_frame, message_frame, result_frame
from .status import Failure, GenkitError, PublicError, Status, StatusName
from .timeouts import format_timeout, parse_timeout

__all__ = [
    "ABSENT",
    "MAX_DEPTH",
    "Absent",
    "ActionKey",
    "Codec",
    "Failure",
    "FlowRequest",
    "GenkitError",
    "InvalidJson",
    "InvalidValue",
    "JsonValue",
    "PublicError",
    "Status",
    "StatusName",
    "Wire",
    "chunk_line",
    "codec_of",
    "dumps",
    "error_frame",
    "error_payload",
    "final_object",
    "format_timeout",
    "kind_of",
    "loads",
    "message_frame",
    "parse_flow_request",
    "parse_timeout",
    "result_body",
    "result_frame",
    "schema_of",
]
