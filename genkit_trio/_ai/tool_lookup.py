"""Finding the tools that a call names."""

from collections.abc import Iterable, Sequence

from .._core import AnyAction, Registry
from .._wire import ActionKey, PublicError, Status
from .provider import find_provider
from .tool import TOOL_KINDS, Tool, short_name


async def resolve_tools(registry: Registry, tools: Iterable[str | Tool]) -> list[Tool]:
    """Return the tools that *tools* mean, in order.

    A tool is named by its name, by its key, or as ``host:tool/name`` of a dynamic action provider, where ``*`` at the
    end stands for all names that begin so.

    Raises:
      PublicError: ``NOT_FOUND``; ``INVALID_ARGUMENT`` for two tools that a model could not tell apart.
    """
    found: list[Tool] = []
    for each in tools:
        found += await _find(registry, each) if isinstance(each, str) else [each]
    _check_names(found)
    return found


async def _find(registry: Registry, name: str) -> Sequence[Tool]:
    if name.startswith("/"):
        return [await registry.resolve(ActionKey.parse(name))]
    for kind in TOOL_KINDS:
        tool = await registry.find(ActionKey(kind, name))
        if tool is not None:
            return [tool]
    provider, rest = find_provider(registry, name)
    matching: Sequence[AnyAction] = [] if provider is None else await provider.find_actions(rest)
    if not matching:
        raise PublicError(Status.NOT_FOUND, f"tool {name!r} not found")
    return matching


def _check_names(tools: Sequence[Tool]) -> None:
    known: dict[str, Tool] = {}
    for tool in tools:
        other = known.get(short_name(tool.name))
        if other is not None:
            message = f"cannot provide two tools with the same name: {other.name!r} and {tool.name!r}"
            raise PublicError(Status.INVALID_ARGUMENT, message)
        known[short_name(tool.name)] = tool
