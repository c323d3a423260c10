"""From a model's answer to a value of the type that was asked for."""

import contextlib
import enum
from typing import Literal

import attrs
import pytest
from hypothesis import given

from genkit_trio._ai.format.output import OutputParser, codec_of_output
from genkit_trio._ai.format.registry import BUILT_IN
from genkit_trio._ai.message import Message, Role
from genkit_trio._ai.part import Part
from genkit_trio._wire import GenkitError, PublicError, Status, codec_of
from tests.ai.format.answers import answer, texts


@attrs.frozen
class Dish:
    """Something to eat."""

    name: str
    price: float = 0


class Color(enum.Enum):
    """A colour."""

    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    """A level."""

    LOW = 1
    HIGH = 2


def parsed(tp, text, name="json"):
    return OutputParser(BUILT_IN[name], codec_of_output(tp)).parse(answer(text))


@pytest.mark.parametrize(
    ("tp", "name", "text", "value"),
    [
        (Dish, "json", 'Here:\n```json\n{"name": "Soup", "price": 3}\n```', Dish("Soup", 3)),
        (list[Dish], "json", '[{"name": "Soup"}]', [Dish("Soup")]),
        (list[Dish], "array", 'The dishes: [{"name": "Soup"}]', [Dish("Soup")]),
        (list[Dish], "jsonl", '{"name": "Soup"}\n{"name": "Rice"}\n', [Dish("Soup"), Dish("Rice")]),
        (dict[str, int], "json", '{"a": 1}', {"a": 1}),
        (Color, "json", '"red"', Color.RED),
        (Color, "json", "red", Color.RED),
        (Color, "enum", " 'green'", Color.GREEN),
        (Level, "enum", "2", Level.HIGH),
        (Literal["yes", "no"], "enum", "yes", "yes"),
        (str, "json", "Paris", "Paris"),
        (str, "text", "Paris", "Paris"),
        (int, "json", "42", 42),
        (bool, "json", "```\ntrue\n```", True),
        (int | None, "json", "null", None),
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, "json", '{"a": 1, "b": 2}', {"a": 1, "b": 2}),
        (codec_of(Dish), "json", '{"name": "Soup"}', Dish("Soup")),
    ],
)
def test_the_output_is_of_the_type_that_was_asked_for(tp, name, text, value):
    output = parsed(tp, text, name)
    assert output == value
    assert type(output) is type(value)


@pytest.mark.parametrize(
    ("tp", "text", "message"),
    [
        (
            Dish,
            '{"name": 5}',
            "the model's answer does not fit the output's type: name: expected string, got integer",
        ),
        (
            list[Dish],
            '[{"name": "a"}, {}]',
            "the model's answer does not fit the output's type: 1.name: required field missing",
        ),
        (Color, "blue", 'the model\'s answer does not fit the output\'s type: expected "red" or "green"'),
        (Dish, "Soup", "the model's answer is not valid JSON: there is no JSON in the text"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error(tp, text, message):
    with pytest.raises(GenkitError) as caught:
        parsed(tp, text)
    assert str(caught.value) == message
    assert caught.value.status is Status.INTERNAL
    assert caught.value.details == {"reason": "INVALID_OUTPUT"}
    assert not isinstance(caught.value, PublicError)


def test_without_a_type_the_output_is_json():
    parser = OutputParser(BUILT_IN["json"], None)
    assert parser.parse(answer('{"a": [1]}')) == {"a": [1]}


@pytest.mark.extra
def test_a_raw_schema_is_checked():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    with pytest.raises(GenkitError, match="does not fit the output's type: a: "):
        parsed(schema, '{"a": "x"}')


@pytest.mark.extra
def test_what_is_no_schema_is_refused_where_it_is_given():
    with pytest.raises(TypeError):
        codec_of_output({"type": 5})


def test_a_type_without_json_is_refused_where_it_is_given():
    with pytest.raises(TypeError):
        codec_of_output(object.__init__)


def test_a_type_that_the_format_cannot_have_is_refused():
    with pytest.raises(PublicError, match="format 'array' needs a schema of type 'array'"):
        OutputParser(BUILT_IN["array"], codec_of_output(Dish))


def test_an_answer_without_text_may_hold_the_value_as_data():
    parser = OutputParser(BUILT_IN["json"], codec_of_output(Dish))
    message = Message(Role.MODEL, [Part.from_reasoning("hm"), Part.from_data({"name": "Soup"})])
    assert parser.parse(message) == Dish("Soup")
    both = Message(Role.MODEL, [Part('{"name": "Rice"}'), Part.from_data({"name": "Soup"})])
    assert parser.parse(both) == Dish("Rice")
    with pytest.raises(GenkitError):
        parser.parse(Message(Role.MODEL, [Part.from_data({"name": 5})]))


def test_a_turn_is_that_of_the_format():
    turn = OutputParser(BUILT_IN["array"], codec_of_output(list[Dish])).new_turn()
    assert turn is not None
    turn.feed('[{"name": 1}, ')
    assert turn.value == [{"name": 1}]
    assert OutputParser(BUILT_IN["text"], None).new_turn() is None


@given(texts)
def test_any_answer_has_a_value_or_is_an_error(text):
    """Adversarial output: whatever a model says, only GenkitError is raised."""
    for name, tp in [
        ("json", Dish),
        ("json", list[int]),
        ("array", list[Dish]),
        ("jsonl", list[Dish]),
        ("enum", Color),
    ]:
        with contextlib.suppress(GenkitError):
            parsed(tp, text, name)
