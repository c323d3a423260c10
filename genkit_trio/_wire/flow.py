"""The JSON of a flow endpoint: its request, its result and its error."""

from typing import NamedTuple

from .absent import ABSENT, Absent
from .issues import kind_of
from .jsontext import InvalidJson, JsonValue, dumps, loads
from .status import Failure, PublicError, Status


class FlowRequest(NamedTuple):
    """The body of a request: ``{"data": <input>, "init": <init>}``, both optional."""

    data: JsonValue | Absent = ABSENT
    init: JsonValue | Absent = ABSENT


def parse_flow_request(body: bytes) -> FlowRequest:
    """Read the body of a flow request; other keys are ignored, an empty body has neither.

    Raises:
      PublicError: if the body is not a JSON object.
    """
    if not body:
        return FlowRequest()
    try:
        envelope = loads(body)
    except InvalidJson as exc:
        raise PublicError(Status.INVALID_ARGUMENT, f"body: {exc}") from exc
    if not isinstance(envelope, dict):
        raise PublicError(
            Status.INVALID_ARGUMENT,
            f'body: expected object, got {kind_of(envelope)}; send {{"data": <input>}}',
        )
    return FlowRequest(envelope.get("data", ABSENT), envelope.get("init", ABSENT))


def result_body(payload: bytes) -> bytes:
    """Give the body of a unary reply; the payload is the output, already encoded as JSON."""
    return b'{"result":' + payload + b"}"


def error_payload(failure: Failure) -> bytes:
    """Encode a failure: the body of a unary reply, and what `error_frame` takes."""
    shape: dict[str, JsonValue] = {"status": failure.status.name, "message": failure.message}
    if not isinstance(failure.details, Absent):
        shape["details"] = failure.details
    return dumps(shape)
