"""Genkit's command line tool and its tools server, as they are on npm, with an application of ours."""

import json
import re
import subprocess
import time

import pytest

from tests.compat.genkit_project import Project, ToolsServer, free_port, until


@pytest.fixture
def project(tmp_path, node_modules):
    return Project(tmp_path, node_modules)


@pytest.fixture(scope="module", params=["v1", "v2"])
def dev(request, tmp_path_factory, node_modules):
    """A project in which ``genkit start`` is running, by either version of the reflection API, and its server."""
    project = Project(tmp_path_factory.mktemp("project"), node_modules)
    with project.developed(*(["--experimental-reflection-v2"] if request.param == "v2" else [])) as server:
        yield project, server


def test_the_application_is_discovered_within_three_seconds(project):
    port = free_port()
    with project.started("start", "-p", str(port), "--", *project.app), ToolsServer.at(port) as server:
        until(lambda: "began" in project.log())
        began = time.time()
        until(server.actions)
        assert time.time() - began < 3
        [file] = project.runtime_files()
        assert file["genkitVersion"].startswith("py/")
    project.until_forgotten()


def test_all_actions_are_listed(dev):
    _, server = dev
    actions = server.query("listActions")
    assert {"/flow/greet", "/model/scripted", "/evaluator/exact"} <= actions.keys()
    assert actions["/flow/greet"]["description"] == "Greet someone by name."
    assert server.query("listValues", type="defaultModel") == {}


def test_a_flow_runs_and_streams(dev):
    _, server = dev
    answer = server.client.post("/runAction", json={"key": "/flow/greet", "input": "Ada"})
    assert answer.json()["result"] == "Hello, Ada! é"
    assert answer.json()["telemetry"]["traceId"] == answer.headers["x-genkit-trace-id"]
    stream = server.client.post("/streamAction", json={"key": "/flow/countdown", "input": 2})
    *chunks, final = stream.text.split("\n")
    assert (chunks, json.loads(final)["result"]) == (["2", "1"], "liftoff")


def test_the_trace_of_a_nested_flow_is_complete(dev):
    _, server = dev
    answer = server.client.post("/runAction", json={"key": "/flow/outer", "input": "Ada"}).json()
    assert answer["result"] == "Hello, Ada!"
    spans = until(lambda: _if(len(found := server.trace(answer["telemetry"]["traceId"])) == 4, found))
    assert spans.keys() == {"outer", "greet", "polish", "scripted"}
    for span in spans.values():
        assert span["endTime"] >= span["startTime"] > 0
        assert span["attributes"]["genkit:state"] == "success"
    shown = {name: span["attributes"] for name, span in spans.items()}
    assert shown["outer"]["genkit:input"] == '"Ada"'
    assert shown["outer"]["genkit:output"] == '"Hello, Ada!"'
    assert shown["greet"]["genkit:path"] == "/{outer,t:flow}/{greet,t:flow}"
    assert shown["polish"]["genkit:path"] == "/{outer,t:flow}/{polish,t:flowStep}"
    assert shown["scripted"]["genkit:path"] == "/{outer,t:flow}/{scripted,t:action,s:model}"
    assert spans["polish"]["parentSpanId"] == spans["outer"]["spanId"]
    assert "parentSpanId" not in spans["outer"]


def test_a_running_flow_is_seen_and_cancelled(dev):
    _, server = dev
    with server.client.stream("POST", "/streamAction", json={"key": "/flow/forever"}) as stream:
        lines = stream.iter_lines()
        assert json.loads(next(lines)) == "begun"
        trace_id = stream.headers["x-genkit-trace-id"]
        spans = until(lambda: _if("forever" in (found := server.trace(trace_id)), found))
        assert spans["forever"]["endTime"] == 0
        began = time.monotonic()
        assert server.mutate("cancelAction", traceId=trace_id) == {"message": "Action cancelled"}
        final = json.loads("".join(lines))
        assert time.monotonic() - began < 2
    assert "was cancelled" in json.dumps(final["error"])
    ended = until(lambda: _if((found := server.trace(trace_id))["endless"]["endTime"] > 0, found))
    assert {span["attributes"]["genkit:state"] for span in ended.values()} == {"error"}
    # Nothing of it has hurt the tool.
    assert server.actions()


def test_all_that_runs_below_a_cancelled_flow_stops_within_200_ms(dev):
    """C5: nested flow, worker thread that polls, worker process; the caller is told code 1."""
    project, server = dev
    with server.client.stream("POST", "/streamAction", json={"key": "/flow/everything"}) as stream:
        lines = stream.iter_lines()
        assert json.loads(next(lines)) == "begun"
        until(lambda: "the process is busy" in project.log())
        asked = time.time()
        server.mutate("cancelAction", traceId=stream.headers["x-genkit-trace-id"])
        assert json.loads("".join(lines))["error"]["code"] == 1
    left = until(lambda: _if(len(found := re.findall(r"left (\w+) ([\d.]+)", project.log())) == 3, dict(found)))
    assert {what: float(at) - asked < 0.2 for what, at in left.items()} == dict.fromkeys(left, True)
    assert server.actions()


def test_a_blocked_thread_delays_nobody(dev):
    _, server = dev
    with server.client.stream("POST", "/runAction", json={"key": "/flow/blocking", "input": 1.5}) as answer:
        began = time.monotonic()
        assert server.actions()
        server.mutate("cancelAction", traceId=answer.headers["x-genkit-trace-id"])
        assert time.monotonic() - began < 1


def test_traces_and_logs_are_printed(dev):
    project, server = dev
    trace_id = server.client.post("/runAction", json={"key": "/flow/greet", "input": "log"}).json()["telemetry"][
        "traceId"
    ]
    project.env["GENKIT_TELEMETRY_SERVER"] = _telemetry_of(project)
    assert trace_id in until(lambda: _if(trace_id in (text := project.genkit("trace:list")), text))
    assert "greet" in project.genkit("trace:get", trace_id)
    assert "greeting log" in until(lambda: _if("greeting log" in (text := project.genkit("log:list")), text))


@pytest.mark.parametrize("attached", [True, False], ids=["attached", "spawned"])
def test_flows_are_run_from_the_command_line(project, attached, dev_v1):
    if attached:
        project, tail = dev_v1, ()
    else:
        tail = ("--", *project.app)
    assert "Hello, Ada! é" in project.genkit("flow:run", "greet", '"Ada"', *tail)
    lines = project.genkit("flow:run", "countdown", "2", "-s", *tail).splitlines()
    assert [line for line in lines if line in {"2", "1", "liftoff"}] == ["2", "1", "liftoff"]
    assert "u1" in project.genkit("flow:run", "caller", "-c", '{"auth":{"uid":"u1"}}', *tail)
    failed = project.genkit("flow:run", "boom", "7", *tail)
    assert "Code: 5" in failed
    assert "Message: no 7 here" in failed
    assert "Trace ID: " in failed
    assert "action /flow/nobody not found" in project.genkit("flow:run", "nobody", "1", *tail)
    assert "Code: 3" in project.genkit("flow:run", "greet", "1", *tail)


@pytest.fixture
def dev_v1(tmp_path_factory, node_modules):
    project = Project(tmp_path_factory.mktemp("attached"), node_modules)
    with project.started("start", "--noui", "--", *project.app):
        until(project.runtime_files)
        yield project


def test_a_batch_of_flows_is_run(project):
    (project.folder / "in.json").write_text('["Ada", "Bob"]')
    args = ("in.json", "--label", "L1", "--output", "out.json")
    project.genkit("flow:batchRun", "greet", *args, "--", *project.app)
    rows = json.loads((project.folder / "out.json").read_text())
    assert [row["output"] for row in rows] == ["Hello, Ada! é", "Hello, Bob! é"]


def test_a_data_set_is_evaluated(project):
    cases = [{"testCaseId": "1", "output": "x", "reference": "x"}, {"testCaseId": "2", "output": "x", "reference": "y"}]
    (project.folder / "in.json").write_text(json.dumps([{**case, "input": "Ada"} for case in cases]))
    args = ("in.json", "--evaluators", "exact", "--output", "out.json")
    project.genkit("eval:run", *args, "--", *project.app)
    rows = json.loads((project.folder / "out.json").read_text())
    assert [row["metrics"] for row in rows] == [
        [{"evaluator": "/evaluator/exact", "score": True}],
        [{"evaluator": "/evaluator/exact", "score": False}],
    ]


def test_a_flow_is_evaluated(project):
    (project.folder / "in.json").write_text('[{"testCaseId": "1", "input": "Ada", "reference": "Hello, Ada! é"}]')
    args = ("--input", "in.json", "--evaluators", "exact", "--output", "out.json")
    project.genkit("eval:flow", "greet", *args, "--", *project.app)
    [row] = json.loads((project.folder / "out.json").read_text())
    assert row["output"] == "Hello, Ada! é"
    assert row["metrics"] == [{"evaluator": "/evaluator/exact", "score": True}]
    assert len(row["traceIds"]) == 1


def test_a_model_passes_the_conformance_tests(project):
    text = project.genkit(
        "dev:test-model", "scripted", "--supports", "multiturn,streaming-multiturn", "--", *project.app
    )
    assert "Tests Completed: 2 Passed, 0 Failed" in text


def test_an_assistant_lists_and_runs_flows(project):
    with project.started("mcp", stdin=subprocess.PIPE) as process:
        assistant = _Assistant(process)
        assistant.ask(
            "initialize",
            protocolVersion="2024-11-05",
            capabilities={},
            clientInfo={"name": "test", "version": "1"},
        )
        assistant.tell("notifications/initialized")
        command, *args = project.app
        assistant.use("start_runtime", command=command, args=args)
        assert "greet" in assistant.use("list_flows")
        assert "Hello, Ada!" in assistant.use("run_flow", flowName="greet", input='"Ada"')
        assistant.use("kill_runtime")
    project.until_forgotten()


class _Assistant:
    """The other side of the tool's MCP server."""

    def __init__(self, process):
        self._process = process
        self._number = 0

    def tell(self, method, **message):
        line = json.dumps({"jsonrpc": "2.0", "method": method, **message})
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def ask(self, method, **params):
        self._number += 1
        self.tell(method, id=self._number, params=params)
        while (message := json.loads(self._process.stdout.readline())).get("id") != self._number:
            pass
        return message["result"]

    def use(self, tool, **arguments):
        return json.dumps(self.ask("tools/call", name=tool, arguments=arguments))


def _telemetry_of(project):
    [line] = [line for line in project.log().splitlines() if line.startswith("Telemetry API running on ")]
    return line.rpartition(" ")[2]


def _if(condition, value):
    return value if condition else None
