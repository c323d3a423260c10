"""Answers in JSON."""

from ..._wire import InvalidJson, JsonPush, JsonValue, Roots, json_in, kind_of, unfenced
from ..chunk import TurnParser
from ..message import Message
from .definition import Format, FormatParser, Schema
from .invalid import invalid_output
from .schemas import fenced, kinds_of


class JsonFormat(Format):
    """The answer is a JSON value, or the first object or array in what the model says.

    Where the schema wants a string, the answer may also be the bare text.
    """

    name = "json"
    content_type = "application/json"
    constrained = True
    default_instructions = False

    def instructions_of(self, schema: Schema | None) -> str | None:
        if schema is None:
            return None
        return f"Output should be in JSON format and conform to the following schema:\n\n{fenced(schema)}"

    def parser_of(self, schema: Schema | None) -> FormatParser:
        return JsonParser(kinds_of(schema))


class JsonParser(FormatParser):
    """Reads JSON.

    Args:
      kinds: what the value may be, as a schema names it; empty for anything.
    """

    def __init__(self, kinds: frozenset[str]) -> None:
        self._kinds = kinds
        self._roots: Roots = _roots_of(kinds)

    def parse(self, message: Message) -> JsonValue:
        text = message.text
        if "string" in self._kinds:
            return self._with_bare_text(text)
        return json_of(text, self._roots)

    def new_turn(self) -> TurnParser | None:
        return JsonPush(self._roots)

    def _with_bare_text(self, text: str) -> JsonValue:
        try:
            value = json_in(text, self._roots)
        except InvalidJson:
            return unfenced(text)
        # A model that is asked for a postcode says 01067, or 10115.
        return value if kind_of(value) in self._kinds else unfenced(text)


def json_of(text: str, roots: Roots) -> JsonValue:
    """Give the JSON value in an answer.

    Raises:
      GenkitError: ``INTERNAL``, if there is none.
    """
    try:
        return json_in(text, roots)
    except InvalidJson as exc:
        raise invalid_output(f"is not valid JSON: {exc}") from exc


def _roots_of(kinds: frozenset[str]) -> Roots:
    # Brackets in prose before the value are then less likely to be taken for it.
    match "object" in kinds, "array" in kinds:
        case True, False:
            return "{"
        case False, True:
            return "["
        case True, True:
            return "[{"
        case _:
            return "" if kinds else "[{"
