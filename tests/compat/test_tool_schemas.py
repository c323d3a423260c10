"""Every JSON document that tools receive fits the schemas in Genkit's own package."""

import json
import pathlib
import subprocess

import httpx2
import pytest
import trio

from genkit_trio import run_all, run_step
from genkit_trio._tracing import SpanExporter
from tests.compat.genkit_project import node
from tests.e2e.reflected import Stopped, application
from tests.e2e.tools import RecordedTelemetry, Refused, open_http_tool, open_socket_tool

CHECK = pathlib.Path(__file__).with_name("zod_check.mjs")
RESULTS = {
    "actions": "ReflectionListActionsResponseSchema",
    "values": "ReflectionListValuesResponseSchema",
    "message": "ReflectionCancelActionResponseSchema",
    "telemetry": "RunActionResponseSchema",
}
PARAMS = {
    "register": "ReflectionRegisterParamsSchema",
    "runActionState": "ReflectionRunActionStateParamsSchema",
    "streamChunk": "ReflectionStreamChunkParamsSchema",
}


def complaints(documents: list[tuple[str, object]]) -> list[str]:
    """Return what the schemas say against the documents."""
    text = json.dumps([{"schema": schema, "value": value} for schema, value in documents])
    done = subprocess.run([node(), CHECK], input=text.encode(), capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


def document_of(text: str) -> tuple[str, object]:
    """Return the schema and the value of one message to a tools server."""
    message = json.loads(text)
    if "method" in message:
        return PARAMS[message["method"]], message["params"]
    if "error" in message:
        return "StatusSchema", message["error"]["data"]
    [schema] = [RESULTS[name] for name in RESULTS if name in message["result"]]
    return schema, message["result"]


async def use(tool) -> list[object]:
    """Ask for everything, and return what was given where it is the same in both versions."""
    seen = [await tool.actions(), await tool.values("defaultModel"), await tool.values("middleware")]
    for request in (
        {"key": "/flow/greet", "input": "Ada"},
        {"key": "/flow/greet", "input": 1},
        {"key": "/flow/nobody"},
        {"key": "/flow/count", "input": 2, "stream": True},
        {"key": "/flow/fail_late", "input": "a", "stream": True},
        {"key": "/flow/slow"},
    ):
        call = await tool.start(**request).wait_end()
        seen.append(call.error or call.result)
    call = tool.start("/flow/wait", input="x", stream=True)
    await tool.cancel(await call.wait_trace_id())
    seen.append((await call.wait_end()).error)
    with pytest.raises(Refused):
        await tool.cancel(call.trace_id)
    return seen


async def test_what_goes_to_a_tools_server_fits(node_modules, tmp_path):
    ai = application(Stopped(), [])
    async with open_socket_tool(ai, RecordedTelemetry(), tmp_path) as tool:
        await use(tool)
        documents = [document_of(text) for text in tool.raw]
    assert {schema for schema, _ in documents} == {*PARAMS.values(), *RESULTS.values(), "StatusSchema"}
    assert complaints(documents) == []


async def test_what_a_tool_reads_by_http_fits(node_modules, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ai = application(Stopped(), [])
    async with open_http_tool(ai, RecordedTelemetry(), tmp_path) as tool:
        actions, *values = (await use(tool))[:3]
        ended = (await use(tool))[3:]
    documents = [("ReflectionListActionsResponseSchema", {"actions": actions})]
    documents += [("ReflectionListValuesResponseSchema", {"values": each}) for each in values]
    documents += [("StatusSchema" if "code" in each else "RunActionResponseSchema", each) for each in ended]
    assert complaints(documents) == []


async def test_what_goes_to_a_telemetry_server_fits(node_modules):
    posted = []

    def take(request: httpx2.Request) -> httpx2.Response:
        posted.append((request.url.path, json.loads(request.content)))
        return httpx2.Response(200)

    ai = application(Stopped(), [])

    @ai.flow
    async def everything() -> None:
        async def step() -> None:
            with pytest.raises(Exception, match="kaboom"):
                await ai.registry.get(fail_late)("a")

        fail_late = next(action.key for action in ai.registry.actions() if action.name == "fail_late")
        await run_step("step", step)

        async def endless() -> None:
            await inner("x")

        async def fail() -> None:
            await trio.lowlevel.checkpoint()
            raise ValueError("sibling")

        inner = next(action for action in ai.registry.actions() if action.name == "inner")
        await run_all(endless, fail)

    exporter = SpanExporter("http://telemetry", realtime=True, transport=httpx2.MockTransport(take))
    async with trio.open_nursery() as nursery:
        await nursery.start(exporter, None)
        with pytest.raises(ValueError, match="sibling"):
            await everything(context={"auth": {"uid": "1"}})
        nursery.cancel_scope.cancel()
    traces = [("TraceDataSchema", body) for path, body in posted if path == "/api/traces"]
    states = {span["displayName"] for _, body in traces for span in body["spans"].values()}
    assert states == {"everything", "step", "fail_late", "inner"}
    assert complaints(traces) == []
