"""Answers with one JSON object per line."""

from ..._wire import InvalidJson, JsonPush, JsonValue, json_in
from ..chunk import TurnParser
from ..message import Message
from .definition import Format, FormatParser, Schema
from .invalid import invalid_output
from .schemas import fenced, is_of, items_of, unsuitable


class JsonlFormat(Format):
    """The answer is a list of objects, each on a line of its own; lines that do not begin with a brace do not count."""

    name = "jsonl"
    content_type = "application/jsonl"

    def instructions_of(self, schema: Schema | None) -> str | None:
        items = items_of(schema) if schema else None
        if not items:
            return None
        return (
            "Output should be JSONL format, a sequence of JSON objects (one per line) separated by a newline `\\n` "
            f"character. Each line should be a JSON object conforming to the following schema:\n\n{fenced(items)}"
        )

    def parser_of(self, schema: Schema | None) -> FormatParser:
        if schema and not (is_of("array", schema) and is_of("object", items_of(schema))):
            raise unsuitable(self.name, "type 'array' whose items are of type 'object'", schema)
        return JsonlParser()


class JsonlParser(FormatParser):
    """Reads the objects of an answer."""

    def parse(self, message: Message) -> JsonValue:
        lines = enumerate(message.text.split("\n"), 1)
        found: list[JsonValue] = [_object_in(line, number) for number, line in lines if line.lstrip().startswith("{")]
        if not found:
            raise invalid_output("has no line with a JSON object")
        return found

    def new_turn(self) -> TurnParser | None:
        return _Objects()


class _Objects:
    """The complete objects of an answer that is being streamed."""

    def __init__(self) -> None:
        self.value: list[JsonValue] = []
        self._begins_line = True
        self._object: JsonPush | None = None  # of the current line

    def feed(self, text: str, /) -> None:
        first, *others = text.split("\n")
        self._add(first)
        for line in others:
            self._begins_line = True
            self._object = None
            self._add(line)

    def _add(self, piece: str) -> None:
        if self._begins_line and (piece := piece.lstrip()):
            self._begins_line = False
            self._object = JsonPush("{") if piece.startswith("{") else None
        if self._object is None:
            return
        self._object.feed(piece)
        if self._object.is_complete:
            self.value.append(self._object.value)
            self._object = None


def _object_in(line: str, number: int) -> JsonValue:
    try:
        return json_in(line, "{")
    except InvalidJson as exc:
        raise invalid_output(f"is not valid JSON in line {number}: {exc}") from exc
