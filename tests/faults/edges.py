"""What strangers can send to the edges: to the flow endpoint, and to both versions of the reflection API, in memory.

Bytes stand for a request: a line ``POST /flow?query``, a line for each header, an empty line, the body; or for a
session: a line for each message. Whatever they are, the application answers as its protocol says, and logs no error.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Literal
from urllib.parse import unquote

import attrs
import trio
import trio.testing

from genkit_trio import Genkit, RunContext
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._client.session import Disconnected, Session
from genkit_trio._runtime import MemoryStreamStore, Reflection, Runtime, StreamFrame, open_runtime
from genkit_trio._wire import InvalidMessage, JsonValue, RpcFailure, RpcRequest, RpcResult, parse_message
from genkit_trio.asgi import flow_app
from genkit_trio.testing import AppRequest
from tests.e2e.tools import RecordedTelemetry
from tests.wire.sample_types import Limit

TOKEN = re.compile(rb"[^!#$%&'*+.^_`|~0-9a-z-]")
IN_VALUES = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@attrs.frozen
class Cat:
    kind: Literal["cat"]
    lives: Annotated[int, Limit(ge=1, le=9)] = 9


@attrs.frozen
class Dog:
    kind: Literal["dog"]
    owner: str | None = None


ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    return f"Hello, {name}!"


@ai.flow
async def echo(value: JsonValue) -> JsonValue:
    return value


@ai.flow
async def order(pet: Cat | Dog) -> Cat | Dog:
    return pet


@ai.flow
async def nothing() -> None: ...


@ai.flow
async def count(to: Annotated[int, Limit(le=5)], ctx: RunContext[int]) -> str:
    for number in range(to):
        await ctx.send_chunk(number)
    return "done"


def ask_flow_app(data: bytes) -> None:
    """Send a request to the flow endpoint."""
    request = _request_of(data)
    _in_runtime(partial(_ask_flow_app, request))
    # A request may give itself no time, and that is nobody's defect.
    assert request.status < 500 or request.status == 504, request.body
    if request.status >= 400:
        assert set(request.json) >= {"status", "message"}
        assert request.json["message"].isprintable()
    elif request.headers.get("content-type") == "text/event-stream":
        assert [frame.keys() <= {"result", "error"} for frame in request.frames][-1]
    elif request.body:
        assert request.status == 200


async def _ask_flow_app(request: AppRequest, runtime: Runtime) -> None:
    store = MemoryStreamStore()
    async with store.open("a", on_cancel=_ignore) as writer:
        await writer.append([b"1", b"2"])
        await writer.end(StreamFrame("result", b"3"))
    await request.play(flow_app(ai, stream_store=store, cors_origins=["https://a.example"]))


def ask_reflection_app(data: bytes) -> None:
    """Send a request to the reflection API, version 1."""
    request = _request_of(data)
    _in_runtime(partial(_ask_reflection_app, request))
    assert request.status < 500 or request.body == b"Invalid runtime ID", request.body
    if request.headers.get("content-type") == "application/json":
        *_, last = request.body.split(b"\n")
        json.loads(last)


async def _ask_reflection_app(request: AppRequest, runtime: Runtime) -> None:
    reflection = Reflection(ai.registry, RecordedTelemetry())
    await request.play(ReflectionApp(reflection, runtime, ReflectionIdentity("1"), _ignore))


def tell_session(data: bytes) -> None:
    """Send messages to a session of the reflection API, version 2."""
    socket = _Socket(data.split(b"\n"))
    _in_runtime(partial(_tell_session, socket))
    answers = [message.id for message in map(parse_message, socket.sent) if isinstance(message, RpcResult | RpcFailure)]
    asked = [found.id for found in map(_request_in, data.split(b"\n")) if found is not None]
    for message_id in answers:
        asked.remove(message_id)


async def _tell_session(socket: "_Socket", runtime: Runtime) -> None:
    try:
        await Session(Reflection(ai.registry, RecordedTelemetry()), runtime, socket).run(b"{}")
    except* Disconnected:
        pass


def _request_in(text: bytes) -> RpcRequest | InvalidMessage | None:
    """Return what is answered: a request, or something like it that has an id."""
    try:
        message = parse_message(text)
    except InvalidMessage as exc:
        return None if exc.id is None else exc
    return message if isinstance(message, RpcRequest) else None


class _Socket:
    """A tools server that says what it has to say, waits until nothing happens any more, and goes."""

    def __init__(self, texts: list[bytes]) -> None:
        self._texts = texts
        self.sent: list[bytes] = []

    async def receive(self) -> bytes:
        await trio.lowlevel.checkpoint()
        if self._texts:
            return self._texts.pop(0)
        await trio.testing.wait_all_tasks_blocked()
        raise Disconnected("gone")

    async def send(self, text: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.sent.append(text)


def _request_of(data: bytes) -> AppRequest:
    """Make a request as a server hands it over: with the names and values that HTTP allows."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.split(b"\n")
    method, _, target = first.partition(b" ")
    path, _, query = target.partition(b"?")
    headers = [line.partition(b":")[::2] for line in lines]
    scope = {
        "method": TOKEN.sub(b"", method.lower()).decode().upper() or "GET",
        "path": "/" + unquote(path.decode("latin-1").encode("ascii", "ignore").decode()).removeprefix("/"),
        "query_string": query,
        "headers": [
            (TOKEN.sub(b"", name.lower()) or b"x", IN_VALUES.sub(b"", value).strip(b" \t")) for name, value in headers
        ],
    }
    return AppRequest("/", parts=[body], scope=scope)


def _in_runtime(act: Callable[[Runtime], Awaitable[None]]) -> None:
    """Act in an open runtime, in virtual time; no error is logged."""

    async def main() -> None:
        async with open_runtime(ai.registry) as runtime:
            await act(runtime)

    with _without_errors():
        trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


@contextmanager
def _without_errors() -> Generator[None, None, None]:
    logger, errors = logging.getLogger("genkit_trio"), _Errors()
    before = logger.propagate
    logger.addHandler(errors)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(errors)
        logger.propagate = before
    assert not errors.records, "\n".join(errors.records)


def _ignore() -> None:
    """Do nothing."""
