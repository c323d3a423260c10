"""What formats ask about JSON schemas."""

import json
from typing import Final

from ..._wire import JsonValue, PublicError, Status, kind_of, quoted
from .definition import Schema

# A longer chain of references goes in a circle.
_MAX_REFERENCES: Final = 32


def resolved(schema: Schema, root: Schema) -> Schema:
    """Give what *schema* refers to within *root*; the schema itself if it refers to nothing there."""
    found = schema
    for _ in range(_MAX_REFERENCES):
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        target = _target(reference, root)
        if target is None:
            break
        found = target
    return schema


def kinds_of(schema: Schema | None) -> frozenset[str]:
    """Give the kinds of JSON that the schema takes, as far as it names them; empty if it takes any."""
    if schema is None:
        return frozenset()
    root = resolved(schema, schema)
    members = root.get("anyOf", root.get("oneOf"))
    if not isinstance(members, list):
        return _own_kinds(root)
    kinds = [_own_kinds(resolved(member, schema)) for member in members if isinstance(member, dict)]
    return frozenset[str]().union(*kinds) if all(kinds) else frozenset()


def is_of(kind: str, schema: Schema) -> bool:
    """Tell whether the schema takes this kind of JSON and no other."""
    return kinds_of(schema) == frozenset([kind])


def items_of(schema: Schema) -> Schema:
    """Give the schema of an array's items; empty if it says nothing about them."""
    items = resolved(schema, schema).get("items")
    return resolved(items, schema) if isinstance(items, dict) else {}


def fenced(schema: Schema) -> str:
    """Give the schema as it stands in instructions."""
    return f"```\n{json.dumps(schema, indent=2)}\n```\n"


def unsuitable(format_name: str, needed: str, schema: Schema) -> PublicError:
    """Give the error for a schema that a format cannot have."""
    kind = resolved(schema, schema).get("type")
    shown = quoted(kind) if isinstance(kind, str) else "another one"
    return PublicError(
        Status.INVALID_ARGUMENT, f"format {format_name!r} needs a schema of {needed}, got {shown}; take format 'json'"
    )


def _own_kinds(schema: Schema) -> frozenset[str]:
    named, values = schema.get("type"), schema.get("enum")
    if isinstance(named, str):
        kinds = {named}
    elif isinstance(named, list):
        kinds = {kind for kind in named if isinstance(kind, str)}
    else:
        kinds = {kind_of(value) for value in values} if isinstance(values, list) else set[str]()
    return frozenset(kinds | {"integer"} if "number" in kinds else kinds)


def _target(reference: str, root: Schema) -> Schema | None:
    # "#/definitions/Name", "#/$defs/Name", or "#" for the root itself.
    start, *steps = reference.split("/")
    found: JsonValue | Schema = root if start == "#" else None
    for step in steps:
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None
