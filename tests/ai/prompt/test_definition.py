"""What a prompt is made of."""

import importlib

import pytest

from genkit_trio._ai import Message, Part, Role, ToolChoice
from genkit_trio._ai.prompt.definition import define, full_name_of, shared_of, templates_of
from genkit_trio._core import Registry


def test_a_variant_is_part_of_the_name():
    assert full_name_of("hi", None) == full_name_of("hi", "") == "hi"
    assert full_name_of("hi", "formal") == "hi.formal"


def test_what_is_no_text_stays_as_it_is():
    """Without a template, the extra is not needed."""
    messages = [Message(Role.USER, "{{x}}")]
    definition = define(
        Registry(), "hi", None, None, {"system": Part("{{x}}"), "prompt": ["{{x}}"], "messages": messages}
    )
    assert (definition.system, definition.prompt) == ([Part("{{x}}")], [Part("{{x}}")])
    assert definition.messages is messages


@pytest.mark.extra
def test_text_is_a_template():
    definition = define(Registry(), "hi", None, None, {"system": "a", "prompt": "b", "messages": "c"})
    assert callable(definition.system)
    assert callable(definition.prompt)
    assert callable(definition.messages)


@pytest.mark.extra
@pytest.mark.parametrize("place", ["system", "prompt", "messages"])
def test_a_template_that_cannot_be_read_is_refused_where_it_is_given(place):
    with pytest.raises(ValueError, match=r"^a template of prompt 'hi.formal' cannot be read \(unclosed tag\): '\{\{'$"):
        define(Registry(), "hi", None, None, {"variant": "formal", place: "{{"})


def test_an_option_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match=r"^prompt 'hi' has no option 'text'; there are model, config, .*, metadata$"):
        define(Registry(), "hi", None, None, {"text": "Hi"})


def test_what_is_none_was_not_given():
    options = {"variant": None, "description": None, "metadata": None, "input_default": None, "model": None}
    definition = define(Registry(), "hi", None, None, {**options, "tool_choice": "auto", "max_turns": 0})
    assert (definition.variant, definition.description, definition.metadata, definition.input.default) == (
        None, "", {}, {},
    )  # fmt: skip
    assert definition.options == {"tool_choice": ToolChoice.AUTO, "max_turns": 0}


def test_what_generate_takes_is_kept_for_it():
    assert shared_of({"model": "m", "docs": [], "variant": "v", "messages": [], "context": {}}) == {
        "model": "m",
        "docs": [],
    }


@pytest.mark.extra
def test_templates_are_shared_with_child_registries():
    registry = Registry()
    templates = templates_of(registry)
    assert templates_of(registry.new_child()) is templates_of(registry) is templates


def test_a_template_needs_the_extra(monkeypatch):
    def refuse(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(RuntimeError, match="pip install 'genkit-trio"):
        define(Registry(), "hi", None, None, {"prompt": "Hi"})
