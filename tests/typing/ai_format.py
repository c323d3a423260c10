"""What a format of the user's own is made of."""

from collections.abc import Mapping

from genkit_trio._ai import Format, FormatParser, Message, TurnParser, define_format
from genkit_trio._core import Registry
from genkit_trio._wire import JsonValue


class Lines:
    """The lines that are complete."""

    def __init__(self) -> None:
        self.value: list[str] = []
        self._rest = ""

    def feed(self, text: str, /) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        self.value += lines


class LinesParser(FormatParser):
    """Reads lines."""

    def parse(self, message: Message) -> JsonValue:
        return [*message.text.splitlines()]

    def new_turn(self) -> TurnParser:
        return Lines()


class LinesFormat(Format):
    """Answers that are lists of lines."""

    name = "lines"
    content_type = "text/plain"

    def instructions_of(self, schema: Mapping[str, JsonValue] | None) -> str:
        return "Answer in lines."

    def parser_of(self, schema: Mapping[str, JsonValue] | None) -> LinesParser:
        return LinesParser()


class NoParser(Format):
    """Says what to tell the model, and not how to read its answer."""

    name = "half"

    def instructions_of(self, schema: Mapping[str, JsonValue] | None) -> None:
        return None


def formats(registry: Registry) -> None:
    """Define formats."""
    define_format(registry, LinesFormat())
    define_format(registry, LinesFormat)  # type: ignore[arg-type]  # because an instance is wanted  # pyright: ignore[reportArgumentType]  # because an instance is wanted
    NoParser()  # type: ignore[abstract]  # because answers must be read  # pyright: ignore[reportAbstractUsage]  # because answers must be read
