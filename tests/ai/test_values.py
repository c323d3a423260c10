"""All values of the AI protocol: they round-trip, their schemas are of the dialect, misfits are named."""

import contextlib
import copy
import pickle

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genkit_trio._ai import (
    EmbedResponse,
    EvalFnResponse,
    GenerateActionOptions,
    Media,
    Message,
    ModelRequest,
    ModelResponse,
    Operation,
    Part,
    exports,
)
from genkit_trio._ai.value import WireValue
from genkit_trio._wire import InvalidValue, codec_of, dumps, loads
from genkit_trio._wire.shape import shape_of
from tests.ai.strategies import VALUE_CLASSES, json_values, values_of
from tests.wire.schemas import assert_in_dialect

FEW = settings.default.max_examples // 5
"""Examples for each class, of which there are many."""
every_class = pytest.mark.parametrize("cls", VALUE_CLASSES, ids=lambda cls: cls.__name__)


def test_every_value_is_in_the_tests():
    shown = {getattr(exports, name) for name in exports.__all__}
    wire_values = {each for each in shown if isinstance(each, type) and issubclass(each, WireValue)}
    with_fields_of_the_process = {
        each for each in wire_values if any(not field.metadata.get("wire", True) for field in attrs.fields(each))
    }
    assert wire_values - with_fields_of_the_process <= set(VALUE_CLASSES)


@every_class
@settings(max_examples=FEW)
@given(st.data())
def test_what_is_dumped_loads_to_the_same_value(cls, data):
    value = data.draw(values_of(cls))
    codec = codec_of(cls)
    loaded = codec.load(loads(dumps(codec.dump(value))))
    assert loaded == value
    assert codec.dump(loaded) == codec.dump(value)


@every_class
@settings(max_examples=FEW)
@given(st.data())
def test_any_json_is_a_value_or_refused(cls, data):
    wires = [field.wire for field in shape_of(cls).fields()]
    value = data.draw(st.dictionaries(st.sampled_from([*wires, "future"]), json_values, max_size=4))
    codec = codec_of(cls)
    with contextlib.suppress(InvalidValue):
        loaded = codec.load(value)
        assert codec.load(codec.dump(loaded)) == loaded


@every_class
def test_schemas_keep_to_the_dialect(cls):
    codec_of(cls).check()
    assert_in_dialect(codec_of(cls).schema())


@every_class
@settings(max_examples=3)
@given(st.data())
def test_values_can_be_copied_and_sent_to_other_processes(cls, data):
    value = data.draw(values_of(cls))
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert attrs.evolve(value) == value


MISFITS = [
    (Message, {"role": "user", "content": "hi"}, ["content: expected array, got string"]),
    (Message, {"content": []}, ["role: required field missing"]),
    (
        Message,
        {"role": "robot", "content": [{"text": 1}, [], {"media": {}}]},
        [
            'role: expected "system" or "user" or "model" or "tool"',
            "content.0.text: expected string or null, got integer",
            "content.1: expected object, got array",
            "content.2.media.url: required field missing",
        ],
    ),
    (
        Message,
        {"role": "user", "content": [{"text": "a", "media": {"url": "x"}}]},
        [
            "content.0: a part has one of text, media, toolRequest, toolResponse, reasoning and resource; "
            "this one has several"
        ],
    ),
    (Part, {"toolRequest": {"input": {}}}, ["toolRequest.name: required field missing"]),
    (
        Part,
        {"toolResponse": {"name": "t", "content": [{"toolResponse": {"name": 1}}]}},
        ["toolResponse.content.0.toolResponse.name: expected string, got integer"],
    ),
    (Part, {"metadata": []}, ["metadata: expected object or null, got array"]),
    (Part, None, ["expected object, got null"]),
    (Media, {"url": "x", "contentType": 1}, ["contentType: expected string or null, got integer"]),
    (
        ModelRequest,
        {"messages": [{}], "toolChoice": "maybe", "tools": [{"name": "t", "inputSchema": True}]},
        [
            "messages.0.role: required field missing",
            "messages.0.content: required field missing",
            "tools.0.description: required field missing",
            "tools.0.inputSchema: expected object or null, got boolean",
            'toolChoice: expected "auto" or "required" or "none"',
        ],
    ),
    (
        ModelResponse,
        {"usage": {"inputTokens": "9"}, "error": {}},
        [
            "error.message: required field missing",
            "usage.inputTokens: expected integer or number or null, got string",
        ],
    ),
    (GenerateActionOptions, {}, ["messages: required field missing"]),
    (
        GenerateActionOptions,
        {"messages": [], "maxTurns": True, "resume": {"respond": [{"toolResponse": 1}]}, "use": [{}]},
        [
            "resume.respond.0.toolResponse: expected object or null, got integer",
            "maxTurns: expected integer or number or null, got boolean",
            "use.0.name: required field missing",
        ],
    ),
    (Operation, {"done": 1}, ["id: required field missing", "done: expected boolean or null, got integer"]),
    (
        EmbedResponse,
        {"embeddings": [{"embedding": [1, "2"]}]},
        ["embeddings.0.embedding.1: expected number, got string"],
    ),
    (EvalFnResponse, {"testCaseId": "t", "evaluation": [1]}, ["evaluation.0: expected object, got integer"]),
]


@pytest.mark.parametrize(("cls", "value", "issues"), MISFITS)
def test_a_misfit_is_named_by_its_path(cls, value, issues):
    with pytest.raises(InvalidValue) as caught:
        codec_of(cls).load(value)
    assert list(caught.value.issues) == issues


WIRE = [
    (Message, {"role": "model", "content": [{"text": "hi"}, {"future": {"a": [None]}}], "newer": 1}),
    (Part, {"toolRequest": {"name": "t", "ref": "1", "input": None, "newer": {}}, "metadata": {"interrupt": True}}),
    (Part, {"toolResponse": {"name": "t", "output": None, "content": [{"reasoning": "x"}]}}),
    (Part, {"data": None}),
    (Part, {}),
    (Part, {"text": "a", "data": 1, "custom": {"b": None}}),
    (ModelRequest, {"messages": [], "tools": [], "output": {}, "candidates": 2}),
    (ModelResponse, {"finishReason": "from the future", "usage": {}, "custom": {}, "latencyMs": 1.5, "raw": None}),
    (GenerateActionOptions, {"messages": [], "maxTurns": 5, "output": {"instructions": False, "jsonSchema": {}}}),
    (EvalFnResponse, {"testCaseId": "t", "evaluation": [{"score": True}, {"score": 0.5, "status": "PASS"}]}),
    (EvalFnResponse, {"testCaseId": "t", "evaluation": {"score": "good", "details": {"reasoning": "r", "newer": 1}}}),
    (Operation, {"id": "1", "action": "/background-model/m", "done": True, "output": {"message": None}}),
]


@pytest.mark.parametrize(("cls", "value"), WIRE)
def test_json_of_any_peer_is_written_as_it_was_read(cls, value):
    codec = codec_of(cls)
    assert codec.dump(codec.load(value)) == value


def test_what_is_shown_is_what_is_there():
    message = Message("user", "hi", metadata={"a": 1})
    assert repr(message) == "Message(role=<Role.USER: 'user'>, content=[Part(text='hi')], metadata={'a': 1})"
    assert repr(Part(extra={"future": 1})) == "Part(extra={'future': 1})"
