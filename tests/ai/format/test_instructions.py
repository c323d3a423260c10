"""What a model request says about the form of the answer."""

import pytest

from genkit_trio._ai.action_options import GenerateOutput
from genkit_trio._ai.format.instructions import instructions_to_send, output_config_of, with_instructions
from genkit_trio._ai.format.registry import BUILT_IN
from genkit_trio._ai.message import Message
from genkit_trio._ai.part import Part
from genkit_trio._wire import codec_of

SCHEMA = {"type": "array"}
OUTPUT = {"purpose": "output"}
PENDING = {"purpose": "output", "pending": True}
MESSAGES = codec_of(list[Message])


@pytest.mark.parametrize(
    ("name", "output", "config"),
    [
        ("text", GenerateOutput(), {"format": "text", "contentType": "text/plain"}),
        (
            "json",
            GenerateOutput(json_schema=SCHEMA),
            {"format": "json", "schema": SCHEMA, "constrained": True, "contentType": "application/json"},
        ),
        ("jsonl", GenerateOutput(format="jsonl"), {"format": "jsonl", "contentType": "application/jsonl"}),
        ("enum", GenerateOutput(), {"format": "enum", "constrained": True, "contentType": "text/enum"}),
        (
            "array",
            GenerateOutput(format="array", constrained=False, content_type="x/y", instructions="Do."),
            {"format": "array", "constrained": False, "contentType": "x/y"},
        ),
    ],
)
def test_what_is_said_explicitly_wins_over_the_format(name, output, config):
    made = output_config_of(BUILT_IN[name], output)
    assert codec_of(type(made)).dump(made) == config


@pytest.mark.parametrize(
    ("name", "wanted", "sent"),
    [
        ("json", None, False),
        ("json", True, True),
        ("json", False, False),
        ("array", None, True),
        ("array", False, False),
        ("array", True, True),
        ("text", True, False),
    ],
)
def test_instructions_are_sent_when_they_are_wanted(name, wanted, sent):
    form = BUILT_IN[name]
    assert instructions_to_send(form, SCHEMA, wanted) == (form.instructions_of(SCHEMA) if sent else None)


def test_instructions_may_be_given_as_text():
    assert instructions_to_send(BUILT_IN["json"], None, "Answer in JSON.") == "Answer in JSON."
    assert instructions_to_send(BUILT_IN["array"], SCHEMA, "") is None


def said(*messages):
    return MESSAGES.dump(with_instructions([Message(role, list(content)) for role, *content in messages], "Do."))


def text(of, metadata=None):
    return {"text": of, "metadata": metadata} if metadata else {"text": of}


DO = text("Do.", OUTPUT)


@pytest.mark.parametrize(
    ("messages", "contents"),
    [
        ([("user", "a")], [[text("a"), DO]]),
        ([("system", "s"), ("user", "a")], [[text("s"), DO], [text("a")]]),
        ([("user", "a"), ("model", "b"), ("user", "c"), ("tool",)], [[text("a")], [text("b")], [text("c"), DO], []]),
        ([("model", "b")], [[text("b")]]),
        ([], []),
        (
            [("system", "s"), ("user", Part("wait", metadata=PENDING), "a")],
            [[text("s")], [DO, text("a")]],
        ),
        (
            [("user", "a", Part("done", metadata=OUTPUT)), ("system", Part("wait", metadata=PENDING))],
            [[text("a"), text("done", OUTPUT)], [text("wait", PENDING)]],
        ),
        ([("user", Part("a", metadata={"purpose": "context"}))], [[text("a", {"purpose": "context"}), DO]]),
    ],
)
def test_instructions_find_their_place(messages, contents):
    assert [message["content"] for message in said(*messages)] == contents


def test_a_message_keeps_the_rest_of_what_it_has():
    message = Message("user", "a", metadata={"k": 1}, extra={"x": 2})
    [instructed] = with_instructions([message], "Do.")
    assert (instructed.metadata, instructed.extra) == ({"k": 1}, {"x": 2})
    assert len(message.content) == 1
