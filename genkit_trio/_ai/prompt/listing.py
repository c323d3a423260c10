"""A prompt as listings show it: what the developer's tools read to run it with other input, models and settings."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from ..._core import Registry
from ..._wire import Codec, InvalidValue, JsonValue, codec_of
from ..action_options import MiddlewareRef
from ..middleware.define import DEFINITIONS, GenerateMiddleware
from .definition import PromptDefinition

_ANYTHING: Final[Codec[object]] = codec_of(object)


Schema: TypeAlias = Mapping[str, JsonValue] | None


def metadata_of(
    registry: Registry, definition: PromptDefinition, schema: Schema, output: Schema
) -> dict[str, JsonValue]:
    """Return the metadata of the actions of a prompt.

    Args:
      registry: knows the middleware that has a name.
      definition: the prompt.
      schema: that of its input, if it is known.
      output: the schema of its output, if it is known.
    """
    options = definition.options
    shown: dict[str, Any] = {**definition.from_file}
    if definition.from_file:
        shown["output"] = _as_json({"format": options.get("output_format"), "schema": output})
    shown |= {
        "name": definition.name,
        "variant": definition.variant,
        "model": _name_of(options.get("model")),
        "config": options.get("config"),
        "input": _as_json({"schema": schema, "default": definition.input.default or None}),
        "tools": [name for name in map(_name_of, options.get("tools") or ()) if name],
        "toolChoice": options.get("tool_choice"),
        "use": list(_uses_of(registry, options.get("use") or ())),
    }
    own = _as_json(definition.metadata)
    below = own.get("prompt")
    prompt = {**(below if isinstance(below, dict) else {}), **_as_json(shown)}
    return {**own, "type": "prompt", "prompt": prompt}


def _uses_of(registry: Registry, use: Iterable[object]) -> Iterator[dict[str, JsonValue]]:
    """Yield the middleware that has a name; the tools could not ask for any other."""
    defined: Mapping[str, GenerateMiddleware] = registry.values(DEFINITIONS)
    names = {each.cls: name for name, each in defined.items()}
    for entry in use:
        if isinstance(entry, MiddlewareRef):
            yield _as_json({"name": entry.name, "config": entry.config})
            continue
        name = next((names[cls] for cls in names if type(entry) is cls), None)
        if name:
            yield _as_json({"name": name, "config": entry})


def _name_of(thing: object) -> str | None:
    """Return the name of a model or tool, which may be given as its name, as a reference or as an action."""
    if isinstance(thing, str):
        return thing
    name = getattr(thing, "name", None)
    return str(name) if name else None


def _as_json(values: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return *values* as JSON, without what is None or has no JSON: a listing is for people."""
    kept: dict[str, JsonValue] = {}
    for name, value in values.items():
        with suppress(InvalidValue, TypeError):
            if value is not None:
                kept[name] = _ANYTHING.dump(value)
    return kept
