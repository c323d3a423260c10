"""From what ``use=`` holds to middleware."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeAlias

import attrs

from ..._core import Registry
from ..._wire import PublicError, Status
from ..action_options import MiddlewareRef
from ..request import ModelRequest
from ..response import ModelResponse
from .define import DEFINITIONS, GenerateMiddleware
from .hooks import Middleware, ModelHookParams, NextModel

NextRequest: TypeAlias = Callable[[ModelRequest], Awaitable[ModelResponse]]
ModelMiddleware: TypeAlias = Callable[[ModelRequest, NextRequest], Awaitable[ModelResponse]]
"""An async function ``(request, next_fn)``: middleware around the calls of a model, ``next_fn(request)`` makes one."""

Use: TypeAlias = Middleware | MiddlewareRef | ModelMiddleware
"""What ``use=`` holds: middleware, its name and configuration, or a function around the calls of the model."""


def resolve_middleware(registry: Registry, use: Iterable[Use]) -> list[Middleware]:
    """Return the middleware that *use* stands for.

    Raises:
      PublicError: ``NOT_FOUND`` for a name that is not defined, ``INVALID_ARGUMENT`` for a configuration that does
        not fit.
      TypeError: for what is no middleware.
    """
    return [_middleware_of(registry, entry) for entry in use]


def _middleware_of(registry: Registry, entry: Use) -> Middleware:
    if isinstance(entry, Middleware):
        return entry
    if isinstance(entry, MiddlewareRef):
        return _named(registry, entry)
    if inspect.isclass(entry) or not callable(entry):
        message = f"use= got {entry!r}; give it middleware, such as Retry(), or an async function (request, next_fn)"
        raise TypeError(message)
    return _Around(entry)


def _named(registry: Registry, ref: MiddlewareRef) -> Middleware:
    defined: dict[str, GenerateMiddleware] = registry.values(DEFINITIONS)
    if ref.name not in defined:
        known = ", ".join(sorted(defined)) or "none"
        message = f"no middleware {ref.name!r}; define it with ai.define_middleware (defined: {known})"
        raise PublicError(Status.NOT_FOUND, message)
    return defined[ref.name](ref.config)


class _Around(Middleware):
    """A function around the calls of a model."""

    def __init__(self, fn: ModelMiddleware) -> None:
        self._fn: Final = fn

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        return await self._fn(params.request, lambda request: next_fn(attrs.evolve(params, request=request)))
