"""Answers that are lists, and grow by whole items."""

from ..._wire import JsonPush, JsonValue
from ..chunk import TurnParser
from ..message import Message
from .definition import Format, FormatParser, Schema
from .invalid import invalid_output
from .json import json_of
from .schemas import fenced, is_of, unsuitable


class ArrayFormat(Format):
    """The answer is a JSON array; while it is streamed, the output is the list of the items that are complete."""

    name = "array"
    content_type = "application/json"
    constrained = True

    def instructions_of(self, schema: Schema | None) -> str | None:
        if schema is None:
            return None
        return f"Output should be a JSON array conforming to the following schema:\n\n{fenced(schema)}"

    def parser_of(self, schema: Schema | None) -> FormatParser:
        if schema and not is_of("array", schema):
            raise unsuitable(self.name, "type 'array'", schema)
        return ArrayParser()


class ArrayParser(FormatParser):
    """Reads the first array of an answer."""

    def parse(self, message: Message) -> JsonValue:
        value = json_of(message.text, "[")
        if not isinstance(value, list):
            raise invalid_output("is not a JSON array")
        return value

    def new_turn(self) -> TurnParser | None:
        return _Items()


class _Items:
    """The complete items of an array that is being streamed."""

    def __init__(self) -> None:
        self._array = JsonPush("[")
        self.value: list[JsonValue] = []

    def feed(self, text: str, /) -> None:
        self._array.feed(text)
        items = self._array.value
        if isinstance(items, list):
            self.value.extend(items[len(self.value) : self._array.settled])
