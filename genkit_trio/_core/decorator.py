"""The decorators that make actions of functions: ``@ai.flow`` and those of other kinds.

One object serves ``@ai.flow``, ``@ai.flow()``, ``@ai.flow("name")`` and ``@ai.flow(name=…, timeout=…)``: called with a
function it makes the action, called with options it returns itself with them. So the shapes of functions, from which
type checkers infer input, chunk and output, are listed once.
"""

# The overloads overlap on purpose: a coroutine function is also a function that returns something, and one whose
# parameter has a default can also be called without. Checkers take the first that fits, so the order below decides.
# mypy: disable-error-code="overload-overlap"
# pyright: reportOverlappingOverload=false

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Never, Protocol, TypeVar, Unpack, overload

from .action import Action, DefaultedAction
from .context import RunContext
from .options import ActionOptions
from .registry import Registry
from .signature import name_of

InputT = TypeVar("InputT")
InputT_contra = TypeVar("InputT_contra", contravariant=True)
OutputT = TypeVar("OutputT")
ResultT_co = TypeVar("ResultT_co", covariant=True)
ChunkT = TypeVar("ChunkT")


class _Defaulted(Protocol[InputT_contra, ResultT_co]):
    """A function whose only parameter has a default."""

    def __call__(self, input: InputT_contra = ..., /) -> ResultT_co: ...


class ActionDecorator:
    """Makes actions of one kind out of functions, and registers them.

    Args:
      kind: the kind of the actions.
      registry: where they are registered.
      name: the name of the action; by default that of the function.
      options: what is declared beside the function.
    """

    def __init__(
        self, kind: str, registry: Registry, name: str | None = None, options: ActionOptions | None = None
    ) -> None:
        self._kind: Final = kind
        self._registry: Final = registry
        self._name: Final = name
        self._options: Final[ActionOptions] = {} if options is None else options

    @overload
    def __call__(
        self, fn: Callable[[InputT, RunContext[ChunkT]], AsyncIterator[ChunkT]], /
    ) -> Action[InputT, None, ChunkT]: ...
    @overload
    def __call__(self, fn: Callable[[RunContext[ChunkT]], AsyncIterator[ChunkT]], /) -> Action[None, None, ChunkT]: ...
    @overload
    def __call__(self, fn: _Defaulted[InputT, AsyncIterator[ChunkT]], /) -> DefaultedAction[InputT, None, ChunkT]: ...
    @overload
    def __call__(self, fn: Callable[[], AsyncIterator[ChunkT]], /) -> Action[None, None, ChunkT]: ...
    @overload
    def __call__(self, fn: Callable[[InputT], AsyncIterator[ChunkT]], /) -> Action[InputT, None, ChunkT]: ...
    @overload
    def __call__(
        self, fn: Callable[[InputT, RunContext[ChunkT]], Awaitable[OutputT]], /
    ) -> Action[InputT, OutputT, ChunkT]: ...
    @overload
    def __call__(self, fn: Callable[[RunContext[ChunkT]], Awaitable[OutputT]], /) -> Action[None, OutputT, ChunkT]: ...
    @overload
    def __call__(self, fn: _Defaulted[InputT, Awaitable[OutputT]], /) -> DefaultedAction[InputT, OutputT, Never]: ...
    @overload
    def __call__(self, fn: Callable[[], Awaitable[OutputT]], /) -> Action[None, OutputT, Never]: ...
    @overload
    def __call__(self, fn: Callable[[InputT], Awaitable[OutputT]], /) -> Action[InputT, OutputT, Never]: ...
    @overload
    def __call__(self, fn: Callable[[InputT, RunContext[ChunkT]], OutputT], /) -> Action[InputT, OutputT, ChunkT]: ...
    @overload
    def __call__(self, fn: Callable[[RunContext[ChunkT]], OutputT], /) -> Action[None, OutputT, ChunkT]: ...
    @overload
    def __call__(self, fn: _Defaulted[InputT, OutputT], /) -> DefaultedAction[InputT, OutputT, Never]: ...
    @overload
    def __call__(self, fn: Callable[[], OutputT], /) -> Action[None, OutputT, Never]: ...
    @overload
    def __call__(self, fn: Callable[[InputT], OutputT], /) -> Action[InputT, OutputT, Never]: ...
    @overload
    def __call__(self, name: str | None = None, /, **options: Unpack[ActionOptions]) -> "ActionDecorator": ...
    @overload
    def __call__(self, /, *, name: str, **options: Unpack[ActionOptions]) -> "ActionDecorator": ...
    def __call__(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make an action of a function, or return a decorator that will, with a name or options.

        Raises:
          TypeError: if the function cannot be an action.
          ValueError: if an option has a value that cannot work, or the key is taken.
        """
        if given is None or isinstance(given, str):
            chosen: ActionOptions = {**self._options, **options}  # type: ignore[typeddict-item]  # because check_options checks
            return ActionDecorator(self._kind, self._registry, given or name or self._name, chosen)
        action = Action[Any, Any, Any](self._kind, self._name or name_of(given), given, self._options)
        return self._registry.register(action)
