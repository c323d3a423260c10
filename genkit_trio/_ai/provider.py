"""Dynamic action providers: actions that live elsewhere, such as the tools of an MCP server."""

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Never, TypeAlias, Unpack

import attrs
import trio

from .._core import Action, ActionOptions, AnyAction, Body, Registry, Run, RunScope, read_signature
from .._tracing import Span
from .._wire import ActionKey, JsonValue
from .declaring import core_options

KIND: Final = "dynamic-action-provider"
DEFAULT_CACHE_TTL: Final = 3.0

ProvidedActions: TypeAlias = Mapping[str, Sequence[AnyAction]]
"""Actions by their kind: ``{"tool": […]}``."""
ProviderFunction: TypeAlias = Callable[[], Awaitable[ProvidedActions] | ProvidedActions]


class ProviderOptions(ActionOptions, total=False):
    """The keyword arguments of ``define_dynamic_action_provider``; all may be left out."""

    cache_ttl: float
    """Seconds for which the actions are taken to be the same; 3 by default, 0 asks each time."""


@attrs.frozen
class _Cached:
    actions: ProvidedActions
    until: float


_NOTHING: Final = _Cached({}, -math.inf)


class DynamicActionProvider(Action[None, list[dict[str, JsonValue]], Never]):
    """Gives actions that are not registered, by the names that a function knows.

    They are named ``host:kind/name``, where the host is the provider's own name. Running the provider asks the
    function, and returns the descriptions of its actions. What it gave is kept for a while; several tasks that want
    it at the same time ask once.

    Args:
      name: its name; without a slash or a colon.
      fn: returns actions by their kind.
      options: what was declared beside it.

    Raises:
      ValueError: for a name that cannot be a host.
    """

    def __init__(self, name: str, fn: ProviderFunction, options: ProviderOptions) -> None:
        if "/" in name or ":" in name or not name:
            raise ValueError(f"a dynamic action provider is named {name!r}; a name has no slash and no colon")
        signature = read_signature(fn, name)
        if signature.has_input:
            raise TypeError(f"dynamic action provider {name!r} takes no input; leave the parameter out")
        super().__init__(
            KIND,
            name,
            fn,
            core_options(options, ProviderOptions, {"type": KIND}),
            signature=attrs.evolve(signature, output_type=list[dict[str, Any]]),
            around=self._ask,
        )
        self._ttl: Final = options.get("cache_ttl", DEFAULT_CACHE_TTL)
        # trio's clocks start anywhere, so what is kept belongs to one trio run; so do the tasks that wait.
        self._cached: Final = trio.lowlevel.RunVar(f"genkit_trio.provider {name}", _NOTHING)
        self._asking: Final = trio.lowlevel.RunVar[trio.Lock](f"genkit_trio.provider {name}")

    def __str__(self) -> str:
        return f"dynamic action provider {self.name!r}"

    def invalidate_cache(self) -> None:
        """Forget what the function gave, so that it is asked again."""
        self._cached.set(_NOTHING)

    async def find_actions(self, pattern: str) -> list[AnyAction]:
        """Return the actions that *pattern* names: ``kind/name``, or ``kind/prefix*``."""
        kind, _, name = pattern.partition("/")
        actions = (await self._actions(None)).get(kind, ())
        if name.endswith("*"):
            return [action for action in actions if action.name.startswith(name[:-1])]
        return [action for action in actions if action.name == name][:1]

    async def resolve(self, key: ActionKey) -> AnyAction | None:
        """Return the action with the full *key*: ``/dynamic-action-provider/host:kind/name``."""
        host, _, rest = key.name.partition(":")
        if key.kind != KIND or host != self.name or rest.endswith("*"):
            return None
        return next(iter(await self.find_actions(rest)), None)

    async def describe_actions(self) -> Mapping[str, Mapping[str, JsonValue]]:
        """Return the descriptions of its actions by their full keys. There is no trace of it: listings are frequent."""
        unseen = Span(self.name, "util", "", None)
        return {str(described["key"]): described for described in self._described(await self._actions(unseen))}

    async def _actions(self, parent: Span | None) -> ProvidedActions:
        """Return the actions, asking for them under *parent* if what is known is too old."""
        async with self._lock():
            if self._cached.get().until <= trio.current_time():
                if parent is None:
                    await self()
                else:
                    scope = None if self.options.timeout == math.inf else RunScope()
                    await self.execute(self.new_run(parent, scope=scope))
            return self._cached.get().actions

    async def _ask(self, body: Body, run: Run, value: object) -> list[dict[str, JsonValue]]:
        self.invalidate_cache()
        actions: ProvidedActions = await body(run, value)
        self._cached.set(_Cached(actions, trio.current_time() + self._ttl))
        return list(self._described(actions))

    def _described(self, actions: ProvidedActions) -> Iterator[dict[str, JsonValue]]:
        for kind, provided in actions.items():
            for action in provided:
                yield {**action.describe(), "key": str(ActionKey(KIND, f"{self.name}:{kind}/{action.name}"))}

    def _lock(self) -> trio.Lock:
        try:
            return self._asking.get()
        except LookupError:
            lock = trio.Lock()
            self._asking.set(lock)
            return lock


def define_provider(
    registry: Registry, name: str, fn: ProviderFunction, **options: Unpack[ProviderOptions]
) -> DynamicActionProvider:
    """Register a dynamic action provider, so that *registry* finds the actions that it gives.

    Raises:
      ValueError: if its name cannot be a host, or is taken.
    """
    provider = registry.register(DynamicActionProvider(name, fn, options))
    registry.add_source(provider)
    return provider


def find_provider(registry: Registry, name: str) -> tuple[DynamicActionProvider | None, str]:
    """Return the provider that ``host:kind/name`` means, and ``kind/name``."""
    host, _, rest = name.partition(":")
    provider = registry.get(ActionKey(KIND, host)) if rest else None
    return (provider if isinstance(provider, DynamicActionProvider) else None), rest
