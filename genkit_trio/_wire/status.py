"""The seventeen statuses, and the two errors that carry one."""

import enum
from typing import Literal, TypeAlias

import attrs

from .absent import ABSENT, Absent
from .jsontext import JsonValue

StatusName: TypeAlias = Literal[
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]


class Status(enum.Enum):
    """How a run ended, in the words of gRPC.

    Attributes:
      code: the number that the reflection API sends.
      http: the HTTP status of a flow endpoint.
      sentence: what a client may be told when the error itself is not public.
    """

    code: int
    http: int
    sentence: str

    OK = (0, 200, "the request succeeded")
    CANCELLED = (1, 499, "the request was cancelled")
    UNKNOWN = (2, 500, "an unknown error occurred")
    INVALID_ARGUMENT = (3, 400, "the request is not valid")
    DEADLINE_EXCEEDED = (4, 504, "the request took too long")
    NOT_FOUND = (5, 404, "what was asked for does not exist")
    ALREADY_EXISTS = (6, 409, "what was to be created exists already")
    PERMISSION_DENIED = (7, 403, "the caller may not do this")
    RESOURCE_EXHAUSTED = (8, 429, "too many requests or too much data; try again later")
    FAILED_PRECONDITION = (9, 400, "the system is not in the state that the request needs")
    ABORTED = (10, 409, "the request was aborted by a conflict; try again")
    OUT_OF_RANGE = (11, 400, "the request is outside the valid range")
    UNIMPLEMENTED = (12, 501, "this is not implemented")
    INTERNAL = (13, 500, "an internal error occurred")
    UNAVAILABLE = (14, 503, "the service is not available; try again later")
    DATA_LOSS = (15, 500, "data was lost or damaged")
    UNAUTHENTICATED = (16, 401, "the caller is not authenticated")

    def __init__(self, code: int, http: int, sentence: str) -> None:
        self.code = code
        self.http = http
        self.sentence = sentence


class GenkitError(Exception):
    """A failure with a status.

    A client is told the status and that status's standard sentence; the message stays in the
    process. Raise `PublicError` for a message that clients may read.

    Args:
      status: a `Status`, or its name.
      message: what is wrong, for the developer.
      details: anything that helps; on a public error it must fit JSON.
      retry_after: seconds after which another attempt may succeed.
    """

    def __init__(
        self,
        status: Status | StatusName,
        message: str,
        *,
        details: object = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status if isinstance(status, Status) else Status[status]
        self.message = message
        self.details = details
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.status.name}, {self.message!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # A subclass may take other arguments, so the copy is made without calling __init__.
        return _restored, (type(self), self.args), self.__dict__.copy()


def _restored(cls: type[GenkitError], args: tuple[object, ...]) -> GenkitError:
    return cls.__new__(cls, *args)


class PublicError(GenkitError):
    """A failure whose status, message and details may leave the process."""


@attrs.frozen
class Failure:
    """What a client is told about a failed run.

    It is derived in one place from the exception, so that status and message cannot disagree.
    """

    status: Status
    message: str
    details: JsonValue | Absent = ABSENT
    retry_after: float | None = None
