"""The decorator that makes tools of functions, and the function ``tool`` for those that are not registered."""

# The overloads overlap on purpose, as those of ActionDecorator do: checkers take the first that fits.
# mypy: disable-error-code="overload-overlap"
# pyright: reportOverlappingOverload=false

from collections.abc import Awaitable, Callable
from typing import Any, Final, Never, Protocol, TypeVar, Unpack, overload

from .._core import Action, DefaultedAction, Registry
from .tool import ToolOptions, make_tools
from .tool_context import ToolRunContext

InputT = TypeVar("InputT")
InputT_contra = TypeVar("InputT_contra", contravariant=True)
OutputT = TypeVar("OutputT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
ChunkT = TypeVar("ChunkT")


class _Defaulted(Protocol[InputT_contra, ResultT_co]):
    """A function whose only parameter has a default."""

    def __call__(self, input: InputT_contra = ..., /) -> ResultT_co: ...


class ToolDecorator:
    """Makes tools of functions: of what ``@ai.flow`` takes, except generators.

    The function may take a `ToolRunContext`, and returns a value or a `MultipartToolResponse`. Called with options
    only, it returns itself with them.

    Args:
      registry: where the tools are registered; `None` for tools that are only given to a call.
      options: what is declared beside the function.
    """

    def __init__(self, registry: Registry | None = None, options: ToolOptions | None = None) -> None:
        self._registry: Final = registry
        self._options: Final[ToolOptions] = {} if options is None else options

    @overload
    def __call__(
        self, fn: Callable[[InputT, ToolRunContext[ChunkT]], Awaitable[OutputT]], /, **options: Unpack[ToolOptions]
    ) -> Action[InputT, OutputT, ChunkT]: ...
    @overload
    def __call__(
        self, fn: Callable[[ToolRunContext[ChunkT]], Awaitable[OutputT]], /, **options: Unpack[ToolOptions]
    ) -> Action[None, OutputT, ChunkT]: ...
    @overload
    def __call__(
        self, fn: _Defaulted[InputT, Awaitable[OutputT]], /, **options: Unpack[ToolOptions]
    ) -> DefaultedAction[InputT, OutputT, Never]: ...
    @overload
    def __call__(
        self, fn: Callable[[], Awaitable[OutputT]], /, **options: Unpack[ToolOptions]
    ) -> Action[None, OutputT, Never]: ...
    @overload
    def __call__(
        self, fn: Callable[[InputT], Awaitable[OutputT]], /, **options: Unpack[ToolOptions]
    ) -> Action[InputT, OutputT, Never]: ...
    @overload
    def __call__(
        self, fn: Callable[[InputT, ToolRunContext[ChunkT]], OutputT], /, **options: Unpack[ToolOptions]
    ) -> Action[InputT, OutputT, ChunkT]: ...
    @overload
    def __call__(
        self, fn: Callable[[ToolRunContext[ChunkT]], OutputT], /, **options: Unpack[ToolOptions]
    ) -> Action[None, OutputT, ChunkT]: ...
    @overload
    def __call__(
        self, fn: _Defaulted[InputT, OutputT], /, **options: Unpack[ToolOptions]
    ) -> DefaultedAction[InputT, OutputT, Never]: ...
    @overload
    def __call__(
        self, fn: Callable[[], OutputT], /, **options: Unpack[ToolOptions]
    ) -> Action[None, OutputT, Never]: ...
    @overload
    def __call__(
        self, fn: Callable[[InputT], OutputT], /, **options: Unpack[ToolOptions]
    ) -> Action[InputT, OutputT, Never]: ...
    @overload
    def __call__(self, called: str | None = None, /, **options: Unpack[ToolOptions]) -> "ToolDecorator": ...
    def __call__(self, given: Any = None, /, **options: Any) -> Any:
        """Make a tool of a function, or return a decorator that will, with a name or options.

        Raises:
          TypeError: if the function cannot be a tool.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        chosen: ToolOptions = {**self._options, **options}  # type: ignore[typeddict-item]  # because check_options checks
        if given is None:
            return ToolDecorator(self._registry, chosen)
        if isinstance(given, str):
            return ToolDecorator(self._registry, {**chosen, "name": given})
        tools = make_tools(given, chosen, dynamic=self._registry is None)
        if self._registry is not None:
            for each in tools:
                self._registry.register(each)
        return tools[0]


tool: Final = ToolDecorator()
"""Makes a tool that is not registered, for ``generate(tools=[…])``: ``tool(fn)``, ``tool(fn, name=…)``."""
