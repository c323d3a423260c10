"""``module:attribute``: finding the application that a command is about."""

import importlib
import sys
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import click

from .. import Genkit
from ..abc import WorkQueue

TARGET: Final = "genkit_trio.target"
"""Where the click context keeps the text, for a command that starts others."""


class TargetError(Exception):
    """The text does not lead to an application; the message says where it went wrong."""


def _convert(ctx: click.Context, param: click.Parameter, value: str) -> Genkit:
    ctx.meta[TARGET] = value
    try:
        return load_genkit(value)
    except TargetError as exc:
        raise click.BadParameter(str(exc)) from exc


application: Final = click.argument("ai", metavar="MODULE:ATTRIBUTE", callback=_convert)
"""The argument of a command that is about an application; a mistake in it is a sentence and exit code 2."""


def load_genkit(target: str) -> Genkit:
    """Return the application that *target*, ``module:attribute``, names.

    The module is looked for in the working directory first, as ``python -m`` does. What importing it raises is not
    caught: its traceback says where.

    Raises:
      TargetError: if there is no such module or attribute, or it is something else.
    """
    module_name, attribute = _split(target, "shop:ai")
    module = _import(module_name)
    try:
        found = reduce(getattr, attribute.split("."), module)
    except AttributeError as exc:
        message = f"module {module_name!r} has no attribute {attribute!r}; {_suggestion(module_name, module)}"
        raise TargetError(message) from exc
    if not isinstance(found, Genkit):
        kind = type(found).__name__
        raise TargetError(f"{target!r} is of type {kind!r}, not a Genkit; {_suggestion(module_name, module)}")
    return found


def load_queue(target: str) -> WorkQueue:
    """Return the queue that *target* names, as `load_genkit` does an application.

    Raises:
      TargetError: if there is no such module or attribute, or it is something else.
    """
    module_name, attribute = _split(target, "shop:queue")
    try:
        found: Any = reduce(getattr, attribute.split("."), _import(module_name))
    except AttributeError as exc:
        message = f"module {module_name!r} has no attribute {attribute!r}; make a queue there, or name another place"
        raise TargetError(message) from exc
    if not callable(getattr(found, "take", None)):
        raise TargetError(f"{target!r} is of type {type(found).__name__!r}, not a queue; give one like RedisWorkQueue")
    queue: WorkQueue = found
    return queue


def _split(target: str, like: str) -> tuple[str, str]:
    module_name, colon, attribute = target.partition(":")
    if not colon or not module_name or not attribute:
        raise TargetError(f"{target!r} is not module:attribute; write it like {like!r}")
    return module_name, attribute


def _import(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        # A module that is there and imports one that is not fails the same way, and deserves its traceback.
        if exc.name is None or not f"{name}.".startswith(f"{exc.name}."):
            raise
        message = f"there is no module {exc.name!r} in {here!r} or on the path; check the name and the directory"
        raise TargetError(message) from exc


def _suggestion(name: str, module: ModuleType) -> str:
    names = [attribute for attribute, value in vars(module).items() if isinstance(value, Genkit)]
    if not names:
        return "make one there: ai = Genkit()"
    return f"did you mean '{name}:{names[0]}'?"
