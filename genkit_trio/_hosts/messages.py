"""ASGI's messages and callables, as far as foreign hosts use them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI defines the values by their keys
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

DISCONNECTS: Final = frozenset({"http.disconnect", "websocket.disconnect"})
