"""What only reflection v2 has; what both versions do is in ``tests/e2e/test_reflection_versions.py``."""

import os
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._client import ReflectionClient, reflection_v2
from genkit_trio._client.session import Disconnected
from genkit_trio._runtime import GENKIT_VERSION, Reflection, open_runtime
from tests.e2e.tools import RecordedTelemetry, SocketTool, open_socket_tool, open_tools_server, until


def application() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def greet(name: str = "nobody") -> str:
        return f"Hello, {name}!"

    return ai


@pytest.fixture(autouse=True)
async def in_time():
    with trio.fail_after(20):
        yield


def client_of(ai: Genkit, url: str, runtime_id: str | None = None) -> ReflectionClient:
    return ReflectionClient(Reflection(ai.registry, RecordedTelemetry()), url, runtime_id)


async def test_the_runtime_registers_and_takes_over_the_telemetry_server(tmp_path):
    telemetry = RecordedTelemetry()
    async with open_socket_tool(application(), telemetry, tmp_path) as tool:
        await tool.actions()
    [registration] = tool.registrations
    assert registration.pop("id").startswith(str(os.getpid()))
    assert registration == {
        "pid": os.getpid(),
        "genkitVersion": GENKIT_VERSION,
        "reflectionApiSpecVersion": 1,
        "envs": ["dev"],
    }
    assert telemetry.urls == ["http://127.0.0.1:4033"]
    assert list(tmp_path.iterdir()) == []


async def test_two_runtimes_of_a_process_have_different_ids():
    async with (
        open_tools_server(SocketTool()) as (tool, url),
        open_runtime(application().registry, [client_of(application(), url)]),
        open_runtime(application().registry, [client_of(application(), url)]),
    ):
        await tool.wait_for(lambda: len(tool.registrations) == 2)
    first, second = (registration["id"] for registration in tool.registrations)
    assert first != second


async def test_the_runtime_has_the_id_that_the_environment_gives():
    async with (
        open_tools_server(SocketTool()) as (tool, url),
        open_runtime(application().registry, [client_of(application(), url, "mine")]),
    ):
        await tool.wait_for(lambda: tool.registrations)
    assert tool.registrations[0]["id"] == "mine"


async def test_a_tools_server_that_drops_and_returns_finds_the_runtime_again():
    ai = application()
    tool = SocketTool()
    async with open_tools_server(tool) as (_, url):
        port = int(url.rpartition(":")[2])
    async with open_runtime(ai.registry, [client_of(ai, url)]):
        for _ in range(2):
            tool = SocketTool()
            async with open_tools_server(tool, port):
                await tool.wait_for(lambda tool=tool: tool.registrations)
                call = await tool.start("/flow/greet", input="Ada").wait_end()
                assert call.result["result"] == "Hello, Ada!"
                await tool.drop()
                await tool.wait_for(lambda tool=tool: len(tool.registrations) == 2)
                assert tool.registrations[0] == tool.registrations[1]


async def test_the_pauses_between_attempts_grow_up_to_five_seconds(monkeypatch, autojump_clock, caplog):
    attempts = []

    @asynccontextmanager
    async def fail(url):
        attempts.append(trio.current_time())
        if len(attempts) == 8:
            yield Dropped()
        raise Disconnected("nobody there")

    class Dropped:
        async def receive(self):
            raise Disconnected("gone")

        async def send(self, text):
            await trio.lowlevel.checkpoint()

    monkeypatch.setattr(reflection_v2, "_open_socket", fail)
    ai = application()
    with trio.move_on_after(1000):
        async with open_runtime(ai.registry, [client_of(ai, "ws://localhost:3200")]):
            await until(lambda: len(attempts) == 10, quiet=0.1)
    pauses = [round(later - earlier, 3) for earlier, later in pairwise(attempts)]
    assert pauses == [0.5, 1, 2, 4, 5, 5, 5, 0.5, 1]
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said == [
        "not connected to the tools server at ws://localhost:3200: nobody there; trying again",
        "not connected to the tools server at ws://localhost:3200: gone; trying again",
    ]


@pytest.mark.parametrize("url", ["http://localhost:3200", "localhost", "ws://a\nb"])
async def test_a_server_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="GENKIT_REFLECTION_V2_SERVER is a ws:// URL"):
        client_of(application(), url)


@pytest.mark.parametrize(
    ("message", "code", "said"),
    [
        ({"jsonrpc": "2.0", "id": "x", "method": "nothing"}, -32601, "there is no method 'nothing'"),
        ({"jsonrpc": "2.0", "id": "x", "method": "listValues"}, -32602, "body: expected object, got nothing"),
        (
            {"jsonrpc": "2.0", "id": "x", "method": "cancelAction", "params": {}},
            -32602,
            "traceId: required field missing",
        ),
        (
            {"jsonrpc": "2.0", "id": "x", "method": "runAction", "params": {"key": "x"}},
            -32602,
            "action key 'x' is malf",
        ),
        ({"jsonrpc": "2.0", "id": "x", "method": 3}, -32600, "method: expected string, got integer"),
        (
            {"jsonrpc": "2.0", "id": "x", "method": "listActions", "params": 3},
            -32602,
            "params: expected object or array",
        ),
    ],
)
async def test_a_request_that_cannot_be_met_is_answered(tmp_path, message, code, said):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        await tool.tell(message)
        await tool.wait_for(lambda: tool.answers)
        error = tool.answers["x"]["error"]
    assert error["code"] == code
    assert error["message"].startswith(said)


async def test_what_is_no_message_hurts_nobody(tmp_path, caplog):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        for text in ("", "{", "[" * 10_000, "[]", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","method":"configure"}'):
            await tool.tell(text)
        for method, params in (
            ("nothing", {}),
            ("configure", [1]),
            ("configure", {"telemetryServerUrl": "x"}),
            ("endInputStream", {}),
            ("sendInputStreamChunk", {"requestId": "nobody's", "chunk": 1}),
            ("endInputStream", {"requestId": "nobody's"}),
        ):
            await tool.tell({"jsonrpc": "2.0", "method": method, "params": params})
        assert "/flow/greet" in await tool.actions()
    assert caplog.text.count("a tools server sent what is no message: ") == 6
    assert caplog.text.count("a tools server sent what does not fit ") == 3


async def test_a_number_is_an_id_too(tmp_path):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        await tool.tell({"jsonrpc": "2.0", "id": 7, "method": "listActions"})
        await tool.wait_for(lambda: tool.answers)
        assert "/flow/greet" in tool.answers[7]["result"]["actions"]


async def test_a_refused_registration_is_said(caplog):
    tool = SocketTool()

    async def refuse(message):
        if "result" in message:
            del message["result"]
            message["error"] = {"code": -32000, "message": "no\n"}
        await tell(message)

    tell, tool.tell = tool.tell, refuse
    ai = application()
    async with open_tools_server(tool) as (_, url), open_runtime(ai.registry, [client_of(ai, url)]):
        await tool.wait_for(lambda: tool.registrations)
        await tool.actions()
    assert r"a tools server refused the registration: 'no\n'" in caplog.text


async def test_the_first_turn_of_an_input_stream_is_the_input(tmp_path):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        call = tool.start("/flow/greet", stream_input=True)
        # The pages of tools send the first turn when they know the trace.
        await call.wait_trace_id()
        for turn in ("Ada", "Bob"):
            await tool.tell(_turn("1", turn))
        assert (await call.wait_end()).result["result"] == "Hello, Ada!"


async def test_an_input_stream_that_ends_without_a_turn_is_no_input(tmp_path):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        call = tool.start("/flow/greet", stream_input=True)
        await call.wait_trace_id()
        await tool.tell({"jsonrpc": "2.0", "method": "endInputStream", "params": {"requestId": "1"}})
        assert (await call.wait_end()).result["result"] == "Hello, nobody!"


async def test_a_turn_that_does_not_fit_is_an_invalid_argument(tmp_path):
    async with open_socket_tool(application(), RecordedTelemetry(), tmp_path) as tool:
        call = tool.start("/flow/greet", stream_input=True)
        await call.wait_trace_id()
        await tool.tell(_turn("1", 3))
        assert (await call.wait_end()).error["code"] == 3


async def test_a_detached_run_goes_on_without_its_tool(tmp_path):
    """C21."""
    ai = application()
    release, done = trio.Event(), trio.Event()

    @ai.flow(on_disconnect="detach", timeout=60)
    async def detached() -> None:
        await release.wait()
        done.set()

    async with open_socket_tool(ai, RecordedTelemetry(), tmp_path) as tool:
        call = tool.start("/flow/detached")
        await call.wait_trace_id()
        await tool.drop()
        await tool.wait_for(lambda: len(tool.registrations) == 2)
        release.set()
        await done.wait()


def _turn(request_id: str, chunk: object) -> dict[str, object]:
    params = {"requestId": request_id, "chunk": chunk}
    return {"jsonrpc": "2.0", "method": "sendInputStreamChunk", "params": params}
