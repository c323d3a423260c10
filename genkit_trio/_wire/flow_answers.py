"""Answers of flow endpoints, as a client reads them: of this library, of Genkit JS, of Genkit Python.

The answer of a stream is read in pieces as they come, in time linear in its size.
"""

from collections.abc import Iterator
from typing import Final, Literal

import attrs

from .absent import ABSENT, Absent
from .issues import kind_of
from .jsontext import InvalidJson, JsonValue, dumps, loads
from .status import GenkitError, Status

_BY_HTTP: Final = {
    400: Status.INVALID_ARGUMENT,
    401: Status.UNAUTHENTICATED,
    403: Status.PERMISSION_DENIED,
    404: Status.NOT_FOUND,
    405: Status.UNIMPLEMENTED,
    408: Status.DEADLINE_EXCEEDED,
    409: Status.ABORTED,
    413: Status.RESOURCE_EXHAUSTED,
    415: Status.INVALID_ARGUMENT,
    422: Status.INVALID_ARGUMENT,
    429: Status.RESOURCE_EXHAUSTED,
    499: Status.CANCELLED,
    500: Status.INTERNAL,
    501: Status.UNIMPLEMENTED,
    502: Status.UNAVAILABLE,
    503: Status.UNAVAILABLE,
    504: Status.DEADLINE_EXCEEDED,
}
_KINDS: Final[tuple[Literal["message", "result", "error"], ...]] = ("message", "result", "error")
_SHOWN: Final = 200
"""Characters of an answer that makes no sense which its error shows."""


@attrs.frozen
class Frame:
    """One frame of a stream."""

    kind: Literal["message", "result", "error"]
    value: JsonValue


class InvalidAnswer(ValueError):
    """What a server sent is no answer of a flow endpoint."""


def flow_request(data: JsonValue | Absent, init: JsonValue | Absent = ABSENT) -> bytes:
    """Write the body of a request."""
    envelope: dict[str, JsonValue] = {}
    if not isinstance(data, Absent):
        envelope["data"] = data
    if not isinstance(init, Absent):
        envelope["init"] = init
    return dumps(envelope)


def parse_flow_result(body: bytes) -> JsonValue:
    """Read the body of an answer with status 200; one without a result is that of a flow which returned nothing.

    Raises:
      InvalidAnswer: if the body is none.
      GenkitError: if it tells of a failure.
    """
    answer = _object_of(body)
    if "error" in answer:
        raise flow_error(answer["error"])
    return answer.get("result")


def parse_flow_failure(http: int, body: bytes, retry_after: float | None = None) -> GenkitError:
    """Read an answer with another status than 200, whoever gave it: the server, or a proxy in between."""
    status = _BY_HTTP.get(http, Status.UNKNOWN)
    try:
        answer = _object_of(body)
    except InvalidAnswer:
        text = body[:_SHOWN].decode(errors="replace")
        return GenkitError(status, f"the server answered {http}: {text!a}", retry_after=retry_after)
    inner = answer.get("error")
    return flow_error(inner if isinstance(inner, dict) else answer, status, retry_after)


def flow_error(payload: JsonValue, otherwise: Status = Status.UNKNOWN, retry_after: float | None = None) -> GenkitError:
    """Return the error that *payload* tells of: ``{"status": …, "message": …, "details": …}``.

    Args:
      payload: what stands where an error should.
      otherwise: the status of a payload that names none that exists.
      retry_after: seconds after which another attempt may succeed.
    """
    if not isinstance(payload, dict):
        return GenkitError(otherwise, f"the server told of an error without words: {payload!a:.{_SHOWN}}")
    # Genkit JS writes some of them with spaces.
    name = str(payload.get("status")).replace(" ", "_")
    status = Status.__members__.get(name, otherwise)
    message = payload.get("message")
    text = message if isinstance(message, str) else f"the server answered {dumps(payload)[:_SHOWN]!a}"
    return GenkitError(status, text, details=payload.get("details"), retry_after=retry_after)


class FrameReader:
    """Makes frames of the bytes of a stream.

    Args:
      max_frame: how many bytes one frame may have.
    """

    def __init__(self, max_frame: int) -> None:
        self._max_frame: Final = max_frame
        self._line: Final[list[bytes]] = []
        self._data: Final[list[bytes]] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that *data* completes.

        Raises:
          InvalidAnswer: if one of them is none, or is too large.
        """
        *ends, rest = data.split(b"\n")
        for end in ends:
            self._grow(end)
            line = b"".join(self._line).removesuffix(b"\r")
            self._line.clear()
            if line:
                self._add(line)
                continue
            self._size = 0
            if self._data:
                yield self._frame()
        if rest:
            self._grow(rest)

    def _grow(self, piece: bytes) -> None:
        self._line.append(piece)
        self._size += len(piece)
        if self._size > self._max_frame:
            raise InvalidAnswer(f"a frame of the stream is larger than {self._max_frame} bytes")

    def _add(self, line: bytes) -> None:
        # Genkit JS and old Dart servers tell of errors in a field of that name.
        field, _, value = line.partition(b":")
        if field in {b"data", b"error"}:
            self._data.append(value.removeprefix(b" "))

    def _frame(self) -> Frame:
        body = b"\n".join(self._data)
        self._data.clear()
        answer = _object_of(body)
        for kind in _KINDS:
            if kind in answer:
                return Frame(kind, answer[kind])
        if not answer:
            # So Genkit JS writes the result of a flow that returned nothing.
            return Frame("result", None)
        raise InvalidAnswer(f"a frame of the stream has neither message, result nor error: {body[:_SHOWN]!a}")


def _object_of(body: bytes) -> dict[str, JsonValue]:
    try:
        answer = loads(body)
    except InvalidJson as exc:
        raise InvalidAnswer(f"the server's answer is {exc}: {body[:_SHOWN]!a}") from exc
    if not isinstance(answer, dict):
        raise InvalidAnswer(f"the server's answer is {kind_of(answer)}, not an object: {body[:_SHOWN]!a}")
    return answer
