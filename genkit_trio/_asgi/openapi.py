"""``/openapi.json``: the flows of an application as an OpenAPI 3.1 document, made of their types.

https://spec.openapis.org/oas/v3.1.0. Its schemas are those of JSON Schema 2020-12, while the types of actions are
described in draft-07, as Genkit's tools want it; what differs between the two is translated here.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, Final
from urllib.parse import quote

from .._core import AnyAction
from .._wire import ABSENT, JsonValue, PublicError, Status, dumps
from .messages import Headers
from .respond import Answer

OPENAPI: Final = "/openapi.json"
READING: Final = frozenset({"GET", "HEAD"})
"""The methods with which the document is asked for; a flow of that name is run with another one."""

_HEADERS: Final[Headers] = [(b"content-type", b"application/json"), (b"cache-control", b"no-cache")]
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
"""What the name of a component does not hold."""
_REFS: Final = "#/components/schemas/"
_ERROR: Final[JsonValue] = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": [status.name for status in Status if status is not Status.OK]},
        "message": {"type": "string"},
        "details": {},
    },
    "required": ["status", "message"],
}
_TIMEOUT: Final[JsonValue] = {
    "name": "X-Request-Timeout",
    "in": "header",
    "description": "The seconds that the run may take, such as 2.5.",
    # Not a number, which might be written as 1e-7.
    "schema": {"type": "string", "pattern": r"^([0-9]{1,9}(\.[0-9]{0,16})?|\.[0-9]{1,16})$"},
}
_IDS: Final[JsonValue] = {
    "x-genkit-trace-id": {"description": "The trace of the run.", "schema": {"type": "string"}},
    "x-genkit-span-id": {"description": "The span of the run.", "schema": {"type": "string"}},
}


def openapi_answer(flows: Iterable[AnyAction]) -> Answer:
    """Answer a request for the document."""
    return Answer(200, dumps(openapi_of(flows)), _HEADERS)


def openapi_of(flows: Iterable[AnyAction]) -> dict[str, JsonValue]:
    """Return the document that describes *flows*."""
    schemas = _Schemas()
    paths: dict[str, JsonValue] = {f"/{quote(flow.name)}": {"post": _operation(flow, schemas)} for flow in flows}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Flows", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


def _operation(flow: AnyAction, schemas: "_Schemas") -> dict[str, JsonValue]:
    data = schemas.of(flow.describe().get("inputSchema", {}))
    needs_data = _needs_data(flow)
    envelope: dict[str, JsonValue] = {"type": "object", "properties": {"data": data, "init": {}}}
    if needs_data:
        envelope["required"] = ["data"]
    result = schemas.of(flow.describe().get("outputSchema", {}))
    answered: JsonValue = {"type": "object", "properties": {"result": result}, "required": ["result"]}
    operation: dict[str, JsonValue] = {
        "operationId": flow.name,
        "parameters": [_TIMEOUT],
        "requestBody": {"required": needs_data, "content": {"application/json": {"schema": envelope}}},
        "responses": {
            "200": {
                "description": "The output; as events, when the client accepts them: the chunks, then the output.",
                "headers": _IDS,
                "content": {"application/json": {"schema": answered}, "text/event-stream": {}},
            },
            "default": {
                "description": "Why there is no output.",
                "content": {"application/json": {"schema": {"$ref": f"{_REFS}Error"}}},
            },
        },
    }
    if flow.description:
        operation["description"] = flow.description
    return operation


def _needs_data(flow: AnyAction) -> bool:
    with suppress(PublicError):
        flow.load_input(ABSENT)
        return False
    return True


class _Schemas:
    """The schemas that the document names, from all flows together."""

    def __init__(self) -> None:
        self.components: Final[dict[str, JsonValue]] = {"Error": _ERROR}

    def of(self, schema: JsonValue) -> JsonValue:
        """Return *schema* as it stands in the document; what it defines goes to the components."""
        if isinstance(schema, dict) and isinstance(definitions := schema.get("definitions"), dict):
            names, components = self._place(definitions)
            self.components.update(components)
            return _translated({key: value for key, value in schema.items() if key != "definitions"}, names)
        return _translated(schema, {})

    def _place(self, definitions: Mapping[str, JsonValue]) -> tuple[dict[str, str], dict[str, JsonValue]]:
        """Return the names that *definitions* get, and the components that they become.

        They get theirs together, as they refer to each other: with the first number with which each of them is new, or
        the same as what has that name.
        """
        placed = (_named(definitions, "" if number == 1 else f"_{number}") for number in count(1))
        return next((names, components) for names, components in placed if self._agree_with(components))

    def _agree_with(self, components: Mapping[str, JsonValue]) -> bool:
        return all(self.components.get(name, inner) == inner for name, inner in components.items())


def _named(definitions: Mapping[str, JsonValue], suffix: str) -> tuple[dict[str, str], dict[str, JsonValue]]:
    names = {name: _UNSAFE.sub(_coded, name) + suffix for name in definitions}
    return names, {names[name]: _translated(inner, names) for name, inner in definitions.items()}


def _coded(unsafe: re.Match[str]) -> str:
    return f"_{ord(unsafe[0]):x}_"


def _translated(schema: JsonValue, names: Mapping[str, str]) -> JsonValue:
    """Return a schema of draft-07 as one of 2020-12, with the new *names* of what it refers to."""
    if isinstance(schema, list):
        return [_translated(inner, names) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}  # Any: JSON of every shape
    for key, value in schema.items():
        if key in _LITERAL:
            made[key] = value
        elif key in _NAMED and isinstance(value, dict):
            made[key] = {name: _translated(inner, names) for name, inner in value.items()}
        elif key == "$ref" and isinstance(value, str):
            name = value.removeprefix("#/definitions/")
            made[key] = _REFS + names.get(name, name)
        elif key == "items" and isinstance(value, list):
            made["prefixItems"] = _translated(value, names)
        elif key == "additionalItems":
            made["items"] = _translated(value, names)
        else:
            made[key] = _translated(value, names)
    return made


_LITERAL: Final = frozenset({"const", "enum", "default", "examples"})
"""Keywords whose values are instances, in which nothing is a schema."""
_NAMED: Final = frozenset({"properties", "patternProperties"})
"""Keywords whose values are schemas by names of the user's."""
