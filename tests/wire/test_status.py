"""Statuses and the errors that carry them."""

import pickle
import typing

import pytest

from genkit_trio._wire import ABSENT, Failure, GenkitError, PublicError, Status, StatusName

CODES = {
    "OK": (0, 200),
    "CANCELLED": (1, 499),
    "UNKNOWN": (2, 500),
    "INVALID_ARGUMENT": (3, 400),
    "DEADLINE_EXCEEDED": (4, 504),
    "NOT_FOUND": (5, 404),
    "ALREADY_EXISTS": (6, 409),
    "PERMISSION_DENIED": (7, 403),
    "RESOURCE_EXHAUSTED": (8, 429),
    "FAILED_PRECONDITION": (9, 400),
    "ABORTED": (10, 409),
    "OUT_OF_RANGE": (11, 400),
    "UNIMPLEMENTED": (12, 501),
    "INTERNAL": (13, 500),
    "UNAVAILABLE": (14, 503),
    "DATA_LOSS": (15, 500),
    "UNAUTHENTICATED": (16, 401),
}


def test_codes_are_those_of_the_protocol():
    assert {status.name: (status.code, status.http) for status in Status} == CODES
    assert set(typing.get_args(StatusName)) == set(CODES)


def test_every_status_has_a_sentence_of_its_own():
    sentences = {status.sentence for status in Status}
    assert len(sentences) == 17
    assert all(sentence and not sentence.endswith(".") for sentence in sentences)


def test_a_status_may_be_given_by_name():
    error = PublicError("NOT_FOUND", "no flow 'x'", details={"a": 1}, retry_after=2)
    assert error.status is Status.NOT_FOUND
    assert (str(error), error.message) == ("no flow 'x'", "no flow 'x'")
    assert (error.details, error.retry_after) == ({"a": 1}, 2)
    assert repr(error) == "PublicError(NOT_FOUND, \"no flow 'x'\")"
    with pytest.raises(KeyError):
        GenkitError("NOPE", "x")


class Refused(GenkitError):
    def __init__(self, seats: int) -> None:
        super().__init__(Status.FAILED_PRECONDITION, f"no {seats} seats", details=[seats])
        self.seats = seats


@pytest.mark.parametrize("error", [GenkitError("INTERNAL", "x", retry_after=1.5), PublicError("OK", "y"), Refused(3)])
def test_errors_survive_pickling(error):
    error.add_note("seen")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.args == error.args
    assert vars(copy) == vars(error)
    assert (str(copy), repr(copy)) == (str(error), repr(error))


def test_a_failure_has_no_details_unless_given():
    assert Failure(Status.INTERNAL, "x").details is ABSENT
    assert Failure(Status.INTERNAL, "x").retry_after is None
