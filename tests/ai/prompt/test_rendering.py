"""From a prompt and its input to the options of ``generate``."""

import attrs
import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai import Document, Message, ModelConfig, Part, Role
from genkit_trio._ai.prompt.definition import define, templates_of
from genkit_trio._ai.prompt.rendering import options_of
from genkit_trio._core import Registry

pytestmark = pytest.mark.extra

HI, BYE = Message(Role.USER, "hi"), Message(Role.MODEL, "bye")
PAST = [attrs.evolve(message, metadata={"purpose": "history"}) for message in (HI, BYE)]


def rendered(options, given=None, overrides=None, context=None, schema=None):
    definition = define(Registry(), "hi", schema, None, options)
    return options_of(definition, given, overrides or {}, context or {})


def messages(options, given=None, **overrides):
    return rendered(options, given, overrides)["messages"]


def test_the_order_is_system_conversation_user():
    options = {"prompt": "p {{x}}", "system": "s {{x}}", "messages": [HI, BYE]}
    assert messages(options, {"x": 1}) == [Message(Role.SYSTEM, "s 1"), HI, BYE, Message(Role.USER, "p 1")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"prompt": "hello"}, [HI, BYE, Message(Role.USER, "hello")]),
        ({"messages": "hello"}, [HI, BYE, Message(Role.USER, "hello")]),
        ({"messages": "hello{{history}}"}, [Message(Role.USER, "hello"), *PAST]),
        ({"messages": [Message(Role.MODEL, "hello")]}, [Message(Role.MODEL, "hello"), HI, BYE]),
        ({"system": "s"}, [Message(Role.SYSTEM, "s"), HI, BYE]),
    ],
)
def test_the_conversation_so_far_is_put_in(options, expected):
    assert messages(options, messages=[HI, BYE]) == expected


def test_the_context_of_the_call_is_behind_an_at_sign():
    options = {"prompt": "{{@auth.email}} {{@root.name}} {{name}} {{auth}}"}
    found = rendered(options, {"name": "x"}, context={"auth": {"email": "a@b.c"}, "root": {"name": "y"}})
    assert found["messages"] == [Message(Role.USER, "a@b.c x x ")]


def test_parts_are_sent_as_they_are():
    photo = Part.from_media("data:,x")
    assert messages({"prompt": ["{{x}}", photo], "system": "{{x}}"}, {"x": 1}) == [
        Message(Role.SYSTEM, "1"),
        Message(Role.USER, ["{{x}}", photo]),
    ]


@pytest.mark.parametrize("place", ["system", "prompt"])
def test_a_template_that_gives_nothing_is_no_message(place):
    assert messages({place: "{{#if x}}now{{/if}}"}) == []


def test_the_role_of_one_message_is_that_of_its_place():
    assert messages({"prompt": '{{role "model"}}a'}) == [Message(Role.USER, "a")]


def test_a_template_for_one_message_makes_no_more():
    with pytest.raises(
        ValueError, match=r"^the user template of prompt 'hi' makes 2 messages, not one; put what "
    ) as caught:
        messages({"prompt": 'a{{role "model"}}b'})
    assert caught.value.__notes__ == ["genkit prompt 'hi'"]


def test_what_a_helper_raises_is_raised_as_it_is():
    registry, error = Registry(), KeyError("x")

    def fail(args, options):
        raise error

    templates_of(registry).define_helper("fail", fail)
    definition = define(registry, "hi", None, None, {"variant": "v", "prompt": "{{fail 1}}"})
    with pytest.raises(KeyError) as caught:
        options_of(definition, None, {}, {})
    assert caught.value is error
    assert error.__notes__ == ["genkit prompt 'hi.v'"]


def test_an_input_that_does_not_fit_says_where():
    with pytest.raises(
        PublicError, match=r"^the input of prompt 'hi' does not fit: expected integer, got string$"
    ) as caught:
        rendered({"prompt": "{{this}}"}, "x", schema=int)
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert rendered({"prompt": "{{this}}"}, 3, schema=int)["messages"] == [Message(Role.USER, "3")]


@pytest.mark.parametrize(
    ("declared", "said", "expected"),
    [
        ({"a": 1, "b": 1}, {"b": 2}, {"a": 1, "b": 2}),
        (ModelConfig(temperature=0.5, top_k=3), {"temperature": 1}, {"temperature": 1, "topK": 3}),
        ({"a": 1}, ModelConfig(temperature=0.5), {"a": 1, "temperature": 0.5}),
        ({"a": 1}, None, {"a": 1}),
        (None, {"a": 1}, {"a": 1}),
        ([1], {"a": 1}, {"a": 1}),
    ],
)
def test_settings_are_merged_and_those_of_the_call_win(declared, said, expected):
    assert rendered({"config": declared}, overrides={"config": said})["config"] == expected


def test_without_settings_there_are_none():
    assert rendered({}) == {"messages": []}


def test_the_documents_of_both_are_sent():
    one, other = Document.from_text("a"), Document.from_text("b")
    assert rendered({"docs": [one]}, overrides={"docs": [other]})["docs"] == [one, other]
    assert rendered({"docs": [one]})["docs"] == [one]


def test_what_the_call_says_wins():
    declared = {"model": "a", "tools": ["x"], "max_turns": 3, "return_tool_requests": True}
    said = {"model": "b", "tools": None, "max_turns": 0, "step_name": "ask"}
    assert rendered(declared, overrides=said) == {
        "model": "b",
        "tools": ["x"],
        "max_turns": 0,
        "return_tool_requests": True,
        "step_name": "ask",
        "messages": [],
    }
