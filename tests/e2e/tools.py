"""A developer's tool in memory, once for each version of the reflection API, with one face to the tests."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx2
import trio
from hypercorn.config import Config

from genkit_trio import Genkit
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._client import ReflectionClient
from genkit_trio._runtime import Reflection, open_runtime
from genkit_trio._server import ReflectionServer, serve


class Refused(Exception):
    """The tool was told that it cannot have what it asked for."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


class RecordedTelemetry:
    """Remembers what it was told."""

    def __init__(self):
        self.urls: list[str] = []
        self.flushed: list[str] = []

    def set_url(self, url: str) -> None:
        self.urls.append(url)

    async def flush(self, trace_id: str) -> None:
        await trio.lowlevel.checkpoint()
        self.flushed.append(trace_id)


class Call:
    """One ``runAction`` under way."""

    def __init__(self, drop: Callable[[], Awaitable[object]]):
        self.drop = drop
        self.chunks: list[Any] = []
        self.trace_id = ""
        self.result: dict[str, Any] | None = None
        self.error: dict[str, Any] | None = None
        self._changed = trio.Event()

    def note(self, **what: Any) -> None:
        for name, value in what.items():
            setattr(self, name, value)
        self._changed.set()
        self._changed = trio.Event()

    def add(self, chunk: Any) -> None:
        self.note(chunks=[*self.chunks, chunk])

    async def wait_trace_id(self) -> str:
        while not self.trace_id:
            await self._changed.wait()
        return self.trace_id

    async def wait_chunks(self, count: int) -> list[Any]:
        while len(self.chunks) < count:
            await self._changed.wait()
        return self.chunks

    async def wait_end(self) -> "Call":
        while self.result is None and self.error is None:
            await self._changed.wait()
        return self


class Tool(Protocol):
    """What both versions can do."""

    async def actions(self) -> dict[str, Any]: ...
    async def values(self, kind: str) -> dict[str, Any]: ...
    async def cancel(self, trace_id: object) -> str: ...
    async def configure(self, **said: object) -> None: ...
    def start(self, key: str, *, stream: bool = False, **request: Any) -> Call: ...


class HttpTool:
    """Version 1: requests to the runtime."""

    def __init__(self, client: httpx2.AsyncClient, nursery: trio.Nursery):
        self._client = client
        self._nursery = nursery

    async def actions(self) -> dict[str, Any]:
        return self._taken(await self._client.get("/api/actions"))

    async def values(self, kind: str) -> dict[str, Any]:
        return self._taken(await self._client.get("/api/values", params={"type": kind}))

    async def cancel(self, trace_id: object) -> str:
        return self._taken(await self._client.post("/api/cancelAction", json={"traceId": trace_id}))["message"]

    async def configure(self, **said: object) -> None:
        response = await self._client.post("/api/notify", json=said)
        assert response.status_code == 200

    def start(self, key: str, *, stream: bool = False, **request: Any) -> Call:
        scope = trio.CancelScope()

        async def drop() -> None:
            scope.cancel()

        call = Call(drop)
        self._nursery.start_soon(self._run, call, scope, stream, {"key": key, **request})
        return call

    async def _run(self, call: Call, scope: trio.CancelScope, stream: bool, body: dict[str, Any]) -> None:
        query = {"stream": "true"} if stream else {}
        with scope:
            async with self._client.stream("POST", "/api/runAction", params=query, json=body) as response:
                call.note(trace_id=response.headers.get("x-genkit-trace-id", ""))
                text = b""
                async for part in response.aiter_bytes():
                    assert part.isascii()
                    *lines, text = (text + part).split(b"\n")
                    for line in lines:
                        call.add(json.loads(line))
                final = json.loads(text)
                if response.status_code != 200:
                    final = {"error": final}
                call.note(**({"error": final["error"]} if "error" in final else {"result": final}))

    def _taken(self, response: httpx2.Response) -> Any:
        body = response.json() if response.headers["content-type"] == "application/json" else {"message": response.text}
        if response.status_code != 200:
            raise Refused(response.status_code, body["message"])
        return body


class SocketTool:
    """Version 2: a server that runtimes connect to, an ASGI application."""

    def __init__(self) -> None:
        self.registrations: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.calls: dict[str, Call] = {}
        self.raw: list[str] = []
        self.telemetry_url: str | None = "http://127.0.0.1:4033"
        self._send: Callable[[Any], Awaitable[None]] | None = None
        self._number = 0
        self._changed = trio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        self._send = send
        while (message := await receive())["type"] == "websocket.receive":
            await self._take(message["text"])
        self._send = None
        self._change()

    async def _take(self, text: str) -> None:
        assert text.isascii()
        self.raw.append(text)
        message = json.loads(text)
        assert message["jsonrpc"] == "2.0"
        if "method" not in message:
            self._settle(message)
        elif message["method"] == "register":
            self.registrations.append(message["params"])
            result = {} if self.telemetry_url is None else {"telemetryServerUrl": self.telemetry_url}
            await self.tell({"jsonrpc": "2.0", "id": message["id"], "result": result})
        elif message["method"] == "runActionState":
            self.calls[message["params"]["requestId"]].note(trace_id=message["params"]["state"]["traceId"])
        else:
            assert message["method"] == "streamChunk"
            self.calls[message["params"]["requestId"]].add(message["params"]["chunk"])
        self._change()

    def _settle(self, message: dict[str, Any]) -> None:
        call = self.calls.pop(message["id"], None)
        if call is None:
            self.answers[message["id"]] = message
        elif "error" in message:
            assert message["error"]["message"] == message["error"]["data"]["message"]
            call.note(error=message["error"]["data"])
        else:
            call.note(result=message["result"])

    @property
    def is_connected(self) -> bool:
        """Whether a runtime is."""
        return self._send is not None

    async def tell(self, message: object) -> None:
        """Send a message as it is."""
        assert self._send is not None
        text = message if isinstance(message, str) else json.dumps(message)
        await self._send({"type": "websocket.send", "text": text})

    async def _order(self, message: object) -> None:
        # The tool may have gone before it came to this.
        if self.is_connected:
            await self.tell(message)

    async def drop(self) -> None:
        """Close the connection."""
        assert self._send is not None
        send, self._send = self._send, None
        await send({"type": "websocket.close"})

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until *condition* holds; it is asked after each message."""
        while not condition():
            await self._changed.wait()

    async def ask(self, method: str, params: object = None) -> dict[str, Any]:
        """Send a request and return the response."""
        message_id = self._next_id()
        message = {"jsonrpc": "2.0", "id": message_id, "method": method}
        await self.tell(message if params is None else {**message, "params": params})
        await self.wait_for(lambda: message_id in self.answers)
        return self.answers.pop(message_id)

    async def actions(self) -> dict[str, Any]:
        return (await self._result("listActions"))["actions"]

    async def values(self, kind: str) -> dict[str, Any]:
        return (await self._result("listValues", {"type": kind}))["values"]

    async def cancel(self, trace_id: object) -> str:
        return (await self._result("cancelAction", {"traceId": trace_id}))["message"]

    async def configure(self, **said: object) -> None:
        await self.tell({"jsonrpc": "2.0", "method": "configure", "params": said})
        # Messages are taken in order.
        await self.values("middleware")

    def start(self, key: str, *, stream: bool = False, stream_input: bool = False, **request: Any) -> Call:
        message_id = self._next_id()
        call = self.calls[message_id] = Call(self.drop)
        params = {"key": key, "stream": stream, "streamInput": stream_input, **request}
        message = {"jsonrpc": "2.0", "id": message_id, "method": "runAction", "params": params}
        self._nursery.start_soon(self._order, message)
        return call

    def use(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery

    async def _result(self, method: str, params: object = None) -> Any:
        response = await self.ask(method, params)
        if "error" in response:
            raise Refused(response["error"]["code"], response["error"]["message"])
        return response["result"]

    def _next_id(self) -> str:
        self._number += 1
        return str(self._number)

    def _change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


@asynccontextmanager
async def open_http_tool(ai: Genkit, telemetry: RecordedTelemetry, folder: Path) -> AsyncGenerator[HttpTool]:
    """Version 1; the address is found as tools find it, in *folder*."""
    reflection = Reflection(ai.registry, telemetry)

    def app_of(runtime: Any, runtime_id: str, on_quit: Any) -> ReflectionApp:
        return ReflectionApp(reflection, runtime, ReflectionIdentity(runtime_id), on_quit)

    async with open_runtime(ai.registry, [ReflectionServer(app_of, "127.0.0.1", 0, None)]):
        [file] = (folder / ".genkit" / "runtimes").iterdir()
        url = json.loads(file.read_text())["reflectionServerUrl"]
        client = httpx2.AsyncClient(base_url=url, trust_env=False, timeout=10)
        async with client, trio.open_nursery() as nursery:
            yield HttpTool(client, nursery)
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_socket_tool(ai: Genkit, telemetry: RecordedTelemetry, folder: Path) -> AsyncGenerator[SocketTool]:
    """Version 2."""
    reflection = Reflection(ai.registry, telemetry)
    async with (
        open_tools_server(SocketTool()) as (tool, url),
        open_runtime(ai.registry, [ReflectionClient(reflection, url, None)]),
    ):
        await tool.wait_for(lambda: tool.registrations)
        yield tool


@asynccontextmanager
async def open_tools_server(tool: SocketTool, port: int = 0) -> AsyncGenerator[tuple[SocketTool, str]]:
    """Let *tool* listen; where, is a URL for runtimes."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.errorlog = None
    config.graceful_timeout = 0.1
    config.websocket_max_message_size = 40_000_000
    async with trio.open_nursery() as nursery:
        tool.use(nursery)
        [url] = await nursery.start(partial(serve, tool, config, shutdown_trigger=trio.sleep_forever))
        yield tool, url.replace("http", "ws")
        nursery.cancel_scope.cancel()


async def until(condition: Callable[[], object], quiet: float = 0.005) -> None:
    """Wait until *condition* holds, and look every *quiet* seconds: for what has no event."""
    await trio.sleep(quiet)
    while not condition():  # noqa: ASYNC110  # files, threads and processes have no event
        await trio.sleep(quiet)


OPENERS = {"v1": open_http_tool, "v2": open_socket_tool}
