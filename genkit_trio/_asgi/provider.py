"""Context providers: who is calling, found out from the request before anything runs.

The context of a run is what all providers say together, a later one winning. Nested runs inherit it, read-only.
"""

import hmac
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

import attrs
import trio

from .._core import Context, DeadlineExceeded
from .._wire import JsonValue, PublicError, Status
from .messages import Scope


@attrs.frozen
class RequestData:
    """What a context provider gets to see of a request."""

    method: str
    headers: Mapping[str, str]
    """By their names in lower case; the parts of one that came several times joined with a comma."""
    input: JsonValue
    """The input as it came, not yet checked; `None` without one, as in a request for a stream that is stored."""


ContextProvider = Callable[[RequestData], Context | Awaitable[Context]]
"""A function, sync or async, that returns the context or raises what the client is told.

A `PublicError` with status ``UNAUTHENTICATED`` answers 401, one with ``PERMISSION_DENIED`` 403. A sync one must not
block: it runs in trio's thread.
"""


def api_key(expected: str | Sequence[str]) -> ContextProvider:
    """Return a provider that asks for a key in the header ``Authorization``.

    The context gets ``{"auth": {"apiKey": …}}``, which is left out of traces. A request without a key is answered
    401, one with another key 403. Keys are compared in a time that does not depend on how much of them is right.

    Args:
      expected: the key, or those that are accepted, for the time in which one replaces the other.

    Raises:
      ValueError: if there is no key, or an empty one, which everybody would have.
    """
    keys: Final = [expected] if isinstance(expected, str) else list(expected)
    if not all(keys) or not keys:
        raise ValueError("api_key() was given an empty key; give it the one that clients send")
    accepted: Final = [key.encode() for key in keys]

    def provide(request: RequestData) -> Context:
        given = request.headers.get("authorization", "")
        if not given:
            raise PublicError(Status.UNAUTHENTICATED, "the header Authorization is missing; send the API key in it")
        # Each is compared, so that the time does not tell which of them matched.
        if not sum(hmac.compare_digest(given.encode(), key) for key in accepted):
            raise PublicError(Status.PERMISSION_DENIED, "the API key is not the right one")
        return {"auth": {"apiKey": given}}

    return provide


async def context_of(providers: Sequence[ContextProvider], request: RequestData, deadline: float) -> Context:
    """Ask *providers* in order, and return what they say together.

    Raises:
      DeadlineExceeded: if *deadline*, a point in time of trio's clock, passes meanwhile.
      TypeError: if one of them returns what is no mapping.
    """
    context: dict[str, Any] = {}  # Any: what JSON the providers put in
    with trio.move_on_at(deadline):
        for provider in providers:
            said = provider(request)
            context.update(_checked(await said if inspect.isawaitable(said) else said))
        return context
    raise DeadlineExceeded("the deadline passed before it was known who is calling")


def _checked(given: object) -> Context:
    if not isinstance(given, Mapping):
        raise TypeError(f"a context provider returned {type(given).__name__!r}; it returns a mapping")
    return cast("Context", given)


def request_data(scope: Scope, fields: Mapping[bytes, bytes], data: JsonValue) -> RequestData:
    """Return what providers get to see of a request, whose headers *fields* are."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields.items()}
    return RequestData(scope["method"], headers, data)
