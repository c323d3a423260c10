"""Plugins: where actions come from that the application did not write."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .._wire import ActionKey, JsonValue
from .action import Action

AnyAction = Action[Any, Any, Any]  # Any: a registry holds actions of every type


class Plugin(ABC):
    """A source of actions whose names begin with the plugin's own: ``/model/<plugin>/<model>``.

    Nothing of a plugin runs before somebody asks for one of its actions. The registry then awaits `init` once, also
    when several tasks ask at the same time, and `resolve` for each name that `init` did not give. A call that is
    cancelled has no effect: the next one starts over.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The first segment of the names of its actions; without a slash."""

    async def init(self) -> Sequence[AnyAction]:
        """Return the actions that are known up front."""
        return ()

    async def resolve(self, kind: str, name: str) -> AnyAction | None:
        """Return the action with this *kind* and full *name*, made now; `None` if there is no such thing."""
        return None

    async def list_actions(self) -> Sequence[Mapping[str, JsonValue]]:
        """Return the descriptions of actions that `resolve` would make, for listings."""
        return ()


class ActionSource(Protocol):
    """What a registry asks for actions that are not registered, whatever their names; ``str()`` of it names it."""

    async def resolve(self, key: ActionKey) -> AnyAction | None:
        """Return the action *key*; `None` if there is no such thing."""
        ...

    async def describe_actions(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """Return the descriptions of its actions by key, for listings."""
        ...
