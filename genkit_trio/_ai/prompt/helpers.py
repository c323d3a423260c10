"""The helpers that every template has, those of Dotprompt, and what a user's own helper is given."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

from ..message import Role
from ..part import Part
from .marks import HISTORY, Mark, Marks

logger = logging.getLogger("genkit_trio")


class HelperOptions(Protocol):
    """What a helper is given beside its arguments."""

    @property
    def hash(self) -> Mapping[str, Any]:
        """The arguments with a name: ``{{pad word width=8}}``."""
        ...

    @property
    def context(self) -> Any:
        """The values that names in the template stand for at this place."""
        ...

    @property
    def data(self) -> Mapping[str, Any]:
        """What ``{{@name}}`` stands for: the context of the call, and ``@index``, ``@root`` and their like."""
        ...

    @property
    def is_block(self) -> bool:
        """Whether it is called as a block, ``{{#name}}…{{/name}}``."""
        ...

    def fn(self, context: Any = None, /) -> str:
        """Render the block, with *context* as its values if given."""
        ...

    def inverse(self, context: Any = None, /) -> str:
        """Render the block's ``{{else}}``, with *context* as its values if given."""
        ...


Helper: TypeAlias = Callable[[list[Any], Any], object]
"""A helper: it is given its arguments and the `HelperOptions`, and what it returns is put into the text."""

MARKS: Final = "\0marks"
"""Where in the data of a rendering its `Marks` are, under a name that no template can write."""


def role(args: list[Any], options: HelperOptions) -> str:
    """``{{role "system"}}``: from here on, another one speaks."""
    name = str(args[0]) if args else ""
    if name not in _ROLES:
        raise ValueError(f"a template has the role {name!r}; write one of {', '.join(map(repr, _ROLES))}")
    return _mark(Role(name), options)


def history(args: list[Any], options: HelperOptions) -> str:
    """``{{history}}``: the messages of the conversation so far."""
    return _mark(HISTORY, options)


def media(args: list[Any], options: HelperOptions) -> str:
    """``{{media url=photo contentType="image/png"}}``: a media part; nothing where there is no URL."""
    url, content_type = options.hash.get("url"), options.hash.get("contentType")
    if not url:
        return ""
    if not isinstance(url, str):
        raise ValueError(f"a template has media whose url is of type {type(url).__name__!r}; it must be text")  # noqa: TRY004  # a value of the input, not a mistake of the caller
    return _mark(Part.from_media(url, str(content_type) if content_type else None), options)


def section(args: list[Any], options: HelperOptions) -> str:
    """``{{section "output"}}``: a place that is filled in later, such as with the instructions of the format."""
    if not args:
        return ""
    return _mark(Part(metadata={"purpose": str(args[0]), "pending": True}), options)


def json_text(args: list[Any], options: HelperOptions) -> str:
    """``{{json value indent=2}}``: the value as JSON."""
    if not args:
        return ""
    indent = options.hash.get("indent") or None
    if isinstance(indent, float):
        indent = int(indent)
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(args[0], ensure_ascii=False, indent=indent, separators=separators)


def if_equals(args: list[Any], options: HelperOptions) -> str:
    """``{{#ifEquals a b}}…{{else}}…{{/ifEquals}}``."""
    return options.fn() if _are_equal(args) else options.inverse()


def unless_equals(args: list[Any], options: HelperOptions) -> str:
    """``{{#unlessEquals a b}}…{{else}}…{{/unlessEquals}}``."""
    return options.inverse() if _are_equal(args) else options.fn()


def log(args: list[Any], options: HelperOptions) -> str:
    """``{{log value}}``: a line of the program's log, nothing of the text."""
    logger.info("a template says: %s", " ".join(map(repr, args)))
    return ""


_ROLES: Final = tuple(each.value for each in Role)

BUILT_IN: Final[Mapping[str, Callable[[list[Any], HelperOptions], str]]] = {
    "history": history,
    "ifEquals": if_equals,
    "json": json_text,
    "log": log,
    "media": media,
    "role": role,
    "section": section,
    "unlessEquals": unless_equals,
}


def _mark(mark: Mark, options: HelperOptions) -> str:
    marks: Marks = options.data[MARKS]
    return marks.write(mark)


def _are_equal(args: list[Any]) -> bool:
    left, right = (*args, None, None)[:2]
    # To a template, 1 is not true.
    return bool(left == right) and isinstance(left, bool) is isinstance(right, bool)
