"""Messages: what they are made of, and what can be read off them."""

import pytest

from genkit_trio._ai import Media, Message, Part, Role

INTERRUPTED = Part.from_tool_request("ask", metadata={"interrupt": True})
MESSAGE = Message(
    Role.MODEL,
    [
        Part.from_reasoning("I "),
        Part("Two "),
        Part.from_media("data:,x"),
        Part.from_tool_request("look", ref="1"),
        Part.from_tool_response("look", ref="1"),
        INTERRUPTED,
        Part.from_data({"a": 1}),
        Part.from_data(2),
        Part.from_reasoning("think"),
        Part("words"),
        Part(extra={"hologram": 1}),
    ],
)


def test_a_role_may_be_given_by_its_name():
    assert Message("user", "hi").role is Role.USER
    with pytest.raises(ValueError, match="robot"):
        Message("robot", "hi")


def test_content_may_be_given_as_text_or_parts():
    assert Message("user", "hi").content == [Part("hi")]
    assert Message("user", Part("hi")) == Message("user", "hi") == Message("user", ["hi"])


def test_a_message_shows_what_it_holds():
    assert MESSAGE.text == "Two words"
    assert MESSAGE.reasoning == "I think"
    assert MESSAGE.media == [Media("data:,x")]
    assert MESSAGE.data == {"a": 1}
    assert [part.tool_request.name for part in MESSAGE.tool_requests] == ["look", "ask"]
    assert [part.tool_response.name for part in MESSAGE.tool_responses] == ["look"]
    assert MESSAGE.interrupts == [INTERRUPTED]


def test_an_empty_message_holds_nothing():
    message = Message("model", [])
    assert (message.text, message.reasoning, message.data) == ("", "", None)
    assert message.media == message.tool_requests == message.tool_responses == message.interrupts == []
