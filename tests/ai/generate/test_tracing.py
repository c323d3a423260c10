"""What the trace shows of a generation, and how it is cancelled by it."""

import json

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._ai import Part
from genkit_trio._tracing import recording
from genkit_trio.testing import scripted_model
from tests.e2e.tools import OPENERS, RecordedTelemetry


class Spans(list):
    """The spans that have ended."""

    def started(self, span):
        """Do nothing."""

    def ended(self, span):
        self.append(span)

    @property
    def shown(self):
        return [(span.name, span.span_type, span.subtype, span.parent and span.parent.name) for span in self]


def asking(name):
    return [Part.from_tool_request(name, ref="1")]


@pytest.fixture
def ai():
    ai = Genkit()

    @ai.tool
    async def work() -> str:
        return "worked"

    return ai


@pytest.mark.parametrize("step", [None, "plan"])
async def test_further_turns_are_spans_below_the_first(ai, step):
    options = {} if step is None else {"step_name": step}
    name = step or "generate"
    model = scripted_model(asking("work"), asking("work"), "done")
    spans = Spans()
    with recording(spans):
        await ai.generate(model=model, prompt="hi", tools=["work"], **options)
    assert spans.shown == [
        ("scripted", "action", "model", name),
        ("work", "action", "tool", name),
        ("scripted", "action", "model", name),
        ("work", "action", "tool", name),
        (name, "util", "", name),
        ("scripted", "action", "model", name),
        (name, "util", "", name),
        (name, "action", "util", None),
    ]


async def test_the_spans_have_what_went_in_and_out(ai):
    model = scripted_model(asking("work"), "done")
    spans = Spans()
    with recording(spans):
        await ai.generate(model=model, prompt="hi", tools=["work"])
    *_, turn, whole = spans
    assert json.loads(turn.attributes["genkit:input"])["messages"][2]["role"] == "tool"
    asked = json.loads(whole.attributes["genkit:input"])
    assert asked == {
        "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "model": "scripted",
        "tools": ["work"],
    }
    assert json.loads(whole.attributes["genkit:output"])["message"]["content"] == [{"text": "done"}]
    assert json.loads(turn.attributes["genkit:output"])["message"]["content"] == [{"text": "done"}]


@pytest.mark.io
@pytest.mark.parametrize("version", OPENERS)
async def test_a_tool_cancels_a_generation_by_its_trace(version, tmp_path, monkeypatch):
    """C26."""
    (tmp_path / "package.json").touch()
    monkeypatch.chdir(tmp_path)
    ai, ended = Genkit(), []

    @ai.tool
    async def wait() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("tool")

    ai.register(scripted_model(asking("wait")))
    given = {"model": "scripted", "messages": [], "tools": ["wait"]}
    with trio.fail_after(30):
        async with OPENERS[version](ai, RecordedTelemetry(), tmp_path) as developer:
            call = developer.start("/util/generate", input=given)
            await developer.cancel(await call.wait_trace_id())
            await call.wait_end()
    assert call.error["code"] == 1
