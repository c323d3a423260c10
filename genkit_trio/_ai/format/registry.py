"""Finding formats by their names."""

from collections.abc import Mapping
from typing import Final

from ..._core import Registry
from ..._wire import PublicError, Status
from ..action_options import GenerateOutput
from .array import ArrayFormat
from .definition import Format
from .enum import EnumFormat
from .json import JsonFormat
from .jsonl import JsonlFormat
from .text import TextFormat

_KIND: Final = "format"

BUILT_IN: Final[Mapping[str, Format]] = {
    each.name: each for each in (TextFormat(), JsonFormat(), ArrayFormat(), EnumFormat(), JsonlFormat())
}


def define_format(registry: Registry, format: Format) -> Format:  # noqa: A002  # Genkit's word for it
    """Let ``output_format`` ask for *format*, also in the place of a built-in one of the same name, and return it."""
    registry.set_value(_KIND, format.name, format)
    return format


def format_of(registry: Registry, name: str) -> Format:
    """Return the format of this name.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if there is none.
    """
    defined = registry.values(_KIND)
    found: Format | None = defined.get(name) or BUILT_IN.get(name)
    if found is None:
        names = ", ".join(sorted({*BUILT_IN, *defined}))
        raise PublicError(Status.INVALID_ARGUMENT, f"no format {name!r}; there are {names}")
    return found


def requested_format(registry: Registry, output: GenerateOutput | None) -> Format | None:
    """Return the format that is asked for, which is ``json`` for a schema alone; None for none.

    Raises:
      PublicError: ``INVALID_ARGUMENT``, if there is no such format.
    """
    if output is None:
        return None
    name = output.format or ("json" if output.json_schema is not None else None)
    return None if name is None else format_of(registry, name)
