"""Fetching what somebody else's URL names, without reaching into the network that this process is in.

Rules:

1. Every hop is checked: the URL that was given, and each redirect.
2. The address that was checked is the one that is asked, whatever the name says a moment later.
3. Nothing is decompressed: a small answer cannot become a large one.
"""

import ipaddress
import ssl
from functools import cache
from typing import TYPE_CHECKING, Final

import attrs
import trio

from ..._wire import GenkitError, Status, quoted

if TYPE_CHECKING:
    import httpx2

_CONNECT_TIMEOUT: Final = 10.0
"""Seconds to reach a server; the rest is bounded by the caller's deadline."""
_MAX_HOPS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


@attrs.frozen
class Fetched:
    """What came: the type that the server gave it, and the bytes."""

    content_type: str
    content: bytes


@attrs.frozen
class Download:
    """Fetches what URLs name.

    Args:
      max_bytes: how large it may be.
      allowed_hosts: the only hosts that are asked; `None` for all that are on the public internet.
    """

    max_bytes: int
    allowed_hosts: frozenset[str] | None

    async def fetch(self, url: str) -> Fetched:
        """Return what *url* names.

        Raises:
          GenkitError: ``INVALID_ARGUMENT`` if it cannot be had, ``UNAVAILABLE`` if its server does not answer.
        """
        import httpx2  # most programs never fetch anything

        target = url
        for _ in range(_MAX_HOPS):
            try:
                found = await self._ask(httpx2.URL(target))
            except httpx2.InvalidURL as exc:
                raise _refused(url, str(exc)) from exc
            except (httpx2.TransportError, OSError) as exc:
                raise _failed(url, Status.UNAVAILABLE, f"its server does not answer ({type(exc).__name__})") from exc
            if isinstance(found, Fetched):
                return found
            target = str(found)
        raise _refused(url, f"it leads through more than {_MAX_HOPS} redirects")

    async def _ask(self, url: "httpx2.URL") -> "Fetched | httpx2.URL":
        """Return what *url* names, or where it leads."""
        import httpx2

        if url.scheme not in ("http", "https") or not url.host:
            raise _refused(str(url), "it is not an http or https URL")
        *others, last = await self._addresses_of(url)
        for address in others:
            try:
                return await self._ask_at(address, url)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # one of several addresses may be out of reach from here
        return await self._ask_at(last, url)

    async def _ask_at(self, address: str, url: "httpx2.URL") -> "Fetched | httpx2.URL":
        import httpx2

        # One client for one request: connections are kept by address, and two hosts may share one.
        timeout = httpx2.Timeout(None, connect=_CONNECT_TIMEOUT)
        async with httpx2.AsyncClient(verify=_tls(), timeout=timeout, trust_env=False) as client:
            request = client.build_request(
                "GET",
                url.copy_with(host=address),
                headers={"host": url.netloc.decode("ascii"), "accept-encoding": "identity"},
                extensions={"sni_hostname": url.host},
            )
            response = await client.send(request, stream=True)
            try:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    return url.join(response.headers["location"])
                return await self._read(str(url), response)
            finally:
                await response.aclose()

    async def _addresses_of(self, url: "httpx2.URL") -> list[str]:
        """Return the addresses to ask, after a look at whether they may be asked."""
        if self.allowed_hosts is not None and url.host not in self.allowed_hosts:
            raise _refused(str(url), f"host {quoted(url.host)} is not among the allowed ones")
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await trio.socket.getaddrinfo(url.host, port, type=trio.socket.SOCK_STREAM)
        except UnicodeError as exc:
            raise _refused(str(url), f"{quoted(url.host)} is no host") from exc
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if self.allowed_hosts is None and not all(map(_is_public, addresses)):
            raise _refused(
                str(url), f"host {quoted(url.host)} is not on the public internet; allow it by allowed_hosts"
            )
        return addresses

    async def _read(self, url: str, response: "httpx2.Response") -> Fetched:
        status = response.status_code
        if status != 200:
            raise _failed(url, Status.UNAVAILABLE if status in _BUSY else Status.INVALID_ARGUMENT, f"HTTP {status}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _refused(url, "it is compressed although it was asked for as it is")
        content = bytearray()
        # Leaving the loop would leave httpx's own generators half run; a cancellation ends them.
        with trio.CancelScope() as scope:
            async for piece in response.aiter_raw():
                content += piece
                if len(content) > self.max_bytes:
                    scope.cancel()
        if len(content) > self.max_bytes:
            raise _refused(url, f"it is larger than {self.max_bytes} bytes; raise max_bytes to allow it")
        return Fetched(response.headers.get("content-type", ""), bytes(content))


@cache
def _tls() -> ssl.SSLContext:
    """Read the system's certificates once: it takes longer than a request."""
    import httpx2

    return httpx2.create_ssl_context()


def _is_public(address: str) -> bool:
    # A scope, as in "fe80::1%eth0", marks an address of a network that this machine is in.
    if "%" in address:
        return False
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = _ipv4_in(parsed) or parsed
    return parsed.is_global and not parsed.is_multicast


def _ipv4_in(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the address behind one that is translated or tunnelled."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _refused(url: str, why: str) -> GenkitError:
    return _failed(url, Status.INVALID_ARGUMENT, why)


def _failed(url: str, status: Status, why: str) -> GenkitError:
    return GenkitError(status, f"could not download media {quoted(url)}: {why}")
