"""Answers as they are."""

from ..._wire import JsonValue
from ..message import Message
from .definition import Format, FormatParser, Schema


class TextFormat(Format):
    """The answer is its text, and the output of a chunk is the text of that chunk."""

    name = "text"
    content_type = "text/plain"

    def instructions_of(self, schema: Schema | None) -> str | None:
        return None

    def parser_of(self, schema: Schema | None) -> FormatParser:
        return TextParser()


class TextParser(FormatParser):
    """Takes text as it is."""

    def parse(self, message: Message) -> JsonValue:
        return message.text
