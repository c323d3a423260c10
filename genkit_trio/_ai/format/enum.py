"""Answers that are one of a few words."""

import json
from typing import Final

from ..._wire import JsonValue
from ..chunk import TurnParser
from ..message import Message
from .definition import Format, FormatParser, Schema
from .invalid import invalid_output
from .schemas import kinds_of, resolved, unsuitable

_ASK: Final = (
    "Output should be ONLY one of the following enum values. Do not output any additional information or add quotes."
)
_NO_QUOTES: Final = str.maketrans("", "", "'\"")
# Longer than any word: what comes after it is not looked at while it is streamed.
_LONGEST: Final = 4096


class EnumFormat(Format):
    """The answer is one of the values of the schema's ``enum``, without quotes."""

    name = "enum"
    content_type = "text/enum"
    constrained = True

    def instructions_of(self, schema: Schema | None) -> str | None:
        values = _values_of(schema)
        return "\n".join([f"{_ASK}\n", *map(_word_of, values)]) if values else None

    def parser_of(self, schema: Schema | None) -> FormatParser:
        values = _values_of(schema)
        # "enum" is not a type of JSON Schema, but Genkit's users write it.
        if schema and not values and not kinds_of(schema) <= {"string", "enum"}:
            raise unsuitable(self.name, "type 'string' with an 'enum'", schema)
        return EnumParser({_word_of(value): value for value in values})


class EnumParser(FormatParser):
    """Reads one of a few words, or any text when there are none."""

    def __init__(self, values: dict[str, JsonValue]) -> None:
        self._values = values

    def parse(self, message: Message) -> JsonValue:
        text = message.text.strip()
        bare = text.translate(_NO_QUOTES).strip()
        if not self._values:
            return bare
        # A value may have an apostrophe in it.
        for word in (text, text.strip("'\""), bare):
            if word in self._values:
                return self._values[word]
        raise invalid_output("is none of the enum's values")

    def new_turn(self) -> TurnParser | None:
        return _Word()


class _Word:
    """The word that an answer has said so far."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, text: str, /) -> None:
        if len(self._text) < _LONGEST:
            self._text = (self._text + text[:_LONGEST].translate(_NO_QUOTES)).lstrip()

    @property
    def value(self) -> JsonValue:
        return self._text.rstrip()


def _values_of(schema: Schema | None) -> list[JsonValue]:
    values = resolved(schema, schema).get("enum") if schema else None
    return values if isinstance(values, list) else []


def _word_of(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)
