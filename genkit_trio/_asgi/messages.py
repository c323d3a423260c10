"""ASGI's messages and callables, as far as this package uses them."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


def headers_by_name(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the headers of a request by name (lower case), the values of several joined with a comma."""
    headers: Headers = scope["headers"]
    fields = dict(headers)
    if len(fields) != len(headers):
        fields.clear()
        for name, value in headers:
            fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def header_of(scope: Scope, name: bytes) -> str | None:
    """Return the value of the header *name* (lower case), the parts of several joined with a comma."""
    found: bytes | None = None
    for key, value in scope["headers"]:
        if key == name:
            found = value if found is None else found + b", " + value
    return None if found is None else found.decode("latin-1")
