"""What an application defines of the AI layer, by the names that Genkit gives it.

Inherited by `Genkit`, so it loads what it needs when it is called: who only defines flows does not pay for the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, Unpack, overload

from .middleware.definitions import MiddlewareDefinitions
from .retrieval_definitions import RetrievalDefinitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._core import Registry
    from .._wire import JsonValue
    from .background import BackgroundModel, BackgroundModelOptions, OperationFunction, StartFunction
    from .format.definition import Format
    from .interrupt_tool import InterruptOptions
    from .model import ConfigT, ModelAction, ModelFunction, ModelOptions
    from .provider import DynamicActionProvider, ProviderFunction, ProviderOptions
    from .resource import Resource, ResourceFunction, ResourceOptions
    from .tool import Tool
    from .tool_decorator import ToolDecorator

T = TypeVar("T")
SchemaT = TypeVar("SchemaT", bound="Mapping[str, JsonValue]")

SCHEMAS: Final = "schema"
"""The kind of the registry's values that prompts name as schemas."""


class Definitions(RetrievalDefinitions, MiddlewareDefinitions):
    """Defines models, tools and their like. What has a registry inherits them."""

    registry: Registry

    @overload
    def model(self, fn: ModelFunction[ConfigT], /) -> ModelAction: ...
    @overload
    def model(
        self, name: str | None = None, /, **options: Unpack[ModelOptions]
    ) -> Callable[[ModelFunction[Any]], ModelAction]: ...
    @overload
    def model(
        self, /, *, name: str, **options: Unpack[ModelOptions]
    ) -> Callable[[ModelFunction[Any]], ModelAction]: ...
    def model(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make a model of a function: ``@ai.model``, ``@ai.model()``, ``@ai.model("name")``, ``@ai.model(info=…)``.

        The function takes a `ModelRequest`, and the run context if it streams, and returns a `ModelResponse`. When it
        takes a ``ModelRequest[Config]``, the config has been made one by the time it is called.

        Raises:
          TypeError: if the function cannot be a model.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .model import Model

        return decorated(self.registry, Model, given, name, options)

    def define_model(self, name: str, fn: ModelFunction[ConfigT], **options: Unpack[ModelOptions]) -> ModelAction:
        """Do what `model` does, without a decorator."""
        from .model import Model

        return self.registry.register(Model(name, fn, options))

    def define_background_model(
        self,
        name: str,
        start: StartFunction,
        check: OperationFunction,
        cancel: OperationFunction | None = None,
        **options: Unpack[BackgroundModelOptions],
    ) -> BackgroundModel:
        """Make a model whose answers take longer than a call; see `background_model`.

        Raises:
          TypeError: if a function does not fit.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .background import background_model, register_background_model

        model = background_model(name, start, check, cancel, **options)
        return register_background_model(self.registry, model)

    @property
    def tool(self) -> ToolDecorator:
        """Make a tool of a function, which a model may then ask to be run.

        ``@ai.tool``, ``@ai.tool()``, ``@ai.tool("name")`` and ``@ai.tool(name=…, …)`` are all valid; the options are
        those of `ToolOptions`. The function takes nothing, an input, a `ToolRunContext`, or an input and that; it is
        async, or sync and then runs in a worker thread. It returns a value, or a `MultipartToolResponse`.
        """
        from .tool_decorator import ToolDecorator

        return ToolDecorator(self.registry)

    def define_interrupt(self, name: str, **options: Unpack[InterruptOptions]) -> Tool:
        """Make a tool that only asks a human: each request for it ends the generation with an interrupt.

        Args:
          name: what the model calls it.
          options: those of `InterruptOptions`.

        Raises:
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .interrupt_tool import define_interrupt

        return define_interrupt(self.registry, name, options)

    @overload
    def resource(
        self, name: str | None = None, /, **options: Unpack[ResourceOptions]
    ) -> Callable[[ResourceFunction], Resource]: ...
    @overload
    def resource(
        self, /, *, name: str, **options: Unpack[ResourceOptions]
    ) -> Callable[[ResourceFunction], Resource]: ...
    def resource(self, given: str | None = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make a resource of a function: ``@ai.resource(uri=…)``, ``@ai.resource("name", template=…)``.

        The function takes a `ResourceInput` and returns a `ResourceOutput`.

        Raises:
          TypeError: if the function cannot be a resource.
          ValueError: without a URI or template, with both, if the template cannot be read, or the name is taken.
        """
        from .decorating import decorated
        from .resource import Resource

        return decorated(self.registry, Resource, given, name, options)

    def define_resource(self, name: str, fn: ResourceFunction, **options: Unpack[ResourceOptions]) -> Resource:
        """Do what `resource` does, without a decorator."""
        from .resource import Resource

        return self.registry.register(Resource(name, fn, options))

    def define_dynamic_action_provider(
        self, name: str, fn: ProviderFunction, **options: Unpack[ProviderOptions]
    ) -> DynamicActionProvider:
        """Let *fn* give actions that are not registered, such as the tools of a server: ``tools=["name:tool/*"]``.

        Args:
          name: the host in the names of its actions; without a slash or a colon.
          fn: takes nothing and returns actions by their kind: ``{"tool": [tool(…), …]}``.
          options: those of `ProviderOptions`.

        Raises:
          TypeError: if the function takes an input.
          ValueError: if the name cannot be a host, or is taken.
        """
        from .provider import define_provider

        return define_provider(self.registry, name, fn, **options)

    def define_schema(self, name: str, schema: type[T]) -> type[T]:
        """Give a type a name by which prompts and calls use it as a schema, and return it."""
        self.registry.set_value(SCHEMAS, name, schema)
        return schema

    def define_json_schema(self, name: str, json_schema: SchemaT) -> SchemaT:
        """Give a JSON Schema a name by which prompts and calls use it, and return it."""
        self.registry.set_value(SCHEMAS, name, json_schema)
        return json_schema

    def define_format(self, format: Format) -> Format:  # noqa: A002  # Genkit's word for it
        """Add a form of output, for ``output_format=`` with its name; see `Format`."""
        from .format.registry import define_format

        return define_format(self.registry, format)
