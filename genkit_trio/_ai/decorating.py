"""What the decorators of all kinds do: ``@ai.model``, ``@ai.model()``, ``@ai.model("name")``, ``@ai.model(name=…)``."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from .._core import AnyAction, Registry, name_of

ActionT = TypeVar("ActionT", bound=AnyAction)

Make = Callable[[str, Callable[..., Any], Any], ActionT]
"""Makes an action of a name, a function and options."""


def decorated(registry: Registry, make: Make[ActionT], given: Any, name: str | None, options: Mapping[str, Any]) -> Any:
    """Return the registered action that *make* makes, or a decorator that will register one.

    Args:
      registry: where it is registered.
      make: makes it.
      given: the function, or a name, or `None`.
      name: the name, if it was given by keyword.
      options: what is declared beside the function.
    """
    if given is None or isinstance(given, str):
        return partial(_register, registry, make, given or name, options)
    return _register(registry, make, name, options, given)


def _register(
    registry: Registry, make: Make[ActionT], name: str | None, options: Mapping[str, Any], fn: Callable[..., Any], /
) -> ActionT:
    return registry.register(make(name or name_of(fn), fn, options))
