"""The schemas of prompts: types, JSON Schemas, names of schemas, and picoschema."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, get_origin

import attrs
from typing_extensions import is_typeddict

from ..._core import Registry
from ..._wire import ABSENT, Absent, Codec, JsonValue, PublicError, Status, codec_of, codec_of_schema
from .dotprompt import expand_picoschema

SCHEMA: Final = "schema"
"""The kind of the registry's values that are schemas with a name."""


_DEFINITIONS: Final = ("definitions", "$defs")


@attrs.frozen
class Picoschema:
    """A schema as ``.prompt`` files write it: picoschema, a JSON Schema, or the name of a schema."""

    source: JsonValue


Schema: TypeAlias = type[Any] | Mapping[str, JsonValue] | str | Picoschema | None
"""What an input or output may be declared to be: a type, a JSON Schema, the name of a schema, or nothing."""


def codec_of_declared(registry: Registry, schema: Schema) -> Codec[Any]:
    """Return the codec of what is declared as *schema*; of anything, where nothing is declared.

    Raises:
      PublicError: ``NOT_FOUND``, if it names a schema that does not exist.
      ValueError: if it is no schema.
    """
    if schema is None:
        return codec_of(Any)
    if isinstance(schema, Picoschema):
        return _codec_of_picoschema(registry, schema.source)
    if isinstance(schema, str):
        return codec_of_declared(registry, _named(registry, schema))
    if isinstance(schema, Mapping):
        return codec_of_schema(schema)
    return codec_of(schema)


def _codec_of_picoschema(registry: Registry, source: JsonValue) -> Codec[Any]:
    known = registry.values(SCHEMA)
    if isinstance(source, str) and source in known:
        # A name alone stands for the schema itself, with its type.
        return codec_of_declared(registry, known[source])
    definitions: dict[str, JsonValue] = {}

    def named(name: str) -> Mapping[str, JsonValue] | None:
        if name not in known:
            return None
        schema = dict(codec_of_declared(registry, known[name]).schema())
        for place in _DEFINITIONS:
            own: Any = schema.pop(place, {})
            definitions.update({f"{name}.{key}": _moved(part, name) for key, part in own.items()})
        return {key: _moved(part, name) for key, part in schema.items()}

    expanded = expand_picoschema(source, named)
    return codec_of_schema({**expanded, "definitions": definitions} if definitions else expanded)


def _moved(schema: JsonValue, name: str) -> JsonValue:
    """Return part of the schema *name* for a place inside another: it finds its definitions at the root."""
    if isinstance(schema, list):
        return [_moved(part, name) for part in schema]
    if not isinstance(schema, dict):
        return schema
    moved = {key: _moved(part, name) for key, part in schema.items()}
    target = schema.get("$ref")
    if isinstance(target, str):
        for key in _DEFINITIONS:
            if target.startswith(f"#/{key}/"):
                moved["$ref"] = f"#/definitions/{name}.{target.removeprefix(f'#/{key}/')}"
    return moved


def _named(registry: Registry, name: str) -> Any:
    known = registry.values(SCHEMA)
    if name not in known:
        raise PublicError(Status.NOT_FOUND, f"schema {name!r} not found")
    return known[name]


class DeclaredSchema:
    """What an input or output was declared to be.

    Args:
      registry: knows the schemas that have names.
      declared: what was declared; `None` for anything.
    """

    def __init__(self, registry: Registry, declared: Schema) -> None:
        self._registry: Final = registry
        self.declared: Final = declared
        self._codec: Codec[Any] | None = None

    def codec(self) -> Codec[Any]:
        """Return the codec; a schema with a name may be defined as late as its first use.

        Raises:
          PublicError: ``NOT_FOUND``, if it names a schema that does not exist.
          ValueError: if it is no schema.
        """
        if self._codec is None:
            self._codec = codec_of_declared(self._registry, self.declared)
        return self._codec


class PromptInput(DeclaredSchema):
    """What a prompt is given, and what its templates see of it.

    Args:
      registry: knows the schemas that have names.
      declared: what was declared; `None` for anything.
      default: what stands where the input leaves something out.
    """

    def __init__(self, registry: Registry, declared: Schema, default: Mapping[str, JsonValue]) -> None:
        super().__init__(registry, declared)
        self.default: Final = default

    def load(self, data: JsonValue | Absent) -> Any:
        """Return the input that *data*, the JSON value of a request, stands for.

        Raises:
          InvalidValue: if it does not fit.
        """
        given = {} if data is ABSENT or data is None else data
        if isinstance(given, dict):
            given = {**self.default, **given}
        return self.codec().load(given)

    def values_of(self, given: Any) -> JsonValue:
        """Return what the templates see of *given*: JSON, with the names that the schema gives.

        A mapping is accepted in place of an object of the declared type.

        Raises:
          InvalidValue: if it does not fit.
        """
        codec = self.codec()
        if given is None:
            return {**self.default}
        if isinstance(given, Mapping):
            plain: dict[str, Any] = {**self.default, **given}
            return codec.dump(plain if _is_mapping(codec.tp) else codec.load(plain))
        values = codec.dump(given)
        return {**self.default, **values} if isinstance(values, dict) else values


def _is_mapping(tp: Any) -> bool:
    cls = get_origin(tp) or tp
    return tp is Any or is_typeddict(tp) or (isinstance(cls, type) and issubclass(cls, Mapping))
