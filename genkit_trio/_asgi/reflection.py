"""The reflection API, version 1: what Genkit's CLI and its pages see of an application, and run in it.

It executes code, so it is for the developer at this machine alone.
"""

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import parse_qs, unquote

import attrs

from .._runtime import GENKIT_VERSION, Reflection, Runtime, describe_failure, input_of
from .._wire import InvalidJson, JsonValue, PublicError, Status, chunk_line, invalid, loads, parse_run_action, quoted
from .exchange import Ordered, exchange
from .inbox import ClientGone, Inbox
from .lifespan import lifespan
from .limits import RequestLimits
from .messages import Receive, Scope, Send, header_of
from .origin import check_origin
from .reflection_replies import TEXT, ReflectionReplies
from .refusal import Refusal, headers_of, http_of
from .reply import JSON, Reply
from .respond import Answer, respond

LIMITS: Final = RequestLimits(body=30_000_000, default_timeout=math.inf, max_timeout=math.inf)
"""A developer watches: no deadline but the action's own; a body as large as tools send it."""
_VERSION: Final = (b"x-genkit-version", GENKIT_VERSION.encode())
_RUN: Final = "/api/runAction"

Endpoint: TypeAlias = Callable[[Scope, Inbox], Awaitable[Answer]]


@attrs.frozen
class ReflectionIdentity:
    """Who answers."""

    runtime_id: str
    """What tools call the runtime."""
    host: str = "127.0.0.1"
    """The name under which it was asked to listen; those of this machine are always its own."""


class ReflectionApp:
    """The ASGI application.

    Args:
      reflection: what there is.
      runtime: the owner of detached runs.
      identity: who answers.
      on_quit: called when a tool says that the API shall end.
    """

    def __init__(
        self, reflection: Reflection, runtime: Runtime, identity: ReflectionIdentity, on_quit: Callable[[], object]
    ) -> None:
        self._reflection: Final = reflection
        self._runtime: Final = runtime
        self._identity: Final = identity
        self._on_quit: Final = on_quit
        self._replies: Final = ReflectionReplies(reflection, [_VERSION])
        self._endpoints: Final[dict[str, tuple[Endpoint, tuple[str, ...]]]] = {
            "/api/__health": (self._health, ("GET",)),
            "/api/__quitquitquit": (self._end, ("GET", "POST")),
            "/api/actions": (self._actions, ("GET",)),
            "/api/values": (self._values, ("GET",)),
            "/api/envs": (self._envs, ("GET",)),
            "/api/notify": (self._notify, ("POST",)),
            "/api/cancelAction": (self._cancel, ("POST",)),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope."""
        if scope["type"] == "lifespan":
            await lifespan(None, receive, send)
        elif scope["type"] != "http":
            # Only HTTP is served here; closing before accepting is ASGI's way to say 403.
            await receive()
            await send({"type": "websocket.close"})
        elif scope["path"] == _RUN:
            reply = Reply(send, LIMITS.write_timeout)
            await exchange(partial(self._order, scope), self._replies, Inbox(scope, receive, LIMITS), reply, LIMITS)
        else:
            reply = Reply(send, LIMITS.write_timeout)
            await respond(partial(self._answer, scope), Inbox(scope, receive, LIMITS), reply)

    async def _order(self, scope: Scope, inbox: Inbox) -> Ordered:
        check_origin(scope, self._identity.host)
        _check_method(scope, ("POST",))
        request = parse_run_action(await _json_of(scope, inbox))
        streaming = _query_of(scope).get("stream") == ["true"]
        run = await self._reflection.open_run(request, streaming=streaming, frame=chunk_line)
        return Ordered(run, input_of(run, request.input), self._runtime)

    async def _answer(self, scope: Scope, inbox: Inbox) -> Answer:
        try:
            check_origin(scope, self._identity.host)
            endpoint, methods = self._endpoint_of(scope)
            _check_method(scope, methods)
            return await endpoint(scope, inbox)
        except ClientGone:
            raise
        except Exception as exc:
            described = describe_failure(exc, None)
            headers = [JSON, *headers_of(exc, described.failure), _VERSION]
            return Answer(http_of(exc, described.failure), described.status, headers)

    def _endpoint_of(self, scope: Scope) -> tuple[Endpoint, tuple[str, ...]]:
        found = self._endpoints.get(scope["path"])
        if found is None:
            raise PublicError(Status.NOT_FOUND, f"there is no {quoted(scope['path'])} in the reflection API")
        return found

    async def _health(self, scope: Scope, inbox: Inbox) -> Answer:
        given = _query_of(scope).get("id")
        # Tools write the id into the query as it is, with whatever is in it.
        whole = unquote(scope["query_string"].decode("latin-1")).removeprefix("id=")
        own = self._identity.runtime_id
        if given is not None and own not in (*given, whole):
            return _text(503, "Invalid runtime ID")
        return _text(200, "OK")

    async def _end(self, scope: Scope, inbox: Inbox) -> Answer:
        self._on_quit()
        return _text(200, "OK")

    async def _actions(self, scope: Scope, inbox: Inbox) -> Answer:
        return _json(await self._reflection.actions())

    async def _values(self, scope: Scope, inbox: Inbox) -> Answer:
        kinds = _query_of(scope).get("type", [])
        if len(kinds) != 1:
            return _text(400, "the query needs one type=<kind>")
        try:
            return _json(self._reflection.values(kinds[0]))
        except PublicError as exc:
            # Tools show this body as it is.
            return _text(400, exc.message)

    async def _envs(self, scope: Scope, inbox: Inbox) -> Answer:
        return _json(b'["dev"]')

    async def _notify(self, scope: Scope, inbox: Inbox) -> Answer:
        self._reflection.configure(await _json_of(scope, inbox))
        return _text(200, "OK")

    async def _cancel(self, scope: Scope, inbox: Inbox) -> Answer:
        self._reflection.cancel(await _json_of(scope, inbox))
        return _json(b'{"message":"Action cancelled"}')


def _check_method(scope: Scope, methods: tuple[str, ...]) -> None:
    if scope["method"] not in methods:
        allowed = ", ".join(methods)
        message = f"this takes {allowed}, not {quoted(scope['method'])}"
        raise Refusal(405, Status.UNIMPLEMENTED, message, headers=[(b"allow", allowed.encode())])


async def _json_of(scope: Scope, inbox: Inbox) -> JsonValue:
    # A page of a foreign site can send other types without asking first.
    media_type = (header_of(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        message = f"the content type is {quoted(media_type)}; send application/json"
        raise Refusal(415, Status.INVALID_ARGUMENT, message)
    try:
        return loads(await inbox.body())
    except InvalidJson as exc:
        raise invalid("body", str(exc)) from exc


def _query_of(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _text(http: int, text: str) -> Answer:
    return Answer(http, text.encode(), [TEXT, _VERSION])


def _json(body: bytes) -> Answer:
    return Answer(200, body, [JSON, _VERSION])
