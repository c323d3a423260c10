"""Errors of runs, and the one place where any exception becomes a status."""

from collections.abc import Iterator
from typing import Final, TypeGuard

import trio

from .._wire import (
    ABSENT,
    Absent,
    Codec,
    Failure,
    GenkitError,
    InvalidValue,
    JsonValue,
    PublicError,
    Status,
    codec_of,
)

_ANYTHING: Final[Codec[object]] = codec_of(object)

# Which of several errors a group is reported as: what needs a person's attention before what a retry may mend.
_GRAVITY = (
    Status.DATA_LOSS,
    Status.INTERNAL,
    Status.UNKNOWN,
    Status.UNIMPLEMENTED,
    Status.UNAUTHENTICATED,
    Status.PERMISSION_DENIED,
    Status.FAILED_PRECONDITION,
    Status.INVALID_ARGUMENT,
    Status.OUT_OF_RANGE,
    Status.NOT_FOUND,
    Status.ALREADY_EXISTS,
    Status.ABORTED,
    Status.RESOURCE_EXHAUSTED,
    Status.DEADLINE_EXCEEDED,
    Status.UNAVAILABLE,
    Status.CANCELLED,
    Status.OK,
)


class DeadlineExceeded(PublicError, trio.TooSlowError):
    """A run did not finish within its own ``timeout=``, or within the deadline that its client sent.

    It is a `GenkitError` with status ``DEADLINE_EXCEEDED`` and also a `trio.TooSlowError`, so code that handles
    trio's timeouts handles this one. You *don't* get it when a scope of your own around the call expires: then the
    run is cancelled, and your scope does what it does.
    """

    def __init__(self, message: str) -> None:
        super().__init__(Status.DEADLINE_EXCEEDED, message)


def status_of(exc: BaseException) -> Status:
    """Return the status that *exc* stands for.

    A `GenkitError` has its own; `trio.TooSlowError` and `TimeoutError` are ``DEADLINE_EXCEEDED``;
    `trio.Cancelled` is ``CANCELLED``; a group is its only leaf, or the gravest of its leaves; everything else is
    ``INTERNAL``.
    """
    return _status_of_leaf(gravest(exc))


def failure_of(exc: BaseException, *, expose: bool) -> Failure:
    """Return what a client is told about *exc*: status, message and details come from this one derivation.

    Args:
      exc: what a run raised.
      expose: whether the text of errors that are not public may leave the process, as it does in development.
    """
    leaf = gravest(exc)
    status = _status_of_leaf(leaf)
    retry_after = leaf.retry_after if isinstance(leaf, GenkitError) else None
    if not expose and not isinstance(leaf, PublicError):
        return Failure(status, status.sentence, ABSENT, retry_after)
    if isinstance(leaf, GenkitError):
        return Failure(status, leaf.message, _details_of(leaf), retry_after)
    return Failure(status, _text_of(leaf), ABSENT, retry_after)


def gravest(exc: BaseException) -> BaseException:
    """Return *exc*, or of a group the leaf with the gravest status (the first of equals)."""
    return min(leaves_of(exc), key=lambda leaf: _GRAVITY.index(_status_of_leaf(leaf)))


def only_cancelled(exc: BaseException) -> bool:
    """Whether *exc* is `trio.Cancelled`, or a group of nothing else."""
    return all(isinstance(leaf, trio.Cancelled) for leaf in leaves_of(exc))


def holds_cancelled(exc: BaseException) -> bool:
    """Whether *exc* is `trio.Cancelled`, or a group in which there is one."""
    return any(isinstance(leaf, trio.Cancelled) for leaf in leaves_of(exc))


def without_cancelled(exc: BaseException) -> BaseException | None:
    """Return what a cancel scope that is cancelled lets out of *exc*: what is not `trio.Cancelled`."""
    if _is_group(exc):
        return exc.split(trio.Cancelled)[1]
    return None if isinstance(exc, trio.Cancelled) else exc


def leaves_of(exc: BaseException) -> Iterator[BaseException]:
    """Yield *exc* itself, or every exception in it that is not a group."""
    if _is_group(exc):
        for inner in exc.exceptions:
            yield from leaves_of(inner)
    else:
        yield exc


def _is_group(exc: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    return isinstance(exc, BaseExceptionGroup)


def _status_of_leaf(exc: BaseException) -> Status:
    if isinstance(exc, GenkitError):
        return exc.status
    if isinstance(exc, trio.TooSlowError | TimeoutError):
        return Status.DEADLINE_EXCEEDED
    if isinstance(exc, trio.Cancelled):
        return Status.CANCELLED
    return Status.INTERNAL


def _details_of(error: GenkitError) -> JsonValue | Absent:
    if error.details is None:
        return ABSENT
    try:
        return _ANYTHING.dump(error.details)
    except InvalidValue:
        # The client is told what is wrong even when its details cannot be written.
        return ABSENT


def _text_of(exc: BaseException) -> str:
    text = str(exc)
    name = type(exc).__name__
    return f"{name}: {text}" if text else name
