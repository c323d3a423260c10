"""JSON text: orjson's speed, and one outcome for each thing that parsers disagree on."""

import json
import math
import re
from json.encoder import encode_basestring_ascii
from typing import Final, TypeAlias

import orjson

from .issues import InvalidValue, refused

JsonValue: TypeAlias = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None

MAX_DEPTH: Final = 128

_MIN_INT: Final = -(2**63)
_MAX_INT: Final = 2**64 - 1
_DIGITS_TO_ZERO: Final = bytes(0x30 if 0x30 <= code <= 0x39 else 0x20 for code in range(256))
_LONG_RUN: Final = b"0" * 19  # shorter integers always fit
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
# Whatever stands between two surrogates is one match, so that long text costs few calls.
_AROUND_SURROGATES: Final = re.compile(
    rb"""
      (?: [^\\]++ | \\ (?: [^u] | u (?! [dD][89a-fA-F] ) ) )++
    | \\u[dD][89abAB][0-9a-fA-F]{2} \\u[dD][c-fC-F][0-9a-fA-F]{2}
    | (?P<lone> \\u[dD][89a-fA-F][0-9a-fA-F]{2} )
    """,
    re.VERBOSE,
)
_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STEPS: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_TOO_DEEP: Final = f"nested more than {MAX_DEPTH} levels deep"


class InvalidJson(ValueError):
    """Text that is not acceptable JSON; the message may be shown to the client."""


def loads(data: bytes) -> JsonValue:
    """Decode untrusted JSON text.

    Duplicate keys: the last wins. A lone surrogate becomes U+FFFD. Everything else that is not
    plain JSON is refused: other encodings, a byte order mark, ``NaN``, numbers beyond a double,
    integers outside -2^63 ... 2^64-1, more than 128 levels.

    Raises:
      InvalidJson: if the text is refused.
    """
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError as exc:
        value = _loads_without_lone_surrogates(data, exc)
    if _may_be_deep(data) and nests_too_deep(value):
        raise InvalidJson(_TOO_DEEP)
    # orjson turns larger integers into floats without a word.
    if _has_long_digits(data):
        _refuse_long_integers(data)
    return value


def dumps(value: JsonValue) -> bytes:
    """Encode a value as compact ASCII.

    A lone surrogate becomes U+FFFD; integers may be of any size.

    Raises:
      InvalidValue: if a number is not finite, or more than 128 levels are nested.
    """
    # A chunk is most often a scalar, and there are many of them.
    if type(value) is int and _MIN_INT <= value <= _MAX_INT:
        return b"%d" % value
    try:
        text = orjson.dumps(value)
    except TypeError as exc:
        text = _dumps_what_orjson_refuses(value, exc)
    if type(value) is str:
        return text if text.isascii() else _NOT_ASCII.sub(_escaped, text.decode()).encode()
    # orjson writes NaN and Infinity as null.
    if value is not None and b"null" in text:
        _refuse_non_finite(value)
    if _may_be_deep(text) and nests_too_deep(value):
        raise refused(_TOO_DEEP)
    return text if text.isascii() else _NOT_ASCII.sub(_escaped, text.decode()).encode()


def nests_too_deep(value: JsonValue) -> bool:
    """Tell whether more than 128 arrays and objects are nested in each other."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)


def _may_be_deep(text: bytes) -> bool:
    # Every level that is opened is closed too, so a short text has few.
    return len(text) > 2 * MAX_DEPTH and text.count(b"[") + text.count(b"{") > MAX_DEPTH


def _loads_without_lone_surrogates(data: bytes, refusal: orjson.JSONDecodeError) -> JsonValue:
    if not _SURROGATE.search(data):
        raise InvalidJson(_reason(data, refusal)) from refusal
    try:
        value: JsonValue = orjson.loads(_without_lone_surrogates(data))
    except orjson.JSONDecodeError as exc:
        raise InvalidJson(_reason(data, exc)) from exc
    return value


def _without_lone_surrogates(text: bytes) -> bytes:
    return _AROUND_SURROGATES.sub(lambda found: rb"\ufffd" if found["lone"] else found[0], text)


def _reason(data: bytes, refusal: orjson.JSONDecodeError) -> str:
    if not data:
        return "expected JSON, got nothing"
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "expected UTF-8 without a byte order mark"
    try:
        data.decode()
    except UnicodeDecodeError as exc:
        return f"not valid UTF-8 at byte {exc.start}"
    if _text_is_deep(data):
        return _TOO_DEEP
    if _has_long_digits(data):
        _refuse_long_integers(data)
    return f"not valid JSON at line {refusal.lineno}, column {refusal.colno}"


def _text_is_deep(data: bytes) -> bool:
    depth = 0
    for token in _BRACKET.finditer(data):
        depth += _STEPS.get(token[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def _has_long_digits(data: bytes) -> bool:
    return _LONG_RUN in data.translate(_DIGITS_TO_ZERO)


def _refuse_long_integers(data: bytes) -> None:
    try:
        json.loads(data, parse_int=_checked_int)
    except InvalidJson:
        raise
    except ValueError:
        return  # not JSON at all, which the caller says better


def _checked_int(digits: str) -> int:
    # int() is quadratic, so a long one is refused by its length.
    if len(digits) > 20 or not _MIN_INT <= (number := int(digits)) <= _MAX_INT:
        raise InvalidJson("integer out of range")
    return number


def _dumps_what_orjson_refuses(value: JsonValue, refusal: TypeError) -> bytes:
    try:
        if nests_too_deep(value):
            raise refused(_TOO_DEEP) from refusal
        text = json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
    except InvalidValue:
        raise
    except (TypeError, ValueError, RecursionError) as exc:
        raise refused("expected a JSON value") from exc
    return _without_lone_surrogates(text)


def _refuse_non_finite(value: JsonValue) -> None:
    level = [value]
    while level:
        following: list[JsonValue] = []
        for item in level:
            if isinstance(item, float) and not math.isfinite(item):
                raise refused("expected finite numbers")
            if isinstance(item, (dict, list)):
                following.extend(item.values() if isinstance(item, dict) else item)
        level = following


def _escaped(run: re.Match[str]) -> str:
    return encode_basestring_ascii(run[0])[1:-1]
