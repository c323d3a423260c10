"""Models, prompts, tools and evaluators of ours, in the hands of Genkit's command line tool and its tools server."""

import json
import pathlib

import pytest

from tests.compat.genkit_project import Project, until

APP = pathlib.Path(__file__).with_name("assisting.py")
USER = {"role": "user", "content": [{"text": "hi"}]}
KEYS = {
    "/background-model/painter",
    "/cancel-operation/painter/cancel",
    "/check-operation/painter/check",
    "/dynamic-action-provider/far",
    "/dynamic-action-provider/far:tool/distance",
    "/embedder/lengths",
    "/evaluator/grounded",
    "/evaluator/short",
    "/executable-prompt/ask",
    "/executable-prompt/greet",
    "/flow/answer",
    "/indexer/shelf",
    "/model/ruled",
    "/prompt/ask",
    "/prompt/greet",
    "/reranker/shortest",
    "/resource/page",
    "/retriever/shelf",
    "/tool.v2/travel",
    "/tool.v2/weather",
    "/tool/travel",
    "/tool/weather",
    "/util/generate",
}


@pytest.fixture
def project(tmp_path, node_modules):
    return Project(tmp_path, node_modules, APP)


@pytest.fixture(scope="module", params=["v1", "v2"])
def server(request, tmp_path_factory, node_modules):
    """The tools server, with the application behind either version of the reflection API."""
    project = Project(tmp_path_factory.mktemp("project"), node_modules, APP)
    with project.developed(*(["--experimental-reflection-v2"] if request.param == "v2" else [])) as server:
        yield server


def test_every_kind_is_listed(server):
    actions = server.actions()
    assert actions.keys() == KEYS
    assert actions["/model/ruled"]["metadata"]["model"]["label"] == "Ruled"
    assert actions["/evaluator/short"]["metadata"]["evaluator"]["evaluatorDisplayName"] == "Short"
    assert actions["/prompt/ask"]["description"] == "Asks from a file."
    assert actions["/tool/weather"]["inputSchema"]["required"] == ["location"]
    assert server.query("listValues", type="middleware")["retry"]["configSchema"]["type"] == "object"
    assert server.query("listValues", type="defaultModel")["defaultModel"]["name"] == "ruled"


def test_a_prompt_is_rendered_and_what_it_renders_is_generated(server):
    rendered = server.run("/executable-prompt/greet", {"location": "Oslo"})
    assert rendered["messages"] == [{"role": "user", "content": [{"text": "Hello, Oslo!"}]}]
    assert rendered["config"] == {"temperature": 0.5}
    answer = server.run("/util/generate", {**rendered, "model": "ruled"})
    assert answer["message"]["content"][0]["text"] == "Hello, Oslo!"
    request = server.run("/prompt/ask", {"name": "Ada"})
    assert [message["content"][0]["text"] for message in request["messages"]] == ["Be kind.", "I am Ada."]


def test_a_generation_is_streamed_over_its_turns(server):
    chunks, answer = server.stream("/util/generate", {"messages": [USER], "tools": ["weather", "far:tool/distance"]})
    told = [(chunk["role"], chunk["index"], next(iter(chunk["content"][0]))) for chunk in chunks]
    assert told == [("model", 0, "toolRequest"), ("tool", 1, "toolResponse"), ("model", 2, "text")]
    assert answer["message"]["content"] == [{"text": 'The tools say ["rain in Oslo"].'}]
    assert [message["role"] for message in answer["request"]["messages"]] == ["user", "model", "tool"]


def test_an_interrupted_generation_goes_on_when_it_is_answered_or_restarted(server):
    asked = {"messages": [USER], "tools": ["travel"]}
    answer = server.run("/util/generate", asked)
    assert answer["finishReason"] == "interrupted"
    [part] = answer["message"]["content"]
    assert part["metadata"] == {"interrupt": {"to": "Oslo"}}
    messages = [*answer["request"]["messages"], answer["message"]]
    respond = {"toolResponse": {"name": "travel", "ref": "1", "output": "no"}}
    restart = {**part, "metadata": {"resumed": True}}
    for how, said in (({"respond": [respond]}, "no"), ({"restart": [restart]}, "arrived in Oslo")):
        resumed = server.run("/util/generate", {**asked, "messages": messages, "resume": how})
        assert resumed["message"]["content"] == [{"text": f'The tools say ["{said}"].'}]


def test_work_in_the_background_is_started_and_asked_after(server):
    operation = server.run("/util/generate", {"model": "painter", "messages": [USER]})["operation"]
    assert operation == {"id": "7", "done": False, "action": "/background-model/painter"}
    done = server.run("/check-operation/painter/check", operation)
    assert done["output"]["message"]["content"] == [{"text": "painted"}]
    assert server.run("/cancel-operation/painter/cancel", operation)["done"] is True


def test_what_is_retrieved_is_embedded_ranked_and_read(server):
    query = {"content": [{"text": "ferry"}]}
    [document] = server.run("/retriever/shelf", {"query": query})["documents"]
    assert server.run("/embedder/lengths", {"input": [document]}) == {"embeddings": [{"embedding": [25]}]}
    ranked = server.run("/reranker/shortest", {"query": query, "documents": [document, query]})["documents"]
    assert [each["metadata"]["score"] for each in ranked] == [1 / 6, 1 / 26]
    assert server.run("/resource/page", {"uri": "shelf://7"})["content"][0]["text"] == "page 7"
    assert server.run("/tool.v2/weather", {"location": "Bergen"}) == {"output": "rain in Bergen"}
    assert [each["name"] for each in server.run("/dynamic-action-provider/far", None)] == ["distance"]


def test_the_trace_of_a_generation_shows_model_and_tool(server):
    asked = {"key": "/util/generate", "input": {"messages": [USER], "tools": ["weather"]}}
    answer = server.client.post("/runAction", json=asked).json()
    spans = until(lambda: len(found := server.trace(answer["telemetry"]["traceId"])) >= 3 and found)
    kinds = {name: span["attributes"].get("genkit:metadata:subtype") for name, span in spans.items()}
    assert kinds["ruled"] == "model"
    assert kinds["weather"] in {"tool", "tool.v2"}


def test_a_prompt_is_evaluated(server):
    run = server.mutate(
        "runNewEvaluation",
        dataSource={"data": [{"testCaseId": "1", "input": {"location": "Oslo"}}]},
        actionRef="/executable-prompt/greet",
        evaluators=["/evaluator/short"],
        options={"actionConfig": {"model": "/model/ruled"}},
    )
    [summary] = run["metricSummaries"]
    assert summary["evaluator"] == "/evaluator/short"
    assert summary["testCaseCount"] == 1
    assert summary.get("errorCount", 0) == 0


def test_a_flow_that_retrieves_is_evaluated(project):
    (project.folder / "in.json").write_text('[{"testCaseId": "1", "input": "When leaves the ferry"}]')
    args = ("--input", "in.json", "--evaluators", "short,grounded", "--output", "out.json")
    project.genkit("eval:flow", "answer", *args, "--", *project.app)
    [row] = json.loads((project.folder / "out.json").read_text())
    # What the tool took from the spans of the retriever.
    assert row["context"] == ["The ferry leaves at nine."]
    scores = {metric["evaluator"]: metric["score"] for metric in row["metrics"]}
    assert scores == {"/evaluator/short": False, "/evaluator/grounded": 1}


def test_a_case_that_cannot_be_scored_fails_alone(project):
    cases = [{"testCaseId": "1", "output": "x"}, {"testCaseId": "2", "output": 5}]
    (project.folder / "in.json").write_text(json.dumps([{**case, "input": "?"} for case in cases]))
    args = ("in.json", "--evaluators", "short", "--output", "out.json")
    project.genkit("eval:run", *args, "--", *project.app)
    good, bad = json.loads((project.folder / "out.json").read_text())
    assert good["metrics"][0]["score"] is True
    assert "Evaluation of test case 2 failed" in bad["metrics"][0]["error"]


def test_a_model_passes_all_tests_that_the_tool_has_by_default(project):
    text = project.genkit("dev:test-model", "ruled", "--", *project.app)
    assert "Tests Completed: 9 Passed, 0 Failed" in text
