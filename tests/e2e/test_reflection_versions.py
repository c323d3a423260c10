"""The same list of cases for both versions of the reflection API."""

import time

import pytest
import trio

from genkit_trio._core import current_roots
from tests.e2e.reflected import Stopped, application
from tests.e2e.tools import OPENERS, RecordedTelemetry, Refused, until


class Scene:
    """An application, and a tool that looks at it."""

    def __init__(self, opener, folder):
        self.stopped = Stopped()
        self.release = []
        self.ai = application(self.stopped, self.release)
        self.telemetry = RecordedTelemetry()
        self._opener = opener
        self._folder = folder

    def open(self):
        return self._opener(self.ai, self.telemetry, self._folder)


@pytest.fixture(params=["v1", "v2"])
def scene(request, tmp_path, monkeypatch):
    (tmp_path / "package.json").touch()
    monkeypatch.chdir(tmp_path)
    return Scene(OPENERS[request.param], tmp_path)


@pytest.fixture(autouse=True)
async def in_time():
    with trio.fail_after(30):
        yield


async def test_all_actions_are_listed(scene):
    async with scene.open() as tool:
        actions = await tool.actions()
    assert actions["/flow/greet"] == {
        "key": "/flow/greet",
        "name": "greet",
        "description": "Greet someone by name.",
        "inputSchema": {"type": "string"},
        "outputSchema": {"type": "string"},
    }


async def test_the_default_model_and_middleware_are_listed_and_nothing_else(scene):
    scene.ai.registry.set_value("defaultModel", "defaultModel", {"name": "vendor/small"})
    scene.ai.registry.set_value("secret", "key", "hidden")
    async with scene.open() as tool:
        assert await tool.values("defaultModel") == {"defaultModel": {"name": "vendor/small"}}
        assert await tool.values("middleware") == {}
        with pytest.raises(Refused, match="type: expected one of defaultModel, middleware, got 'secret'"):
            await tool.values("secret")


async def test_a_run_gives_its_output_and_its_trace(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/greet", input="Ada").wait_end()
    assert call.result == {"result": "Hello, Ada! é", "telemetry": {"traceId": call.trace_id}}
    assert scene.telemetry.flushed == [call.trace_id]
    assert len(call.trace_id) == 32


async def test_chunks_arrive_in_order_and_before_the_output(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/count", input=50, stream=True).wait_end()
    assert call.chunks == [{"n": n} for n in range(50)]
    assert call.result == {"result": "done", "telemetry": {"traceId": call.trace_id}}


async def test_chunks_are_not_sent_to_a_tool_that_did_not_ask(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/count", input=3).wait_end()
    assert (call.chunks, call.result["result"]) == ([], "done")


async def test_a_failure_has_its_text_its_stack_and_its_trace(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/fail_late", input="a", stream=True).wait_end()
    assert call.chunks == ["a"]
    assert (call.error["code"], call.error["message"]) == (13, "ValueError: kaboom")
    assert call.error["details"]["traceId"] == call.trace_id
    assert 'raise ValueError("kaboom")' in call.error["details"]["stack"]


async def test_an_unknown_action_is_not_found(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/nobody", input=1).wait_end()
    assert call.error == {"code": 5, "message": "action /flow/nobody not found", "details": {}}


@pytest.mark.parametrize("stream", [False, True])
async def test_an_input_that_does_not_fit_is_an_invalid_argument(scene, stream):
    async with scene.open() as tool:
        call = await tool.start("/flow/greet", input=1, stream=stream).wait_end()
    assert (call.error["code"], call.error["message"]) == (3, "expected string, got integer")


async def test_a_malformed_request_is_an_invalid_argument(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/greet", input="Ada", telemetryLabels=3).wait_end()
    assert call.error == {"code": 3, "message": "telemetryLabels: expected object, got integer", "details": {}}


async def test_context_and_init_reach_the_run(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/caller", context={"auth": {"uid": "1"}}, init={"sessionId": "s"}).wait_end()
        bare = await tool.start("/flow/caller").wait_end()
    assert call.result["result"] == [{"auth": {"uid": "1"}}, {"sessionId": "s"}]
    assert bare.result["result"] == [{}, None]


async def test_labels_become_attributes_of_the_root(scene):
    async with scene.open() as tool:
        call = tool.start("/flow/wait", input="x", telemetryLabels={"batchRun": "L1"})
        await call.wait_trace_id()
        await until(lambda: "nested" in scene.stopped.begun)
        [root] = current_roots().runs
        assert root.attributes == {"batchRun": "L1"}
        assert root.trace_id == call.trace_id
        await tool.cancel(call.trace_id)
        await call.wait_end()


async def test_an_action_that_declares_a_timeout_ends_with_it(scene):
    """C8."""
    async with scene.open() as tool:
        call = await tool.start("/flow/slow").wait_end()
    assert (call.error["code"], call.error["message"]) == (4, "/flow/slow did not finish within its deadline")


async def test_the_trace_is_told_before_the_run_ends_and_cancels_it(scene):
    """C26."""
    async with scene.open() as tool:
        call = tool.start("/flow/wait", input="x", stream=True)
        trace_id = await call.wait_trace_id()
        assert call.error is None
        await until(lambda: "nested" in scene.stopped.begun)
        assert await tool.cancel(trace_id) == "Action cancelled"
        await call.wait_end()
        assert call.error == {"code": 1, "message": "/flow/wait was cancelled", "details": {"traceId": trace_id}}
        with pytest.raises(Refused, match="no run with trace id"):
            await tool.cancel(trace_id)


async def test_cancelling_needs_a_trace_id(scene):
    async with scene.open() as tool:
        with pytest.raises(Refused, match="traceId: expected string, got integer"):
            await tool.cancel(3)


@pytest.mark.extra
async def test_a_cancelled_tree_has_stopped_within_200_ms(scene, tmp_path):
    """C5: nested flows, a worker thread that polls, and a worker process."""
    heart = tmp_path / "heart"
    async with scene.open() as tool:
        call = tool.start("/flow/tree", input=str(heart), stream=True)
        await call.wait_chunks(1)
        await until(lambda: scene.stopped.begun == {"nested", "thread"} and heart.exists())
        cancelled_at, cancelled_clock = time.perf_counter(), time.time()
        await tool.cancel(call.trace_id)
        await call.wait_end()
        await until(lambda: scene.stopped.ended.keys() == {"nested", "thread"}, quiet=0.3)
    assert call.error["code"] == 1
    assert max(scene.stopped.ended.values()) - cancelled_at < 0.2
    assert float(heart.read_text()) - cancelled_clock < 0.2


async def test_a_flow_that_blocks_its_thread_delays_nobody(scene):
    """C19."""
    async with scene.open() as tool:
        call = tool.start("/flow/block")
        trace_id = await call.wait_trace_id()
        with trio.fail_after(2):
            await tool.actions()
            await tool.cancel(trace_id)
            await call.wait_end()
        assert call.error["code"] == 1
        scene.release.append(True)


async def test_a_tool_that_goes_away_cancels_its_run(scene):
    """C21."""
    async with scene.open() as tool:
        call = tool.start("/flow/wait", input="x", stream=True)
        await call.wait_trace_id()
        await until(lambda: "nested" in scene.stopped.begun)
        await call.drop()
        await until(lambda: "nested" in scene.stopped.ended and not current_roots().runs)


async def test_new_runs_are_refused_while_the_runtime_drains(scene):
    """C27."""
    async with scene.open() as tool:
        current_roots().draining = True
        call = await tool.start("/flow/greet", input="Ada").wait_end()
        current_roots().draining = False
    assert (call.error["code"], call.error["message"]) == (14, "/flow/greet was not started: shutting down")


async def test_a_tool_tells_where_telemetry_goes(scene, caplog):
    async with scene.open() as tool:
        await tool.configure(telemetryServerUrl="http://localhost:4099", reflectionApiSpecVersion=2)
        assert scene.telemetry.urls[-1] == "http://localhost:4099"
        await tool.configure(reflectionApiSpecVersion="1")
        assert scene.telemetry.urls[-1] == "http://localhost:4099"
    assert "a tool speaks version '2' of the reflection API, and this is version 1" in caplog.text


async def test_a_large_input_and_output_fit(scene):
    async with scene.open() as tool:
        call = await tool.start("/flow/greet", input="x" * 5_000_000).wait_end()
    assert len(call.result["result"]) == 5_000_010
