"""The flow endpoint: ``POST /<flow>`` runs a flow, as Genkit's clients expect it."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

import trio

from .._core import Action, DeadlineExceeded, Registry, current_roots
from .._runtime import EdgeRun, Runtime, current_runtime
from .._wire import ABSENT, ActionKey, PublicError, Status, message_frame, parse_flow_request, parse_timeout
from .access import AccessEntry
from .access import logger as access_logger
from .cors import PREFLIGHT, Cors, is_preflight, sending_with
from .exchange import Ordered, exchange
from .flow_replies import FlowReplies, ReplyOptions
from .health import PATHS, health_of
from .inbox import Inbox
from .lifespan import lifespan
from .limits import RequestLimits
from .messages import Receive, Scope, Send, header_of
from .refusal import Refusal
from .respond import Answer, respond

OpenRuntime = Callable[[], AbstractAsyncContextManager[Runtime]]


class FlowApp:
    """An ASGI application that serves the flows of a registry.

    It runs on trio: on Hypercorn's trio worker, or mounted in an application that does. It opens the runtime in the
    ASGI lifespan when the server sends one and none is open.

    Args:
      registry: whose actions of kind ``flow`` are served.
      open_runtime: opens the runtime of that registry.
      limits: what a request may cost.
      options: how errors are told, and to which pages of other sites anything is.
    """

    def __init__(
        self, registry: Registry, open_runtime: OpenRuntime, limits: RequestLimits, options: ReplyOptions
    ) -> None:
        self._cors: Final = Cors(options.cors_origins)
        self._registry: Final = registry
        self._open_runtime: Final = open_runtime
        self._limits: Final = limits
        self._replies: Final = FlowReplies(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope.

        Raises:
          RuntimeError: under a server that does not run on trio.
        """
        if not trio.lowlevel.in_trio_run():
            raise RuntimeError("this application runs on trio; serve it with: genkit-trio serve, or: hypercorn -k trio")
        if scope["type"] == "lifespan":
            await lifespan(self._open_if_needed(), receive, send)
        elif scope["type"] == "http":
            if (allowed := self._cors.headers_for(scope)) is not None:
                send = sending_with(allowed, send)
            if access_logger.isEnabledFor(logging.INFO):
                await self._serve_logged(scope, receive, send)
            else:
                await self._serve(scope, receive, send, None)
        else:
            # Only HTTP is served here; closing before accepting is ASGI's way to say 403.
            await receive()
            await send({"type": "websocket.close"})

    async def _serve_logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = AccessEntry(scope, send)
        try:
            await self._serve(scope, receive, entry.send, entry)
        finally:
            entry.write()

    async def _serve(self, scope: Scope, receive: Receive, send: Send, entry: AccessEntry | None) -> None:
        inbox = Inbox(scope, receive, self._limits)
        answer = self._answer_without_run(scope)
        if answer is not None:
            await respond(partial(_just, answer), inbox, send, self._limits)
        else:
            order = partial(self._order, scope, trio.current_time(), entry)
            await exchange(order, self._replies, inbox, send, self._limits)

    def _answer_without_run(self, scope: Scope) -> Answer | None:
        path = _path_of(scope)
        if path in PATHS:
            return health_of(path, scope["method"])
        if is_preflight(scope) and self._cors.headers_for(scope) is not None:
            return PREFLIGHT
        return None

    def _open_if_needed(self) -> AbstractAsyncContextManager[Runtime] | None:
        return self._open_runtime() if current_runtime(self._registry) is None else None

    async def _order(self, scope: Scope, received_at: float, entry: AccessEntry | None, inbox: Inbox) -> Ordered:
        flow = await self._flow_of(scope)
        _check_method(scope)
        media_type = _media_type_of(scope)
        timeout = self._timeout_of(scope, flow)
        self._runtime_for(flow)
        body = await inbox.body()
        if body and media_type is None:
            raise _unsupported("nothing")
        request = parse_flow_request(body)
        run = EdgeRun(
            flow,
            received_at + timeout,
            streaming=_wants_stream(scope),
            context=ABSENT,
            init=None if request.init is ABSENT else request.init,
            frame=message_frame,
        )
        if entry is not None:
            entry.run = run
        # Asked again: the runtime may have begun to end while the body arrived.
        return Ordered(run, flow.load_input(request.data), self._runtime_for(flow))

    async def _flow_of(self, scope: Scope) -> Action[Any, Any, Any]:
        name = _path_of(scope).removeprefix("/")
        if not name.isprintable() or not name:
            raise PublicError(Status.NOT_FOUND, f"there is no flow {name[:80]!r}; POST to /<flow>")
        return await self._registry.resolve(ActionKey("flow", name))

    def _timeout_of(self, scope: Scope, flow: Action[Any, Any, Any]) -> float:
        requested = parse_timeout(header_of(scope, b"x-request-timeout"), header_of(scope, b"grpc-timeout"))
        timeout = self._limits.timeout_of(requested, flow.options.timeout)
        if timeout <= 0:
            raise DeadlineExceeded(f"{flow.key} was not started: its deadline had passed")
        return timeout

    def _runtime_for(self, flow: Action[Any, Any, Any]) -> Runtime | None:
        if current_roots().draining:
            raise PublicError(Status.UNAVAILABLE, f"{flow.key} was not started: shutting down", retry_after=1)
        runtime = current_runtime(self._registry)
        if runtime is None and flow.options.on_disconnect == "detach":
            message = f"{flow.key} outlives its clients, which needs an open runtime: 'async with open_runtime(ai)'"
            raise PublicError(Status.FAILED_PRECONDITION, message)
        return runtime


async def _just(answer: Answer, inbox: Inbox) -> Answer:  # noqa: ASYNC124  # respond() awaits it
    return answer


def _path_of(scope: Scope) -> str:
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


def _check_method(scope: Scope) -> None:
    method: str = scope["method"]
    if method != "POST":
        message = f"a flow is run with POST, not {method[:20]!r}"
        raise Refusal(405, Status.UNIMPLEMENTED, message, headers=[(b"allow", b"POST")])


def _media_type_of(scope: Scope) -> str | None:
    header = header_of(scope, b"content-type")
    if header is None:
        return None
    media_type = header.partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise _unsupported(repr(media_type[:80]))
    return media_type


def _unsupported(given: str) -> Refusal:
    return Refusal(415, Status.INVALID_ARGUMENT, f"the content type is {given}; send application/json")


def _wants_stream(scope: Scope) -> bool:
    if "text/event-stream" in (header_of(scope, b"accept") or "").lower():
        return True
    query: bytes = scope.get("query_string", b"")
    return bool(query) and parse_qs(query.decode("latin-1")).get("stream") == ["true"]
