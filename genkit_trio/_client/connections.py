"""Connections to other processes: who owns them, and how many there are.

A call of a remote action needs an HTTP client. One that the user gave is used as it is. Otherwise it is the client of
the open runtime, which keeps connections for the next call and closes them when the runtime has ended. Without a
runtime each call has a client of its own, so that nothing is left when the call is over. httpx2 and what it needs are
imported at the first call: that takes a tenth of a second.
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
"""Seconds to reach a server."""
WRITE_TIMEOUT: Final = 30.0
"""Seconds in which a server must have taken a part of a request; the answer is bounded by the caller's deadline."""
MAX_CONNECTIONS: Final = 1_000
"""Connections of a process to all servers; a call beyond them waits for its turn."""
LAST_WORDS: Final = 1.0
"""Seconds to close what is open."""


class Connections:
    """Keeps the connections that the remote actions of this trio run share: a `Service`.

    They belong to all runtimes that are open, and are closed with the last of them.
    """

    async def __call__(  # noqa: ASYNC114  # started by a runtime
        self, runtime: Runtime, /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Keep connections until cancelled, then close them."""
        shared = _shared.get()
        if shared is None:
            shared = _Shared()
            _shared.set(shared)
        shared.holders += 1
        try:
            task_status.started()
            await trio.sleep_forever()
        finally:
            shared.holders -= 1
            if not shared.holders:
                _shared.set(None)
                await shared.aclose()


class _Shared:
    """The client of a trio run, made when it is first asked for: most programs never call another process."""

    def __init__(self) -> None:
        self.holders = 0
        self._client: httpx2.AsyncClient | None = None

    def client(self) -> "httpx2.AsyncClient":
        if self._client is None:
            self._client = _new_client()
        return self._client

    async def aclose(self) -> None:
        if self._client is not None:
            await _close(self._client)


_shared: Final = trio.lowlevel.RunVar[_Shared | None]("genkit_trio.connections", default=None)


@asynccontextmanager
async def connected(given: "httpx2.AsyncClient | None") -> AsyncGenerator["httpx2.AsyncClient", None]:
    """Give the client for one call: the one that was *given*, the shared one, or one for this call."""
    shared = _shared.get()
    if given is not None:
        yield given
    elif shared is not None:
        yield shared.client()
    else:
        client = _new_client()
        try:
            yield client
        finally:
            await _close(client)  # noqa: ASYNC102  # it has a shield and a timeout of its own


async def _close(client: "httpx2.AsyncClient") -> None:
    # Shielded: the value of a call is not lost by a cancellation that comes now.
    with trio.move_on_after(LAST_WORDS, shield=True):
        await client.aclose()


def _new_client() -> "httpx2.AsyncClient":
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx2

    limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
    timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT, write=WRITE_TIMEOUT)
    # What a server says to one caller is not for the next.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.AsyncClient(verify=_tls(), limits=limits, timeout=timeout, cookies=no_cookies)


@cache
def _tls() -> ssl.SSLContext:
    """Read the system's certificates once: it takes longer than a call."""
    import httpx2

    return httpx2.create_ssl_context()
