"""What is declared of an action of some kind, split into what the core knows and what listings show."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from .._core import ActionOptions, Signature, Style, read_signature
from .._wire import ActionKey, JsonValue, codec_of, codec_of_schema

SchemaLike: TypeAlias = "type[Any] | Mapping[str, JsonValue]"
"""A type that has JSON, or a JSON Schema."""


def core_options(
    options: Mapping[str, Any], own: type[Any], metadata: Mapping[str, JsonValue], description: str = ""
) -> ActionOptions:
    """Return *options* for the core: without those of the kind itself, with what listings show of it.

    Args:
      options: what was given.
      own: the typed dict of the kind's options, which extends `ActionOptions`.
      metadata: what tools read of this kind; it is put over the metadata that was given.
      description: the description, if none was given.
    """
    theirs = own.__annotations__.keys() - ActionOptions.__annotations__.keys()
    declared: Any = {name: value for name, value in options.items() if name not in theirs}
    declared["metadata"] = _laid_over(declared.get("metadata", {}), metadata)
    if description:
        declared.setdefault("description", description)
    checked: ActionOptions = declared  # when the action is made
    return checked


def schema_of(schema: SchemaLike) -> Mapping[str, JsonValue]:
    """Return the JSON Schema of a type; a JSON Schema as it is.

    Raises:
      TypeError: if the type has no JSON.
    """
    return schema if isinstance(schema, Mapping) else codec_of(schema).schema()


def type_of(schema: SchemaLike) -> Any:
    """Return what the core takes as a type: a type as it is, the codec of a JSON Schema."""
    return codec_of_schema(schema) if isinstance(schema, Mapping) else schema


def signature_of(key: ActionKey, fn: Callable[..., Any], input_type: Any, output_type: Any) -> Signature:
    """Return the signature of *fn*, which becomes the action *key*, with the types that its kind has.

    Raises:
      TypeError: if it cannot be that.
    """
    read = read_signature(fn, key.name)
    if read.style is Style.GENERATOR:
        raise TypeError(f"{key} is a generator, which returns nothing; return the answer, and stream by ctx.send_chunk")
    if not read.has_input:
        raise TypeError(f"{key} takes no input; its function takes one, of type {input_type.__name__!r}")
    return attrs.evolve(read, input_type=input_type, output_type=output_type)


def _laid_over(given: Mapping[str, Any], metadata: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    merged: dict[str, JsonValue] = {**given, **metadata}
    for name, value in metadata.items():
        below = given.get(name)
        if isinstance(value, dict) and isinstance(below, Mapping):
            merged[name] = {**below, **value}
    return merged
