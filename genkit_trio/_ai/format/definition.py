"""What a format is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeAlias

from ..._wire import JsonValue
from ..chunk import TurnParser
from ..message import Message

Schema: TypeAlias = Mapping[str, JsonValue]
"""A JSON schema."""


class FormatParser(ABC):
    """Reads the answers to one request, in time proportional to their length."""

    @abstractmethod
    def parse(self, message: Message) -> JsonValue:
        """Return the JSON value that a whole answer stands for.

        Raises:
          GenkitError: ``INTERNAL``, if the answer is not in the format.
        """

    def new_turn(self) -> TurnParser | None:
        """Return what reads one answer while it is being streamed; None if the output of a chunk is its own text."""
        return None


class Format(ABC):
    """A form of answers.

    To have another one than Genkit's, make a subclass and give an instance to ``define_format``:

    .. code-block:: python

        class Csv(Format):
            name = "csv"
            content_type = "text/csv"

            def instructions_of(self, schema: Schema | None) -> str | None:
                return "Answer in CSV with a header."

            def parser_of(self, schema: Schema | None) -> FormatParser:
                return CsvParser()

    Attributes:
      name: how ``output_format`` asks for it.
      content_type: what models are told about the answer's media type.
      constrained: whether models are asked to keep to the schema by themselves; None leaves it to them.
      default_instructions: whether instructions are sent unless ``output_instructions`` says otherwise.
    """

    name: str
    content_type: str | None = None
    constrained: bool | None = None
    default_instructions: bool = True

    @abstractmethod
    def instructions_of(self, schema: Schema | None) -> str | None:
        """Return what a model is to be told about the form of its answer; None for nothing."""

    @abstractmethod
    def parser_of(self, schema: Schema | None) -> FormatParser:
        """Return what reads answers that follow *schema*.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if answers in this format cannot follow the schema.
        """
