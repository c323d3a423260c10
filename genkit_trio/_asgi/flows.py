"""The flow endpoint: ``POST /<flow>`` runs a flow, as Genkit's clients expect it."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

import trio

from .._core import Action, Context, DeadlineExceeded, Registry, current_roots
from .._runtime import EdgeRun, Runtime, StreamStore, current_runtime
from .._tracing import RemoteSpan
from .._wire import (
    ABSENT,
    DIRECT,
    Absent,
    ActionKey,
    PublicError,
    Status,
    message_frame,
    parse_flow_request,
    parse_timeout,
    parse_traceparent,
)
from .access import AccessEntry
from .access import logger as access_logger
from .cors import PREFLIGHT, Cors, is_preflight
from .direct import exchange_directly
from .durable import STREAM_ID, TIME_TO_STORE, Admitted, DurableStreams
from .exchange import Ordered, exchange
from .flow_replies import FlowReplies, ReplyOptions
from .health import PATHS, health_of
from .inbox import Inbox
from .lifespan import lifespan
from .limits import RequestLimits
from .messages import Receive, Scope, Send, headers_by_name
from .openapi import OPENAPI, READING, openapi_answer
from .provider import ContextProvider, context_of, request_data
from .refusal import Refusal
from .reply import Reply
from .respond import Answer, respond

_JSON: Final = b"application/json"
_WITHOUT_RUN: Final = frozenset({*PATHS, OPENAPI})
"""Paths at which there is something else than a flow."""

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
      store: where the streams of flows are kept; `None` where they are not.
      providers: who find out from a request who is calling.
    """

    def __init__(  # noqa: PLR0913  # flow_app() has them by name
        self,
        registry: Registry,
        open_runtime: OpenRuntime,
        limits: RequestLimits,
        options: ReplyOptions,
        store: StreamStore | None = None,
        providers: Sequence[ContextProvider] = (),
    ) -> None:
        self._cors: Final = Cors(options.cors_origins)
        self._registry: Final = registry
        self._open_runtime: Final = open_runtime
        self._limits: Final = limits
        self._replies: Final = FlowReplies(options)
        self._durable: Final = None if store is None else DurableStreams(store, self._replies, limits)
        self._providers: Final = tuple(providers)
        self._known: Final[dict[str, Action[Any, Any, Any]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope.

        Raises:
          RuntimeError: under a server that does not run on trio.
        """
        try:
            received_at = trio.current_time()
        except RuntimeError as exc:
            message = "this application runs on trio; serve it with: genkit-trio serve, or: hypercorn -k trio"
            raise RuntimeError(message) from exc
        if scope["type"] == "http":
            await self._serve(_Request(scope, receive, received_at), send)
        elif scope["type"] == "lifespan":
            await lifespan(self._open_if_needed(), receive, send)
        else:
            # Only HTTP is served here; closing before accepting is ASGI's way to say 403.
            await receive()
            await send({"type": "websocket.close"})

    async def serve_in(self, lent: trio.CancelScope, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of HTTP of a server that lends a scope for it, by ``SERVE_IN``."""
        request = _Request(scope, receive, trio.current_time())
        request.lent = lent
        await self._serve(request, send)

    async def _serve(self, request: "_Request", send: Send) -> None:
        reply = self._reply_to(request.scope, send)
        inbox = Inbox(request.scope, request.receive, self._limits)
        if request.lent is not None and not self._is_at_hand(request, inbox):
            request.lent.deadline = math.inf  # it may be that of an earlier run, and something has to wait
            request.lent = None
        if not access_logger.isEnabledFor(logging.INFO):
            await self._answer(request, inbox, reply)
            return
        request.entry = AccessEntry(request.scope, reply)
        try:
            await self._answer(request, inbox, reply)
        finally:
            request.entry.write()

    def _reply_to(self, scope: Scope, send: Send) -> Reply:
        extensions: Mapping[str, Any] = scope.get("extensions") or {}
        reply = Reply(send, self._limits.write_timeout, extensions.get(DIRECT))
        if self._cors.origins and (allowed := self._cors.headers_for(scope)) is not None:
            reply.headers.extend(allowed)
        return reply

    def _is_at_hand(self, request: "_Request", inbox: Inbox) -> bool:
        """Whether nothing has to wait but the run, and that runs in this task."""
        flow = self._known.get(request.path)
        if flow is None or self._providers or self._durable is not None or flow.options.on_disconnect == "detach":
            return False
        return inbox.body_nowait() is not None

    async def _answer(self, request: "_Request", inbox: Inbox, reply: Reply) -> None:
        if request.path in _WITHOUT_RUN or request.scope["method"] == "OPTIONS":
            answer = self._answer_without_run(request.scope, request.path)
            if answer is not None:
                await respond(partial(_just, answer), inbox, reply)
                return
        if self._durable is not None and await self._serve_durably(self._durable, request, inbox, reply):
            return
        answering = exchange if reply.direct is None else exchange_directly
        await answering(partial(self._order, request), self._replies, inbox, reply, self._limits)

    async def _serve_durably(self, durable: DurableStreams, request: "_Request", inbox: Inbox, reply: Reply) -> bool:
        """Answer a request for a stream that is stored, and return true; false for every other one."""
        method: str = request.scope["method"]
        fields = headers_by_name(request.scope)
        if method == "DELETE" or (method == "POST" and STREAM_ID in fields):
            admit = partial(self._admit, request, fields)
            await durable.follow(request.scope, fields, admit, (inbox, reply))
        elif method == "POST" and _wants_stream(request.scope, fields):
            await durable.start(partial(self._order, request, frame=bytes), (inbox, reply))
        else:
            return False
        return True

    async def _admit(self, request: "_Request", fields: Mapping[bytes, bytes], inbox: Inbox) -> Admitted:
        flow = self._known.get(request.path) or await self._flow_of(request.path)
        # The run may have been given more than this request would be, and all of it may be left.
        timeout = _requested_in(fields)
        if timeout is None:
            timeout = min(flow.options.timeout, self._limits.max_timeout) + TIME_TO_STORE
        elif timeout <= 0:
            raise DeadlineExceeded(f"the stream of {flow.key} was not followed: the deadline had passed")
        deadline = request.received_at + timeout
        if self._providers:
            # Who may not run the flow may not follow or cancel its runs either.
            await context_of(self._providers, request_data(request.scope, fields, None), deadline)
        return Admitted(self._runtime_for(flow), deadline)

    def _answer_without_run(self, scope: Scope, path: str) -> Answer | None:
        if path in PATHS:
            return health_of(path, scope["method"])
        if path == OPENAPI and scope["method"] in READING:
            return openapi_answer(action for action in self._registry.actions() if action.kind == "flow")
        if is_preflight(scope) and self._cors.headers_for(scope) is not None:
            return PREFLIGHT
        return None

    def _open_if_needed(self) -> AbstractAsyncContextManager[Runtime] | None:
        return self._open_runtime() if current_runtime(self._registry) is None else None

    async def _order(
        self, request: "_Request", inbox: Inbox, frame: Callable[[bytes], bytes] = message_frame
    ) -> Ordered:
        flow = self._known.get(request.path) or await self._flow_of(request.path)
        if request.scope["method"] != "POST":
            raise _wrong_method(request.scope["method"])
        fields = headers_by_name(request.scope)
        media_type = fields.get(b"content-type")
        if media_type != _JSON and media_type is not None:
            _check_media_type(media_type)
        timeout = self._limits.timeout_of(_requested_in(fields), flow.options.timeout)
        if timeout <= 0:
            raise DeadlineExceeded(f"{flow.key} was not started: its deadline had passed")
        runtime = self._runtime_for(flow)
        body = inbox.body_nowait()
        if body is None:
            body = await inbox.body()
            # Asked again: the runtime may have begun to end while the body arrived.
            runtime = self._runtime_for(flow)
        if body and media_type is None:
            raise _unsupported("nothing")
        ordered = parse_flow_request(body)
        deadline = request.received_at + timeout
        context: Context | Absent = ABSENT
        if self._providers:
            data = None if ordered.data is ABSENT else ordered.data
            context = await context_of(self._providers, request_data(request.scope, fields, data), deadline)
            runtime = self._runtime_for(flow)
        run = EdgeRun(
            flow,
            deadline,
            streaming=_wants_stream(request.scope, fields),
            context=context,
            init=None if ordered.init is ABSENT else ordered.init,
            frame=frame,
            parent=_caller_in(fields) if b"traceparent" in fields else None,
            lent=request.lent,
        )
        if request.entry is not None:
            request.entry.run = run
        return Ordered(run, flow.load_input(ordered.data), runtime)

    async def _flow_of(self, path: str) -> Action[Any, Any, Any]:
        name = path.removeprefix("/")
        if not name.isprintable() or not name:
            raise PublicError(Status.NOT_FOUND, f"there is no flow {name[:80]!r}; POST to /<flow>")
        key = ActionKey("flow", name)
        flow = self._registry.get(key)
        if flow is None:
            return await self._registry.resolve(key)
        # What is registered stays registered; what a plugin gives, it may give anew.
        self._known[path] = flow
        return flow

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


class _Request:
    """One request, as far as it is known."""

    __slots__ = ("entry", "lent", "path", "receive", "received_at", "scope")

    def __init__(self, scope: Scope, receive: Receive, received_at: float) -> None:
        self.scope: Final = scope
        self.receive: Final = receive
        self.received_at: Final = received_at
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        self.path: Final = path.removeprefix(root) if root and path.startswith(f"{root}/") else path
        self.entry: AccessEntry | None = None
        self.lent: trio.CancelScope | None = None
        """The scope in which the run executes, if the server lends one."""


def _wrong_method(method: str) -> Refusal:
    message = f"a flow is run with POST, not {method[:20]!r}"
    return Refusal(405, Status.UNIMPLEMENTED, message, headers=[(b"allow", b"POST")])


def _check_media_type(header: bytes) -> None:
    media_type = header.decode("latin-1").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise _unsupported(repr(media_type[:80]))


def _unsupported(given: str) -> Refusal:
    return Refusal(415, Status.INVALID_ARGUMENT, f"the content type is {given}; send application/json")


def _text_in(fields: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = fields.get(name)
    return None if value is None else value.decode("latin-1")


def _requested_in(fields: Mapping[bytes, bytes]) -> float | None:
    if b"x-request-timeout" not in fields and b"grpc-timeout" not in fields:
        return None
    return parse_timeout(_text_in(fields, b"x-request-timeout"), _text_in(fields, b"grpc-timeout"))


def _caller_in(fields: Mapping[bytes, bytes]) -> RemoteSpan | None:
    named = parse_traceparent(_text_in(fields, b"traceparent"))
    return None if named is None else RemoteSpan(named.trace_id, named.span_id)


def _wants_stream(scope: Scope, fields: Mapping[bytes, bytes]) -> bool:
    if b"text/event-stream" in fields.get(b"accept", b"").lower():
        return True
    query: bytes = scope.get("query_string", b"")
    return bool(query) and parse_qs(query.decode("latin-1")).get("stream") == ["true"]
