"""Where a registry gets ``/util/generate`` from, the action that all generations are runs of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .._wire import ActionKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core import Action, Registry
    from .._wire import JsonValue

GENERATE: Final = ActionKey("util", "generate")


class GenerateSource:
    """Gives a registry ``/util/generate`` when it is first asked for: to make it, the whole layer is loaded.

    Args:
      registry: whose models, tools and all else the action looks up.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry: Final = registry

    def __str__(self) -> str:
        return str(GENERATE)

    async def resolve(self, key: ActionKey) -> Action[Any, Any, Any] | None:
        """Return the action, if it is the one that is meant."""
        return self._action() if key == GENERATE else None

    async def describe_actions(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """Return the description of the action by its key."""
        return {str(GENERATE): self._action().describe()}

    def _action(self) -> Action[Any, Any, Any]:
        from .generate import generate_action

        return generate_action(self._registry)
