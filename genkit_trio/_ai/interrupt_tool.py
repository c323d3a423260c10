"""Tools that only ask a human."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import trio

from .._core import ActionOptions, Registry
from .._wire import JsonValue
from .declaring import SchemaLike, core_options
from .interrupt import Interrupt
from .tool import Tool, ToolOptions, make_tools

RequestMetadata: TypeAlias = Mapping[str, JsonValue] | Callable[[Any], Mapping[str, JsonValue]]


class InterruptOptions(ActionOptions, total=False):
    """The keyword arguments of ``define_interrupt``; all may be left out."""

    input_schema: SchemaLike
    """The type of what the model asks, or its JSON Schema; by default anything."""
    output_schema: SchemaLike
    """The same for what the human answers."""
    request_metadata: RequestMetadata
    """What the human is told beside the input, or a function of the input that gives it."""


def define_interrupt(registry: Registry, name: str, options: InterruptOptions) -> Tool:
    """Register a tool that raises `Interrupt` whenever it is called."""
    told = options.get("request_metadata")

    async def ask(input: Any) -> Any:
        await trio.lowlevel.checkpoint()
        raise Interrupt(told(input) if callable(told) else told)

    declared: ToolOptions = {**core_options(options, InterruptOptions, {"tool": {"restartable": False}})}  # type: ignore[typeddict-item]  # because mypy takes keys that may be missing for missing
    declared["name"] = name
    if "input_schema" in options:
        declared["input_schema"] = options["input_schema"]
    if "output_schema" in options:
        declared["output_schema"] = options["output_schema"]
    # As /tool.v2 it would be a tool that can be restarted.
    return registry.register(make_tools(ask, declared, dynamic=False)[0])
