"""The one place where an exception becomes a status."""

import copy
import pickle

import pytest
import trio

from genkit_trio import DeadlineExceeded, GenkitError, PublicError, Status, status_of
from genkit_trio._core import failure_of, holds_cancelled, only_cancelled
from genkit_trio._wire import ABSENT, Failure

UNAVAILABLE = PublicError(Status.UNAVAILABLE, "down", retry_after=2)


@pytest.fixture
async def cancelled():
    with trio.CancelScope() as scope:
        scope.cancel()
        try:
            await trio.lowlevel.checkpoint()
        except trio.Cancelled as exc:
            kept = exc
            raise
    return kept


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UNAVAILABLE, Status.UNAVAILABLE),
        (DeadlineExceeded("x"), Status.DEADLINE_EXCEEDED),
        (trio.TooSlowError(), Status.DEADLINE_EXCEEDED),
        (TimeoutError(), Status.DEADLINE_EXCEEDED),
        (ValueError(), Status.INTERNAL),
        (KeyboardInterrupt(), Status.INTERNAL),
        (ExceptionGroup("", [ExceptionGroup("", [UNAVAILABLE])]), Status.UNAVAILABLE),
        (ExceptionGroup("", [UNAVAILABLE, GenkitError("NOT_FOUND", "x")]), Status.NOT_FOUND),
        (ExceptionGroup("", [UNAVAILABLE, ExceptionGroup("", [ValueError(), TimeoutError()])]), Status.INTERNAL),
        (ExceptionGroup("", [GenkitError("OK", "x"), GenkitError("CANCELLED", "x")]), Status.CANCELLED),
    ],
)
def test_the_status_of_an_error(error, status):
    """C3: status_of looks inside groups."""
    assert status_of(error) is status


async def test_the_status_of_cancelled(cancelled):
    """C3: also beside something else, which then weighs more."""
    assert status_of(cancelled) is Status.CANCELLED
    assert status_of(BaseExceptionGroup("", [cancelled, UNAVAILABLE])) is Status.UNAVAILABLE


async def test_what_is_cancelled_and_nothing_else(cancelled):
    both = BaseExceptionGroup("", [cancelled, ExceptionGroup("", [ValueError()])])
    assert [only_cancelled(exc) for exc in (cancelled, BaseExceptionGroup("", [cancelled]), both)] == [
        True,
        True,
        False,
    ]
    assert not only_cancelled(ValueError())
    assert [holds_cancelled(exc) for exc in (cancelled, both, ValueError())] == [True, True, False]


def test_every_status_has_its_weight():
    for status in Status:
        assert status_of(ExceptionGroup("", [GenkitError(status, "x")])) is status


@pytest.mark.parametrize("expose", [True, False])
def test_a_public_error_is_told_in_full(expose):
    error = PublicError(Status.NOT_FOUND, "no such page", details={"page": 3}, retry_after=4)
    assert failure_of(error, expose=expose) == Failure(Status.NOT_FOUND, "no such page", {"page": 3}, 4)
    assert failure_of(UNAVAILABLE, expose=expose) == Failure(Status.UNAVAILABLE, "down", ABSENT, 2)


def test_details_that_cannot_be_written_are_left_out():
    error = PublicError(Status.NOT_FOUND, "no such page", details=object())
    assert failure_of(error, expose=False) == Failure(Status.NOT_FOUND, "no such page")


@pytest.mark.parametrize(
    ("error", "hidden", "exposed"),
    [
        (GenkitError("NOT_FOUND", "secret", details=1), Status.NOT_FOUND.sentence, "secret"),
        (ValueError("secret"), Status.INTERNAL.sentence, "ValueError: secret"),
        (ValueError(), Status.INTERNAL.sentence, "ValueError"),
    ],
)
def test_the_text_of_other_errors_leaves_only_in_development(error, hidden, exposed):
    assert failure_of(error, expose=False).message == hidden
    assert failure_of(error, expose=False).details is ABSENT
    assert failure_of(error, expose=True).message == exposed


def test_an_exceeded_deadline_can_be_copied_and_sent():
    """C8: it is a GenkitError like any other, though it takes other arguments."""
    error = DeadlineExceeded("too slow")
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert isinstance(twin, DeadlineExceeded)
        assert (twin.status, twin.message, str(twin)) == (Status.DEADLINE_EXCEEDED, "too slow", "too slow")
