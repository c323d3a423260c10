"""Regular expressions: Python's, read so that they mean what JSON Schema (ECMA-262) makes of them."""

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<escape> \\ (?: x[0-9a-fA-F]{2} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8} | . ) )
    | (?P<group>  \( \? (?: P<\w+> | P=\w+\) | <?[=!] | : | . ) )
    | (?P<repeat> (?: [*+?] | \{\d+(?:,\d*)?\} | \{,\d+\} ) [?+]? )
    | (?P<set>    \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<other>  . )
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SET: Final = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|.", re.DOTALL)
_CHANGED_ESCAPES: Final = {"A": "^", "Z": "$", "a": r"\x07", "s": r"[\t-\r ]", "S": r"[^\t-\r ]"}
_SAME_ESCAPES: Final = frozenset("bBdDwWnrtfv123456789^$\\.*+?()[]{}|/")
_CHANGED_IN_SET: Final = {"a": r"\x07", "s": r"\t-\r "}
_SAME_IN_SET: Final = frozenset("bdDwWnrtfv^$\\.*+?()[]{}|/-")
_SAME_GROUPS: Final = frozenset(["(?:", "(?=", "(?!", "(?<=", "(?<!"])


class _Untranslatable(Exception):
    """The expression uses what ECMA-262 does not have."""


def strict_pattern(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    r"""Compile a pattern so that ``$`` is the end of the text, not also before a last newline.

    Classes such as ``\d`` are ASCII when the pattern is given as text, as in JSON Schema.
    """
    if isinstance(pattern, str):
        return re.compile(_with_true_end(pattern), re.ASCII)
    if pattern.flags & (re.MULTILINE | re.VERBOSE):
        return pattern
    return re.compile(_with_true_end(pattern.pattern), pattern.flags)


def anchored(pattern: re.Pattern[str], *, start: bool, end: bool) -> re.Pattern[str]:
    """Give a pattern to search with, for one that is matched at the start or in full."""
    if not start:
        return pattern
    return re.compile(rf"^(?:{pattern.pattern})" + ("$" if end else ""), pattern.flags)


def ecma_pattern(pattern: re.Pattern[str]) -> str | None:
    """Write the pattern for JSON Schema, None if it cannot be written."""
    if pattern.flags & ~(re.UNICODE | re.ASCII):
        return None
    try:
        return "".join(_translated(token) for token in _TOKEN.finditer(pattern.pattern))
    except _Untranslatable:
        return None


def _with_true_end(pattern: str) -> str:
    return _TOKEN.sub(lambda token: r"\Z" if token[0] == "$" else token[0], pattern)


def _translated(token: re.Match[str]) -> str:
    return _TRANSLATE[str(token.lastgroup)](token[0])


def _escape(text: str) -> str:
    letter = text[1]
    if letter in _CHANGED_ESCAPES:
        return _CHANGED_ESCAPES[letter]
    return _plain_escape(text, _SAME_ESCAPES)


def _plain_escape(text: str, same: frozenset[str]) -> str:
    letter = text[1]
    if letter in same or letter in "xu":
        return text
    if letter == "U":
        return rf"\u{{{text[2:].lstrip('0')}}}"
    if letter.isalnum():
        raise _Untranslatable
    return letter  # in ECMA-262 only syntax characters may be escaped


def _group(text: str) -> str:
    if text.startswith("(?P<"):
        return "(?<" + text[4:]
    if text.startswith("(?P="):
        return rf"\k<{text[4:-1]}>"
    if text in _SAME_GROUPS:
        return text
    raise _Untranslatable


def _repeat(text: str) -> str:
    if text != "+" and text.endswith("+"):
        raise _Untranslatable
    return text.replace("{,", "{0,")


def _set(text: str) -> str:
    negated = text.startswith("[^")
    parts = [_in_set(found[0]) for found in _IN_SET.finditer(text, 1 + negated, len(text) - 1)]
    return f"[{'^' * negated}{''.join(parts)}]"


def _in_set(part: str) -> str:
    if not part.startswith("\\"):
        return "\\" + part if part in "[]" else part
    if part[1] in _CHANGED_IN_SET:
        return _CHANGED_IN_SET[part[1]]
    return _plain_escape(part, _SAME_IN_SET)


def _other(text: str) -> str:
    if text == ".":
        return r"[^\n]"
    return "\\" + text if text in "{}]" else text


_TRANSLATE: Final[dict[str, Callable[[str], str]]] = {
    "escape": _escape,
    "group": _group,
    "repeat": _repeat,
    "set": _set,
    "other": _other,
}
