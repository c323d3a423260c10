"""Who may use an API that is for the developer at this machine alone (contract, "The developer's API").

A page of a foreign site can make a browser send requests here, and with a name of its own that resolves to this
machine it can read the answers. So the name that a request was sent to must be one of this machine, and what a
browser says of the page it comes from must be no foreign site.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from .._wire import PublicError, Status, quoted
from .messages import Scope, header_of

_OWN_SITES: Final = frozenset({None, "none", "same-origin", "same-site"})


def check_origin(scope: Scope, host: str) -> None:
    """Refuse a request to another name than a loopback one or *host*, and one from the page of a foreign site.

    Raises:
      PublicError: ``PERMISSION_DENIED``.
    """
    given = header_of(scope, b"host")
    if given is None or not _is_own(_host_of(f"//{given}"), host):
        raise _denied(f"the host is {_shown(given)}; use a name of this machine, such as 'localhost'")
    origin = header_of(scope, b"origin")
    if origin is not None and not _is_own(_host_of(origin), host):
        raise _denied(f"the origin is {_shown(origin)}; this API is not for pages of other sites")
    # A picture or a link of a foreign page sends no origin, and this.
    site = header_of(scope, b"sec-fetch-site")
    if site not in _OWN_SITES:
        raise _denied(f"the request comes from a {_shown(site)} page; this API is not for pages of other sites")


def is_loopback(host: str) -> bool:
    """Whether *host*, a name or an address, can only be reached from this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_own(given: str | None, host: str) -> bool:
    return given is not None and (given == host.lower() or is_loopback(given))


def _host_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname


def _shown(text: str | None) -> str:
    return "missing" if text is None else quoted(text)


def _denied(text: str) -> PublicError:
    return PublicError(Status.PERMISSION_DENIED, text)
