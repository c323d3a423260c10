"""What the tests of this folder share."""

from tests.server.switches import h1

__all__ = ["h1"]
