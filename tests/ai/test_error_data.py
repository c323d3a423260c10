"""Errors as values: what exception they stand for."""

import pytest

from genkit_trio._ai import ErrorData
from genkit_trio._wire import Status


def test_an_error_makes_the_exception_that_says_the_same():
    error = ErrorData(status="NOT_FOUND", message="no tool 'x'", details={"reason": "TOOL_NOT_FOUND"}).to_exception()
    assert (error.status, error.message, error.details) == (
        Status.NOT_FOUND,
        "no tool 'x'",
        {"reason": "TOOL_NOT_FOUND"},
    )


@pytest.mark.parametrize("status", [None, "BORED"])
def test_an_error_of_a_status_of_the_future_is_unknown(status):
    assert ErrorData(status=status, message="?").to_exception().status is Status.UNKNOWN
