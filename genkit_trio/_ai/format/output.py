"""From a model's answer to a value of the type that was asked for."""

from collections.abc import Mapping
from typing import Any, Generic, TypeGuard, TypeVar

from ..._wire import Codec, InvalidValue, codec_of, codec_of_schema
from ..chunk import TurnParser
from ..message import Message
from .definition import Format, Schema
from .invalid import invalid_output

T = TypeVar("T")


class OutputParser(Generic[T]):
    """Reads answers in a format, as values of a type.

    Args:
      format: the form of the answers.
      codec: what makes the value; None leaves it as JSON.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if answers in the format cannot be of the type.
    """

    def __init__(self, format: Format, codec: Codec[T] | None) -> None:  # noqa: A002  # Genkit's word for it
        self._codec = codec
        self._parser = format.parser_of(None if codec is None else codec.schema())

    def parse(self, message: Message) -> T:
        """Return the value that a whole answer stands for, validated; without text, that of a data part.

        Raises:
          GenkitError: ``INTERNAL``, if the answer is not in the format or does not fit the type.
        """
        data = next((part.data for part in message.content if part.data is not None), None)
        value: Any = self._parser.parse(message) if data is None or message.text else data
        if self._codec is None:
            untyped: T = value
            return untyped
        try:
            return self._codec.load(value)
        except InvalidValue as exc:
            raise invalid_output(f"does not fit the output's type: {exc}") from exc

    def new_turn(self) -> TurnParser | None:
        """Return what reads one answer while it is being streamed; None if the output of a chunk is its own text."""
        return self._parser.new_turn()


def codec_of_output(output_schema: Any) -> Codec[Any]:
    """Give the codec of a type, of a JSON schema, or the codec itself.

    A value that follows a raw schema stays JSON. It is validated if the extra ``schema`` is installed.

    Raises:
      TypeError: if the type has no JSON, or the schema is none.
    """
    if _is_schema(output_schema):
        raw = codec_of_schema(output_schema)
        raw.check()
        return raw
    codec = codec_of(output_schema)
    codec.schema()
    return codec


def _is_schema(output_schema: object) -> TypeGuard[Schema]:
    return isinstance(output_schema, Mapping)
