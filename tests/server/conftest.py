"""What the tests of the server share."""

from tests.server.switches import h1

__all__ = ["h1"]
