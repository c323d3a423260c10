"""The decorator: its four spellings, what it registers, and what it refuses."""

import pytest

from genkit_trio import Action, Genkit, Retry
from genkit_trio._core import ActionDecorator, Registry
from genkit_trio._wire import ActionKey


async def greet(name: str) -> str:
    return name


def test_every_spelling_makes_the_action():
    for number, decorate in enumerate(
        (
            lambda ai: ai.flow(greet),
            lambda ai: ai.flow()(greet),
            lambda ai: ai.flow("greet")(greet),
            lambda ai: ai.flow(name="greet", timeout=3)(greet),
            lambda ai: ai.flow("greet", timeout=3)(greet),
            lambda ai: ai.flow(timeout=3)("greet")(greet),
        )
    ):
        ai = Genkit()
        action = decorate(ai)
        assert isinstance(action, Action)
        assert ai.registry.get(ActionKey("flow", "greet")) is action
        assert (action.options.timeout == 3) is (number > 2)


def test_a_kind_is_that_of_its_decorator():
    registry = Registry()
    tool = ActionDecorator("tool", registry)(greet)
    assert str(tool.key) == "/tool/greet"
    assert registry.actions() == [tool]


def test_options_given_later_win():
    action = Genkit().flow(timeout=3, chunk_buffer=1)(timeout=4)(greet)
    assert (action.options.timeout, action.options.chunk_buffer) == (4, 1)


def test_an_option_that_does_not_exist_is_refused(ai):
    with pytest.raises(TypeError, match=r"^/flow/greet has no option 'time'; there are description, timeout, "):
        ai.flow(time=3)(greet)


def test_a_key_is_taken_once(ai):
    ai.flow(greet)
    with pytest.raises(ValueError, match=rf"^/flow/greet is already registered, by {__name__}:\d+; give one of them"):
        ai.flow(greet)


def test_what_is_refused_is_not_registered(ai):
    async def two(x: int, y: int) -> None: ...

    with pytest.raises(TypeError):
        ai.flow(two)
    assert [action for action in ai.registry.actions() if action.kind == "flow"] == []


def test_a_function_without_a_name_needs_one(ai):
    with pytest.raises(TypeError, match="give the action one: name='…'"):
        ai.flow(lambda: None)
    assert ai.flow("nothing", retry=Retry())(lambda: None).name == "nothing"
