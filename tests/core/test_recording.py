"""What a recorder is told of a run: input, output and context as JSON text."""

import json
import math

import pytest
import trio

from genkit_trio import Retry, State, Status, run_step
from genkit_trio._core import current_roots
from genkit_trio._tracing import recording


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self):
        self.started_spans, self.ended_spans = [], []

    def started(self, span):
        self.started_spans.append((span.name, span.state))

    def ended(self, span):
        self.ended_spans.append(span)


@pytest.fixture
async def notes():
    notes = Notes()
    with recording(notes):
        yield notes


async def test_every_span_is_told_when_it_starts_and_ends(ai, notes):
    """C29: runs, attempts and steps."""

    @ai.flow(retry=Retry())
    async def work() -> None:
        await run_step("step", trio.lowlevel.checkpoint)

    await work()
    assert notes.started_spans == [(name, State.RUNNING) for name in ("work", "work attempt 1", "step")]
    assert [span.name for span in notes.ended_spans] == ["step", "work attempt 1", "work"]


async def test_values_are_noted_as_json(ai, notes):
    @ai.flow
    async def double(xs: list[int]) -> list[int]:
        xs *= 2
        return xs

    await double([1, 2])
    assert notes.ended_spans[0].attributes == {"genkit:input": "[1,2]", "genkit:output": "[1,2,1,2]"}


async def test_auth_and_secrets_never_reach_a_span(ai, notes):
    """Auth and secrets of the context never reach spans."""

    @ai.flow
    async def work() -> None:
        pass

    await work(context={"auth": "token", "secrets": {"key": 1}, "user": 7})
    shown = json.loads(notes.ended_spans[0].attributes["genkit:metadata:context"])
    assert shown == {"auth": "<redacted>", "secrets": "<redacted>", "user": 7}


@pytest.mark.parametrize("value", [object(), math.nan, {"x": math.inf}, 1 << 80, "\ud800", [[1j]]])
async def test_a_value_that_is_no_json_disturbs_nobody(ai, notes, value):
    """C2: an in-process call takes and returns any Python value, recorded or not."""

    @ai.flow
    async def same(x):
        return x

    assert await same(value, context={"value": value}) is value
    assert isinstance(json.loads(notes.ended_spans[0].attributes["genkit:output"]), object)
    assert current_roots().runs == set()


async def test_a_failure_has_no_output(ai, notes):
    @ai.flow(retry=Retry(attempts=2, on=(Status.INTERNAL,), backoff=0))
    async def work() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await work()
    assert [span.state for span in notes.ended_spans] == [State.FAILED] * 3
    assert "genkit:output" not in notes.ended_spans[-1].attributes


class Sulky:
    def __repr__(self) -> str:
        raise RuntimeError("not now")


async def test_a_type_without_json_and_a_repr_that_raises_disturb_nobody(ai, notes):
    @ai.flow
    async def same(x: Sulky) -> Sulky:
        return x

    value = Sulky()
    assert await same(value) is value
    assert "Sulky object" in json.loads(notes.ended_spans[0].attributes["genkit:output"])


async def test_a_step_notes_its_arguments_and_its_value(ai, notes):
    async def add(a: int, b: int = 0) -> int:
        return a + b

    assert await run_step("one", add, 1) == 1
    assert await run_step("two", add, 1, 2) == 3
    shown = [(span.attributes["genkit:input"], span.attributes["genkit:output"]) for span in notes.ended_spans]
    assert shown == [("1", "1"), ("[1,2]", "3")]


def test_an_action_whose_types_have_no_json_is_listed_without_schemas(ai):
    @ai.flow
    async def same(x: Sulky) -> str:
        return str(x)

    assert same.describe().keys() == {"key", "name", "outputSchema"}
