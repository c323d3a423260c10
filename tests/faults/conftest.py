"""What the tests of this folder share."""

import logging
from importlib.util import find_spec

import pytest

from tests.server.switches import h1

__all__ = ["h1"]

# The class on llhttp cannot be loaded without the extra for it.
collect_ignore = [] if find_spec("httptools") else ["test_safeguards_server.py"]


@pytest.fixture
def unlogged(caplog):
    """Log nothing: thousands of failures on purpose, whose tracebacks would be written and kept."""
    caplog.set_level(logging.CRITICAL + 1, logger="genkit_trio")
