"""URI templates (RFC 6570), read backwards: which values make this URI.

A URI may come from anybody, so matching takes time proportional to its length. A regular expression would take the
square of it, or more, for a template of several values.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias
from urllib.parse import unquote

import attrs

_EXPRESSION: Final = re.compile(r"\{([^{}]*)\}")
_NAMES: Final = re.compile(r"([+#./?&]?)([A-Za-z0-9_.]+(?:\*|:[0-9]{1,4})?(?:,[A-Za-z0-9_.]+(?:\*|:[0-9]{1,4})?)*)")
_NOT_IN_SEGMENT: Final = frozenset("/?#&")
_NOT_IN_PATH: Final = frozenset("?#")
_NOWHERE: Final = -1


@attrs.frozen
class _Text:
    """Stands for itself."""

    text: str


@attrs.frozen
class _Value:
    """Stands for one or more characters."""

    name: str
    stops: frozenset[str]
    """The characters that it cannot hold."""


@attrs.frozen
class _Rest:
    """Stands for all that follows, if it begins as it should, or for nothing."""

    first: str
    names: tuple[str, ...]

    def values_in(self, text: str) -> dict[str, str] | None:
        """Return the values in *text*, which begins as it should; `None` if something in it has no name here."""
        if not text:
            return {}
        if self.first == "#":
            return {self.names[0]: unquote(text[1:])}
        pairs = [pair.partition("=") for pair in text[1:].split("&")]
        found = {name: unquote(value.replace("+", " ")) for name, _, value in pairs}
        return found if found.keys() <= set(self.names) and len(found) == len(pairs) else None


_Element: TypeAlias = _Text | _Value | _Rest


class UriTemplate:
    """A URI with places for values: ``file:///{name}``, ``notes://{user}/{+path}``, ``search://{term}{?page,size}``.

    ``{x}`` is a part of one segment, ``{+x}`` and ``{/x*}`` may hold slashes, ``{/x}`` is a segment, ``{.x}`` an
    extension, ``{?x,y}`` and ``{&x}`` are parameters and ``{#x}`` the fragment, which may be missing and come last.

    Args:
      template: the text of it.

    Raises:
      ValueError: if it cannot be read.
    """

    def __init__(self, template: str) -> None:
        self.template: Final = template
        self._elements: Final[Sequence[_Element]] = list(_elements_of(template))
        if any(isinstance(element, _Rest) for element in self._elements[:-1]):
            raise ValueError(f"URI template {template!r} goes on after its parameters; put them last")

    def match(self, uri: str) -> dict[str, str] | None:
        """Return the values with which the template makes *uri*; `None` if there are none.

        Where several would do, the first value is the longest.
        """
        ends = [_NOWHERE] * len(uri) + [len(uri)]
        steps: list[list[int]] = []
        # From the last element to the first: where does it end if it starts here, so that the others fit?
        for element in reversed(self._elements):
            ends = _ends_of(element, uri, ends)
            steps.append(ends)
        return self._values(uri, steps[::-1])

    def _values(self, uri: str, steps: Sequence[Sequence[int]]) -> dict[str, str] | None:
        values: dict[str, str] = {}
        start = 0
        for element, ends in zip(self._elements, steps, strict=True):
            end = ends[start]
            if end == _NOWHERE:
                return None
            if isinstance(element, _Value):
                values[element.name] = unquote(uri[start:end])
            elif isinstance(element, _Rest):
                found = element.values_in(uri[start:end])
                if found is None:
                    return None
                values |= found
            start = end
        return values if start == len(uri) else None


def _ends_of(element: _Element, uri: str, following: Sequence[int]) -> list[int]:
    """Return for each place of *uri* where the element ends that starts there, so that what follows fits."""
    size = len(uri)
    ends = [_NOWHERE] * (size + 1)
    if isinstance(element, _Rest):
        for start in range(size + 1):
            if start == size or uri[start] == element.first:
                ends[start] = size
    elif isinstance(element, _Text):
        length = len(element.text)
        for start in range(size - length + 1):
            if following[start + length] != _NOWHERE and uri.startswith(element.text, start):
                ends[start] = start + length
    else:
        furthest = _NOWHERE
        for start in range(size - 1, -1, -1):
            if uri[start] in element.stops:
                furthest = _NOWHERE
            elif furthest == _NOWHERE and following[start + 1] != _NOWHERE:
                furthest = start + 1
            ends[start] = furthest
    return ends


def _elements_of(template: str) -> Iterator[_Element]:
    place = 0
    for found in _EXPRESSION.finditer(template):
        yield from _text(template, template[place : found.start()])
        yield from _expression(template, found[1])
        place = found.end()
    yield from _text(template, template[place:])


def _text(template: str, text: str) -> Iterator[_Text]:
    if "{" in text or "}" in text:
        raise ValueError(f"URI template {template!r} has a brace without its pair")
    if text:
        yield _Text(text)


def _expression(template: str, expression: str) -> Iterator[_Element]:
    found = _NAMES.fullmatch(expression)
    if found is None:
        raise ValueError(f"URI template {template!r} has {{{expression}}}, which is not understood; write {{name}}")
    operator = found[1]
    variables = found[2].split(",")
    names = [variable.rstrip("*").partition(":")[0] for variable in variables]
    if operator and operator in "?&#":
        yield _Rest(operator, tuple(names))
        return
    between = operator if operator in ("/", ".") else ","
    for index, (name, variable) in enumerate(zip(names, variables, strict=True)):
        if index or operator in ("/", "."):
            yield _Text(between)
        several = operator == "+" or (operator == "/" and variable.endswith("*"))
        yield _Value(name, _NOT_IN_PATH if several else _NOT_IN_SEGMENT)
