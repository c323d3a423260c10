"""Requests to models that cannot do all of them."""

import attrs
import pytest

from genkit_trio._ai import (
    Constrained,
    Document,
    Message,
    ModelInfo,
    ModelRequest,
    OutputConfig,
    Part,
    Role,
    Supports,
    ToolDefinition,
)
from genkit_trio._ai.generate.augment import PREFACE, request_for, with_documents

DOCS = [Document("d0"), Document("d1", {"ref": "R"}), Document("d2", {"id": "I"}), Document("d3", {"other": 1})]
RENDERED = PREFACE + "- [0]: d0\n- [R]: d1\n- [I]: d2\n- [3]: d3\n\n"
CONTEXT = Part(RENDERED, metadata={"purpose": "context"})
PENDING = Part("", metadata={"purpose": "context", "pending": True})
SCHEMA = {"type": "object"}
FORM = OutputConfig(format="json", schema=SCHEMA, constrained=True, content_type="application/json")
TOOL = ToolDefinition(name="t", description="")


def user(*content):
    return Message(Role.USER, list(content))


@pytest.mark.parametrize(
    ("messages", "changed"),
    [
        ([user("hi")], [user("hi", CONTEXT)]),
        ([user("a"), Message(Role.MODEL, "b"), user("c")], [user("a"), Message(Role.MODEL, "b"), user("c", CONTEXT)]),
        ([user("c"), Message(Role.TOOL, "b")], [user("c", CONTEXT), Message(Role.TOOL, "b")]),
        ([user(PENDING, "hi")], [user(CONTEXT, "hi")]),
        ([user(CONTEXT, "hi")], [user(CONTEXT, "hi")]),
        ([Message(Role.SYSTEM, "s")], [Message(Role.SYSTEM, "s")]),
        ([], []),
    ],
)
def test_documents_go_into_the_last_message_of_the_user(messages, changed):
    assert with_documents(messages, DOCS) == changed


@pytest.mark.parametrize("supports", [None, Supports(), Supports(context=False)])
def test_documents_become_text_for_a_model_that_takes_none(supports):
    request = ModelRequest(messages=[user("hi")], docs=DOCS)
    asked = request_for(ModelInfo(supports=supports), request)
    assert asked.messages == [user("hi", CONTEXT)]
    assert asked.docs == DOCS
    assert request.messages == [user("hi")]


def test_a_model_that_takes_documents_gets_them_as_they_are():
    request = ModelRequest(messages=[user("hi")], docs=DOCS)
    assert request_for(ModelInfo(supports=Supports(context=True)), request).messages == [user("hi")]


@pytest.mark.parametrize(
    ("supports", "tools", "simulated"),
    [
        (None, [], False),
        (Supports(), [], True),
        (Supports(constrained=Constrained.NONE), [], True),
        (Supports(constrained=Constrained.ALL), [TOOL], False),
        (Supports(constrained=Constrained.NO_TOOLS), [], False),
        (Supports(constrained=Constrained.NO_TOOLS), [TOOL], True),
        (Supports(constrained="some day"), [], True),
    ],
)
def test_a_schema_becomes_instructions_for_a_model_that_cannot_keep_to_one(supports, tools, simulated):
    request = ModelRequest(messages=[user("hi")], output=FORM, tools=tools)
    asked = request_for(ModelInfo(supports=supports), request)
    if simulated:
        [part] = asked.messages[0].content[1:]
        assert part.metadata == {"purpose": "output"}
        assert part.text == (
            'Output should be in JSON format and conform to the following schema:\n\n```\n{"type":"object"}\n```\n'
        )
        assert asked.output == OutputConfig(constrained=False)
    else:
        assert (asked.messages, asked.output) == (request.messages, FORM)


@pytest.mark.parametrize(
    "output", [None, OutputConfig(), attrs.evolve(FORM, constrained=False), attrs.evolve(FORM, schema=None)]
)
def test_only_a_schema_that_is_to_be_kept_to_becomes_instructions(output):
    request = ModelRequest(messages=[user("hi")], output=output)
    asked = request_for(ModelInfo(supports=Supports()), request)
    assert (asked.messages, asked.output) == (request.messages, output)
