"""Defining middleware: giving a class a name, so that tools list it and prompts can ask for it."""

import dataclasses
import inspect
import re
from collections.abc import Mapping
from typing import Final

import attrs

from ..._core import Registry
from ..._wire import InvalidValue, JsonValue, PublicError, Status, codec_of, dumps, quoted
from ..value import is_mapping
from .hooks import Middleware

DESCRIPTORS: Final = "middleware"
"""The kind of the registry's values that tools list."""
DEFINITIONS: Final = "middlewareClass"
"""The kind of the registry's values that make the middleware."""

_ODD: Final = re.compile(r"[\x00-\x20\x7f/\\:]|\s")
_MAX_KEPT: Final = 64
"""Configurations may come from outside, so only so many are remembered."""
_NO_CONFIG: Final[Mapping[str, JsonValue]] = {"type": "object", "properties": {}, "additionalProperties": True}


@attrs.frozen(eq=False)
class GenerateMiddleware:
    """A middleware class under a name.

    Args:
      name: what a `MiddlewareRef` calls it.
      cls: the class.
      description: what listings show; the first paragraph of the class's docstring by default.
      metadata: what else listings show, as JSON.

    Raises:
      TypeError: if a field of the class has a type that has no JSON.
      ValueError: if the name cannot be one.
    """

    name: str
    cls: type[Middleware]
    description: str = ""
    metadata: Mapping[str, JsonValue] | None = None
    _made: dict[bytes, Middleware] = attrs.field(init=False, factory=dict[bytes, Middleware])

    def __attrs_post_init__(self) -> None:
        if not self.name or _ODD.search(self.name):
            raise ValueError(
                f"a middleware is named {self.name!r}; a name is not empty and has no spaces, slashes or colons"
            )
        if self._has_config:
            codec_of(self.cls).check()

    def __call__(self, config: JsonValue | Mapping[str, JsonValue] = None) -> Middleware:
        """Return the middleware with *config*, a JSON object; the same one for the same configuration.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if *config* does not fit.
        """
        try:
            given = _object_of(config)
            key = dumps(given)
            made = self._made.get(key)
            if made is None:
                made = self._make(given)
                if len(self._made) < _MAX_KEPT:
                    self._made[key] = made
        except InvalidValue as exc:
            message = f"the config of middleware {self.name!r} does not fit: {exc}"
            raise PublicError(Status.INVALID_ARGUMENT, message) from exc
        return made

    def describe(self) -> dict[str, JsonValue]:
        """Return the middleware as listings show it."""
        schema = codec_of(self.cls).schema() if self._has_config else _NO_CONFIG
        described: dict[str, JsonValue] = {"name": self.name, "configSchema": dict(schema)}
        description = self.description or _first_paragraph(self.cls)
        if description:
            described["description"] = description
        if self.metadata:
            described["metadata"] = dict(self.metadata)
        return described

    @property
    def _has_config(self) -> bool:
        return attrs.has(self.cls) or dataclasses.is_dataclass(self.cls)

    def _make(self, config: dict[str, JsonValue]) -> Middleware:
        if self._has_config:
            return codec_of(self.cls).load(config)
        if config:
            raise InvalidValue((f"{quoted(min(config))}: unknown field; this middleware has no configuration",))
        return self.cls()


def define_middleware(registry: Registry, defined: GenerateMiddleware) -> GenerateMiddleware:
    """Let *registry* know *defined* by its name, and return it."""
    registry.set_value(DESCRIPTORS, defined.name, defined.describe())
    registry.set_value(DEFINITIONS, defined.name, defined)
    return defined


def _object_of(config: object) -> dict[str, JsonValue]:
    if config is None:
        return {}
    if not is_mapping(config):
        raise InvalidValue((f"expected object, got {type(config).__name__}",))
    return dict(config)


def _first_paragraph(cls: type[Middleware]) -> str:
    return " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n", 1)[0].split())
