"""What an application defines of middleware.

Inherited by `Genkit`, so it loads what it needs when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..._core import Registry
    from ..._wire import JsonValue
    from .define import GenerateMiddleware
    from .hooks import Middleware

MiddlewareT = TypeVar("MiddlewareT", bound="Middleware")


class MiddlewareDefinitions:
    """The part of `Genkit` that defines middleware."""

    registry: Registry

    def define_middleware(
        self,
        cls: type[Middleware],
        *,
        name: str | None = None,
        description: str = "",
        metadata: Mapping[str, JsonValue] | None = None,
    ) -> GenerateMiddleware:
        """Give a middleware class a name, for the tools' listing, for prompts, and for ``use=[MiddlewareRef(name)]``.

        The middleware that comes with the library has names of its own: ``ai.define_middleware(Retry)``.

        Args:
          cls: the class.
          name: its name.
          description: what listings show; the first paragraph of the class's docstring by default.
          metadata: what else listings show, as JSON.

        Raises:
          TypeError: if a field of the class has a type that has no JSON.
          ValueError: if the name cannot be one.
        """
        from .define import GenerateMiddleware, define_middleware

        return define_middleware(
            self.registry, GenerateMiddleware(name or cls.middleware_name, cls, description, metadata)
        )

    def middleware(
        self,
        *,
        name: str | None = None,
        description: str = "",
        metadata: Mapping[str, JsonValue] | None = None,
    ) -> Callable[[type[MiddlewareT]], type[MiddlewareT]]:
        """Do what `define_middleware` does, as a class decorator: ``@ai.middleware(name="…")``."""

        def define(cls: type[MiddlewareT]) -> type[MiddlewareT]:
            self.define_middleware(cls, name=name, description=description, metadata=metadata)
            return cls

        return define
