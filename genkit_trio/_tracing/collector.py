"""The connection to a telemetry server: one request at a time, none of them for long."""

import importlib
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import trio

from .._wire import JsonValue, dumps

if TYPE_CHECKING:
    import httpx2

logger = logging.getLogger("genkit_trio.telemetry")
"""What is said here never goes to the telemetry server: it is most often about that server."""

TIMEOUT: Final = 5.0
"""Seconds that a request may take."""
LAST_WORDS: Final = 1.0
"""Seconds for what is left to do when it is time to stop."""


_client_logger: Final = logging.getLogger("httpx2")
_is_posting: Final = ContextVar("genkit_trio.is_posting", default=False)


def _is_not_ours(record: logging.LogRecord) -> bool:
    # The client says a line about each request at level INFO: one for each run of the program, which is no news to it.
    return record.levelno > logging.INFO or not _is_posting.get()


class Collector:
    """A telemetry server.

    Args:
      url: its address, without a path; `None` as long as it is not known.
      transport: what carries the requests, in place of the network.
    """

    def __init__(self, url: str | None, transport: "httpx2.AsyncBaseTransport | None") -> None:
        # Here, since it takes a tenth of a second: programs that export nothing do without, and those that do wait for
        # it before anything runs.
        self._httpx2: Final = importlib.import_module("httpx2")
        self._url = _base_of(url)
        self._transport: Final = transport
        self._client: httpx2.AsyncClient | None = None
        # One request at a time, so that a busy program costs a server no more connections than a quiet one.
        self._line: Final = trio.Lock()
        self._has_complained = False

    @property
    def url(self) -> str | None:
        """Its address."""
        return self._url

    @url.setter
    def url(self, url: str | None) -> None:
        url = _base_of(url)
        if url != self._url:
            self._url = url
            self._has_complained = False

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[None, None]:
        """Be able to `post`, for the length of the block."""
        # What the environment says of proxies is about the world outside; this server is next door.
        client: httpx2.AsyncClient
        client = self._client = self._httpx2.AsyncClient(transport=self._transport, timeout=TIMEOUT, trust_env=False)
        _client_logger.addFilter(_is_not_ours)
        try:
            yield
        finally:
            with trio.move_on_after(LAST_WORDS, shield=True):
                await client.aclose()
            self._client = None
            _client_logger.removeFilter(_is_not_ours)

    async def post(self, path: str, document: JsonValue) -> bool:
        """Send *document* to *path*, and return whether the server took it. Whatever goes wrong is logged, once."""
        _is_posting.set(True)
        try:
            async with self._line:
                with trio.fail_after(TIMEOUT):
                    await self._post(path, dumps(document))
        except Exception as exc:  # a program must not end because nobody watches it
            self._complain(exc)
            return False
        finally:
            _is_posting.set(False)
        return True

    async def _post(self, path: str, body: bytes) -> None:
        if self._client is None:
            raise RuntimeError("the collector is not connected; use 'async with collector.connect()'")
        headers = {"content-type": "application/json", "accept": "application/json"}
        response = await self._client.post(f"{self._url}{path}", content=body, headers=headers)
        response.raise_for_status()

    def _complain(self, exc: Exception) -> None:
        if not self._has_complained:
            self._has_complained = True
            reason = f"{type(exc).__name__}: {exc}".rstrip(": ").splitlines()[0]
            logger.warning("the telemetry server %s does not take what it is sent (%s)", self._url, reason)


def _base_of(url: str | None) -> str | None:
    return url.rstrip("/") if url else None
