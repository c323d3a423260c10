"""The two classes that can serve HTTP/1.1, as a fixture: a test that uses it runs on both."""

import pytest

from tests.server import serving

FAST = pytest.param("fast", marks=pytest.mark.extra)


@pytest.fixture(params=[FAST, "hypercorn"])
def h1(request, monkeypatch) -> str:
    """Serve by one class, then by the other; the fast one needs an extra."""
    monkeypatch.setattr(serving, "h1", request.param)
    return request.param
