"""The scalars: how each is written in JSON, read strictly, and described."""

import binascii
import datetime as dt
import math
import pathlib
import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from ..issues import expected, refused
from ..jsontext import JsonValue
from .durations import DURATION_PATTERN, format_duration, parse_duration
from .shapes import Scalar, Schema

_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_PATTERN: Final = (
    r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$"
)
_TIME: Final = re.compile(_TIME_PATTERN[1:-1])
_DECIMAL_PATTERN: Final = r"^-?[0-9]+(\.[0-9]+)?([Ee][+-]?[0-9]{1,9})?$"
_DECIMAL: Final = re.compile(_DECIMAL_PATTERN[1:-1])
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def scalar_of(tp: object) -> Scalar | None:
    """Give the scalar for exactly this type, None when it is not one."""
    return _SCALARS.get(tp) if isinstance(tp, type) else None


def subclass_of_scalar(cls: type) -> Scalar | None:
    """Give the scalar for a class that extends ``str``, ``int``, ``float`` or a path."""
    for base in (str, int, float, pathlib.PurePath):
        if issubclass(cls, base):
            return _constructed(_SCALARS[base], cls)
    return None


def _constructed(base: Scalar, cls: Callable[[Any], object]) -> Scalar:
    def load(value: JsonValue) -> object:
        plain = base.load(value)
        try:
            return cls(plain)
        except Exception:  # the class is the user's code
            raise refused(f"not accepted by {getattr(cls, '__name__', cls)}") from None

    return Scalar(base.what, base.kinds, load, base.dump, base.schema, lambda value: isinstance(value, cls))  # type: ignore[arg-type]  # because it is a class


def _unchanged(what: str, py: type, plain: Callable[[Any], JsonValue]) -> Scalar:
    def load(value: JsonValue) -> object:
        if type(value) is not py:  # not isinstance: True is an int
            raise expected(what, value)
        return value

    def dump(value: Any) -> JsonValue:
        if not accepts(value):
            raise expected(what, value)
        return plain(value)

    def accepts(value: object) -> bool:
        return type(value) is py or (isinstance(value, py) and type(value) is not bool)

    return Scalar(what, frozenset([what]), load, dump, {"type": what}, accepts, unchanged=py)


def _load_float(value: JsonValue) -> float:
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise refused("expected a number in the range of a double") from None
    if type(value) is not float:
        raise expected("number", value)
    return value


def _dump_float(value: Any) -> JsonValue:
    if type(value) is float and math.isfinite(value):
        return value
    if not _is_number(value):
        raise expected("number", value)
    if type(value) is int:
        return value
    if not math.isfinite(value):
        raise refused("expected a finite number")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, float) or type(value) is int


def _text(what: str, example: str, py: type, read: Callable[[str], Any], write: Callable[[Any], str | None]) -> Scalar:
    """A scalar written as text; `read` raises, and `write` gives None, for what has no such text."""

    def load(value: JsonValue) -> object:
        if type(value) is not str:
            raise expected(what, value)
        try:
            return read(value)
        except (ValueError, OverflowError):
            raise refused(f"expected {what} such as {example}") from None

    def dump(value: Any) -> JsonValue:
        if not accepts(value):
            raise expected(what, value)
        text = write(value)
        if text is None:
            raise refused(f"expected {what} such as {example}")
        return text

    def accepts(value: object) -> bool:
        return isinstance(value, py) and not (py is dt.date and isinstance(value, dt.datetime))

    schema: Schema = {"type": "string", **_TEXT_SCHEMAS[what]}
    return Scalar(what, frozenset(["string"]), load, dump, schema, accepts, formatted=py is not pathlib.PurePath)


def _matching(pattern: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        if not pattern.fullmatch(text):
            raise ValueError("another format")
        return read(text)

    return checked


def _write_date_time(moment: dt.datetime) -> str | None:
    offset = moment.utcoffset()
    if offset is None:
        return None  # which moment that is depends on the reader's time zone
    if offset % dt.timedelta(minutes=1):
        moment = moment.astimezone(dt.UTC)
    return _with_z(moment.isoformat())


def _write_time(time: dt.time) -> str | None:
    text = _with_z(time.isoformat())
    return text if _TIME.fullmatch(text) else None


def _with_z(text: str) -> str:
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _write_decimal(number: Decimal) -> str | None:
    return str(number) if number.is_finite() else None


def _read_base64(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)


_TEXT_SCHEMAS: Final[dict[str, Schema]] = {
    "date-time": {"format": "date-time"},
    "date": {"format": "date"},
    "time": {"pattern": _TIME_PATTERN},
    "duration": {"pattern": DURATION_PATTERN},
    "uuid": {"format": "uuid"},
    "decimal": {"pattern": _DECIMAL_PATTERN},
    "base64 text": {"format": "byte", "contentEncoding": "base64"},
    "path": {},
}
_PATH: Final = _text("path", "docs/index.md", pathlib.PurePath, pathlib.Path, str)
_SCALARS: Final[dict[type, Scalar]] = {
    str: _unchanged("string", str, str.__str__),
    int: _unchanged("integer", int, int.__int__),
    bool: _unchanged("boolean", bool, bool),
    type(None): _unchanged("null", type(None), lambda _: None),
    float: Scalar("number", frozenset(["integer", "number"]), _load_float, _dump_float, {"type": "number"}, _is_number),
    dt.datetime: _text(
        "date-time",
        "2024-05-01T12:00:00Z",
        dt.datetime,
        _matching(_DATE_TIME, lambda text: dt.datetime.fromisoformat(text.upper())),
        _write_date_time,
    ),
    dt.date: _text("date", "2024-05-01", dt.date, _matching(_DATE, dt.date.fromisoformat), dt.date.isoformat),
    dt.time: _text("time", "09:30:00", dt.time, _matching(_TIME, dt.time.fromisoformat), _write_time),
    dt.timedelta: _text("duration", "P1DT2H30M", dt.timedelta, parse_duration, format_duration),
    uuid.UUID: _text("uuid", "123e4567-e89b-12d3-a456-426614174000", uuid.UUID, _matching(_UUID, uuid.UUID), str),
    Decimal: _text("decimal", "12.50", Decimal, _matching(_DECIMAL, Decimal), _write_decimal),
    bytes: _text("base64 text", "aGVsbG8=", bytes, _read_base64, lambda data: b64encode(data).decode()),
    pathlib.Path: _PATH,
    pathlib.PurePath: _PATH,
}
