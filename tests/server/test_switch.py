"""Which class serves HTTP/1.1."""

import logging
import sys

import pytest

from genkit_trio._server import serve
from tests.server.serving import echo, quiet_config, serving

MODULES = ("genkit_trio._server.h1", "genkit_trio._server.h1.codec", "genkit_trio._server.h1.connection")


@pytest.fixture
def without_httptools(monkeypatch):
    """Be in an environment where the extra is not installed."""
    monkeypatch.setitem(sys.modules, "httptools", None)
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)


async def test_the_fast_class_is_asked_for_where_it_is_not_installed(without_httptools):
    with pytest.raises(
        RuntimeError, match=r"^h1='fast' needs httptools; install it with: pip install 'genkit-trio\[fast\]'$"
    ):
        await serve(echo, quiet_config(), h1="fast")


async def test_without_the_extra_hypercorn_serves_and_a_line_says_so(without_httptools, caplog):
    caplog.set_level(logging.INFO, "genkit_trio")
    async with serving() as server:
        assert await server.is_alive()
    [record] = [record for record in caplog.records if "genkit-trio[fast]" in record.message]
    assert record.levelno == logging.INFO
