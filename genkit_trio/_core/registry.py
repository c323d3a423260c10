"""The registry: finds actions by key, and values by kind and name.

A child registry sees everything of its parent and keeps what is added to it to itself: what one call brings along
ends with the call.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import trio

from .._wire import ActionKey, JsonValue, PublicError, Status
from .plugin import ActionSource, AnyAction, Plugin

logger = logging.getLogger("genkit_trio")

ActionT = TypeVar("ActionT", bound=AnyAction)


class Registry:
    """Actions by key, values by kind and name, plugins by name.

    Args:
      plugins: what is asked for actions that are not registered.
      parent: the registry that is asked after this one.
    """

    def __init__(self, plugins: Iterable[Plugin] = (), *, parent: "Registry | None" = None) -> None:
        self.parent: Final = parent
        self._actions: Final[dict[ActionKey, AnyAction]] = {}
        self._values: Final[dict[tuple[str, str], Any]] = {}
        self._plugins: Final[dict[str, _PluginActions]] = {}
        self._sources: Final[list[ActionSource]] = []
        for plugin in plugins:
            self._add_plugin(plugin)

    def new_child(self) -> "Registry":
        """Return a registry that falls back to this one."""
        return Registry(parent=self)

    def register(self, action: ActionT) -> ActionT:
        """Add *action* and return it.

        Raises:
          ValueError: if its key is taken in this registry.
        """
        other = self._actions.get(action.key)
        if other is not None:
            raise ValueError(
                f"{action.key} is already registered, by {_place_of(other)}; give one of them another name"
            )
        self._actions[action.key] = action
        return action

    def get(self, key: ActionKey) -> AnyAction | None:
        """Return the action that is registered as *key*, here or in a parent; plugins are not asked."""
        action = self._actions.get(key)
        if action is None and self.parent is not None:
            return self.parent.get(key)
        return action

    async def resolve(self, key: ActionKey) -> AnyAction:
        """Return the action *key*, asking the plugin that its name begins with.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        action = await self.find(key)
        if action is None:
            raise PublicError(Status.NOT_FOUND, f"action {key} not found")
        return action

    async def find(self, key: ActionKey) -> AnyAction | None:
        """Return the action *key* as `resolve` does, or `None`."""
        action = self._actions.get(key)
        if action is not None:
            return action
        entry = self._plugins.get(key.name.partition("/")[0])
        if entry is not None:
            action = await entry.resolve(key)
        for source in self._sources:
            if action is None:
                action = await source.resolve(key)
        if action is None and self.parent is not None:
            return await self.parent.find(key)
        return action

    def add_source(self, source: ActionSource) -> None:
        """Ask *source* too, for actions that are not registered and that no plugin gives."""
        self._sources.append(source)

    def actions(self) -> list[AnyAction]:
        """Return every action that is registered, here and in the parents, sorted by key."""
        found = {action.key: action for action in (() if self.parent is None else self.parent.actions())}
        found.update(self._actions)
        return sorted(found.values(), key=lambda action: str(action.key))

    async def describe_actions(self) -> dict[str, Mapping[str, JsonValue]]:
        """Return the descriptions of all actions by key, those included that plugins would make."""
        described: dict[str, Mapping[str, JsonValue]] = {}
        if self.parent is not None:
            described.update(await self.parent.describe_actions())
        for source in (*self._plugins.values(), *self._sources):
            try:
                described.update(await source.describe_actions())
            except Exception as exc:
                # A listing is for people: one plugin that cannot list leaves the rest to be seen.
                logger.warning("%s could not list its actions", source, exc_info=exc)
        described.update({str(key): action.describe() for key, action in self._actions.items()})
        return described

    def set_value(self, kind: str, name: str, value: object) -> None:
        """Keep *value* as *name* among the values of *kind*; a later one replaces it."""
        self._values[kind, name] = value

    def values(self, kind: str) -> dict[str, Any]:
        """Return the values of *kind* by name, those of the parents included."""
        found = {} if self.parent is None else self.parent.values(kind)
        found.update({name: value for (of_kind, name), value in self._values.items() if of_kind == kind})
        return found

    def _add_plugin(self, plugin: Plugin) -> None:
        if "/" in plugin.name or not plugin.name:
            raise ValueError(f"a plugin is named {plugin.name!r}; a name has no slash and is not empty")
        if plugin.name in self._plugins:
            raise ValueError(f"there are two plugins named {plugin.name!r}; give the registry one of them")
        self._plugins[plugin.name] = _PluginActions(plugin)


class _PluginActions:
    """The actions that one plugin has made so far."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin: Final = plugin
        self._made: Final[dict[ActionKey, AnyAction]] = {}
        self._lock: Final = trio.Lock()
        self._ready = False

    def __str__(self) -> str:
        return f"plugin {self.plugin.name!r}"

    async def known(self) -> list[AnyAction]:
        """Return what the plugin has made, initialising it first."""
        async with self._lock:
            await self._init()
        return list(self._made.values())

    async def describe_actions(self) -> dict[str, Mapping[str, JsonValue]]:
        """Return the descriptions of what the plugin has made, and would make."""
        described = {str(item["key"]): item for item in await self.plugin.list_actions()}
        return described | {str(action.key): action.describe() for action in await self.known()}

    async def resolve(self, key: ActionKey) -> AnyAction | None:
        # The lock makes one init, and one action per key, of several askers; whoever is cancelled passes it on.
        async with self._lock:
            await self._init()
            if key not in self._made:
                action = await self.plugin.resolve(key.kind, key.name)
                if action is not None:
                    self._made[key] = action
            return self._made.get(key)

    async def _init(self) -> None:
        if not self._ready:
            self._made.update({action.key: action for action in await self.plugin.init()})
            self._ready = True


def _place_of(action: AnyAction) -> str:
    code = getattr(action.fn, "__code__", None)
    return f"{action.__module__}:{code.co_firstlineno}" if code else action.__module__
