"""Codecs for values whose type is given as a JSON Schema instead of as a Python type."""

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from .codec import Codec, codec_of
from .issues import MAX_ISSUES, InvalidValue, Issue, step
from .jsontext import JsonValue


def codec_of_schema(schema: Mapping[str, JsonValue]) -> Codec[Any]:
    """Give a codec for the JSON values that fit *schema*; they stay JSON values.

    With the package jsonschema-rs (the extra ``schema``) they are checked as they are read, otherwise anything fits.
    What the schema refers to must be inside it: nothing is fetched.
    """
    return _SchemaCodec(schema)


class _SchemaCodec(Codec[Any]):
    """Reads JSON values that fit a schema."""

    __slots__ = ("_validator",)

    def __init__(self, schema: Mapping[str, JsonValue]) -> None:
        super().__init__(Any)
        self._schema = dict(schema)
        self._validator: Any = None

    def load(self, value: JsonValue) -> JsonValue:
        if self._validator is None:
            self._validator = _validator_of(self._schema)
        found = list(self._faults(value))
        if found:
            raise InvalidValue(found[:MAX_ISSUES], more=len(found) > MAX_ISSUES)
        return value

    def dump(self, value: Any) -> JsonValue:
        return codec_of(object).dump(value)

    def check(self) -> None:
        """Compile the schema.

        Raises:
          TypeError: if it is none.
        """
        self._validator = _validator_of(self._schema)

    def __repr__(self) -> str:
        return f"codec_of_schema({self._schema!r})"

    def _faults(self, value: JsonValue) -> Iterator[Issue]:
        errors: Any = self._validator.iter_errors(value)
        for count, error in enumerate(errors):
            yield ".".join(step(key) for key in error.instance_path), error.message
            if count == MAX_ISSUES:
                return


class _Anything:
    """Stands for a validator where none is installed."""

    def iter_errors(self, value: JsonValue) -> tuple[()]:
        return ()


def _validator_of(schema: Mapping[str, JsonValue] | None) -> Any:
    if importlib.util.find_spec("jsonschema_rs") is None:
        return _Anything()
    library = importlib.import_module("jsonschema_rs")
    try:
        # Messages must not show the value, and a schema may be from somebody else: no reference is followed out of it.
        return library.validator_for(schema, mask="the value", retriever=_refuse)
    except ValueError as exc:
        reason = str(exc).partition("\n")[0]
        raise TypeError(f"the JSON Schema cannot be used: {reason}") from exc


def _refuse(uri: str) -> NoReturn:
    raise LookupError(f"{uri!r} is outside the schema, and nothing is fetched")
