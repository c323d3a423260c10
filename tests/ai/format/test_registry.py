"""Finding formats by their names."""

import pytest

from genkit_trio._ai.action_options import GenerateOutput
from genkit_trio._ai.format.definition import Format, FormatParser
from genkit_trio._ai.format.registry import BUILT_IN, define_format, format_of, requested_format
from genkit_trio._ai.message import Message
from genkit_trio._core import Registry
from genkit_trio._wire import PublicError, Status
from tests.ai.format.answers import answer


class Shout(Format):
    """Text in capitals."""

    name = "shout"

    def instructions_of(self, schema):
        return "Shout!"

    def parser_of(self, schema):
        return Capitals()


class Capitals(FormatParser):
    """Makes capitals."""

    def parse(self, message: Message):
        return message.text.upper()


def test_genkits_formats_are_there():
    assert list(BUILT_IN) == ["text", "json", "array", "enum", "jsonl"]
    assert all(format_of(Registry(), name) is found for name, found in BUILT_IN.items())


def test_a_format_can_be_defined():
    registry = Registry()
    shout = define_format(registry, Shout())
    assert format_of(registry.new_child(), "shout") is shout
    assert shout.parser_of(None).parse(answer("hello")) == "HELLO"
    assert shout.parser_of(None).new_turn() is None
    assert (shout.content_type, shout.constrained, shout.default_instructions) == (None, None, True)


def test_a_format_can_take_the_place_of_a_built_in_one():
    registry = Registry()
    shout = Shout()
    shout.name = "json"
    define_format(registry, shout)
    assert requested_format(registry, GenerateOutput(json_schema={})) is shout


def test_an_unknown_format_is_refused():
    registry = Registry()
    define_format(registry, Shout())
    with pytest.raises(PublicError) as caught:
        format_of(registry, "xml")
    assert caught.value.status is Status.INVALID_ARGUMENT
    assert str(caught.value) == "no format 'xml'; there are array, enum, json, jsonl, shout, text"


@pytest.mark.parametrize(
    ("output", "name"),
    [
        (None, None),
        (GenerateOutput(), None),
        (GenerateOutput(content_type="text/plain"), None),
        (GenerateOutput(json_schema={}), "json"),
        (GenerateOutput(json_schema={"type": "array"}, format="array"), "array"),
        (GenerateOutput(format="text"), "text"),
    ],
)
def test_a_schema_alone_asks_for_json(output, name):
    found = requested_format(Registry(), output)
    assert (found and found.name) == name
