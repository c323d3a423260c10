"""What is wrong with a value: wire paths and sentences, never the value itself."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from .text import plain

# A path ("content.0.text", or "" for the value itself) and a sentence.
Issue: TypeAlias = tuple[str, str]

# A list of a million wrong items must not become a million sentences.
MAX_ISSUES: Final = 20

_KINDS: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


class InvalidValue(ValueError):
    """A value does not fit its type.

    All faults are found in one pass, up to twenty, and none of them shows the value.

    Args:
      issues: one sentence per fault, or pairs of a path and a sentence.
      more: whether the search was given up before the end.
    """

    def __init__(self, issues: Iterable[str | Issue], *, more: bool = False) -> None:
        self.found: tuple[Issue, ...] = tuple(("", each) if isinstance(each, str) else each for each in issues)
        self.more = more
        super().__init__(self.found, more)

    @property
    def issues(self) -> tuple[str, ...]:
        """The faults with their paths, such as ``content.0.text: expected string, got integer``."""
        lines = tuple(f"{path}: {text}" if path else text for path, text in self.found)
        return (*lines, "and more") if self.more else lines

    def __str__(self) -> str:
        return "; ".join(self.issues)

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.found, self.more)


def _restored(found: Sequence[Issue], more: bool) -> InvalidValue:  # noqa: FBT001  # because pickle passes positions
    return InvalidValue(found, more=more)


class Findings:
    """The faults found so far inside one object or array."""

    def __init__(self) -> None:
        self.found: list[Issue] = []
        self.full = False

    def add(self, key: str | int, text: str) -> None:
        """Note a fault of the entry at this key."""
        self._extend([(step(key), text)])

    def under(self, key: str | int, wrong: InvalidValue) -> None:
        """Note the faults found inside the entry at this key."""
        head = step(key)
        self._extend([(f"{head}.{path}" if path else head, text) for path, text in wrong.found])
        self.full = self.full or wrong.more

    def merge(self, wrong: InvalidValue) -> None:
        """Note faults whose paths start where this object's do."""
        self._extend(wrong.found)
        self.full = self.full or wrong.more

    def error(self) -> InvalidValue:
        """Give what was found as the exception to raise."""
        return InvalidValue(self.found, more=self.full)

    def _extend(self, issues: Sequence[Issue]) -> None:
        room = MAX_ISSUES - len(self.found)
        self.found.extend(issues[:room])
        self.full = self.full or len(issues) > room


def kind_of(value: object) -> str:
    """Name what a value is: its JSON kind, or the class of what JSON does not have."""
    return _KINDS.get(type(value)) or type(value).__name__


def expected(what: str, value: object) -> InvalidValue:
    """Give the error for a value of the wrong kind."""
    return InvalidValue([("", f"expected {what}, got {kind_of(value)}")])


def refused(text: str) -> InvalidValue:
    """Give the error for a value of the right kind that is not accepted."""
    return InvalidValue([("", text)])


def step(key: str | int) -> str:
    """Give one segment of a path; keys come from the network, so odd ones are escaped and cut."""
    return str(key) if isinstance(key, int) else plain(key)
