"""Connections to other processes: who owns them, and how many there are.

A call of a remote action needs an HTTP client. One that the user gave is used as it is. Otherwise it is the client of
the open runtime, which keeps connections for the next call and closes them when the runtime has ended. Without a
runtime each call has a client of its own, so that nothing is left when the call is over. httpx2 is imported at the
first call: it takes a tenth of a second.
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import trio

from .._runtime import Runtime

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT: Final = 10.0
"""Seconds to reach a server; the call itself is bounded by its caller's deadline."""
MAX_CONNECTIONS: Final = 1_000
"""Connections of a runtime to all servers; a call beyond them waits for its turn."""
LAST_WORDS: Final = 1.0
"""Seconds to close what is open."""

_shared: Final = trio.lowlevel.RunVar["Connections | None"]("genkit_trio.connections", default=None)


class Connections:
    """The connections that the remote actions of a runtime share: a `Service`."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None

    async def __call__(self, runtime: Runtime, /, *, task_status: trio.TaskStatus[None]) -> None:
        """Keep connections until cancelled, then close them."""
        previous = _shared.get()
        _shared.set(self)
        try:
            task_status.started()
            await trio.sleep_forever()
        finally:
            _shared.set(previous)
            if self._client is not None:
                with trio.move_on_after(LAST_WORDS, shield=True):
                    await self._client.aclose()

    def client(self) -> "httpx2.AsyncClient":
        """Return the client, made when it is first asked for: most programs never call another process."""
        if self._client is None:
            self._client = _new_client()
        return self._client


@asynccontextmanager
async def connected(given: "httpx2.AsyncClient | None") -> AsyncGenerator["httpx2.AsyncClient", None]:
    """Give the client for one call: the one that was *given*, that of the open runtime, or one for this call."""
    shared = _shared.get()
    if given is not None:
        yield given
    elif shared is not None:
        yield shared.client()
    else:
        async with _new_client() as client:
            yield client


def _new_client() -> "httpx2.AsyncClient":
    import httpx2

    limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT)
    return httpx2.AsyncClient(verify=_tls(), limits=limits, timeout=timeout)


@cache
def _tls() -> ssl.SSLContext:
    """Read the system's certificates once: it takes longer than a call."""
    import httpx2

    return httpx2.create_ssl_context()
