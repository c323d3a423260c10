"""The limits of a request."""

import math

import pytest

from genkit_trio.asgi import RequestLimits


@pytest.mark.parametrize(
    ("requested", "declared", "seconds"),
    [
        (None, math.inf, 300),
        (None, 600, 600),
        (None, 5000, 3600),
        (10, math.inf, 10),
        (900, math.inf, 900),
        (9000, math.inf, 3600),
        (10, 5, 5),
        (-1, 5, -1),
    ],
)
def test_the_time_is_the_least_of_what_was_asked_declared_and_allowed(requested, declared, seconds):
    """C7: the default only where neither says anything."""
    assert RequestLimits().timeout_of(requested, declared) == seconds


def test_the_defaults_are_those_of_the_contract():
    """C25: every wait is bounded."""
    limits = RequestLimits()
    assert (limits.body, limits.body_timeout, limits.write_timeout) == (10 * 2**20, 10, 30)
    assert (limits.default_timeout, limits.max_timeout, limits.cleanup_grace) == (300, 3600, 5)
