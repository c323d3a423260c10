"""What the tests of this folder share."""

import logging

import pytest

from tests.server.switches import h1

__all__ = ["h1"]


@pytest.fixture
def unlogged(caplog):
    """Log nothing: thousands of failures on purpose, whose tracebacks would be written and kept."""
    caplog.set_level(logging.CRITICAL + 1, logger="genkit_trio")
