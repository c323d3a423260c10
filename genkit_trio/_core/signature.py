"""Reading a function's signature, once, when it becomes an action.

What `@ai.flow` takes is a table (architecture): no parameter or one input, then perhaps the run context. Everything
else is refused here, at the definition, with a sentence that says what to write instead.
"""

import enum
import inspect
import sys
import typing
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final, TypeVar, get_args, get_origin

import attrs
from typing_extensions import NoDefault

from .._wire import ABSENT
from .context import RunContext

_Fn = Callable[..., Any]  # Any: of a user's function nothing is known before this module has read it
_ASYNC_ITERATORS: Final = (AsyncIterator, AsyncGenerator, AsyncIterable)


class Style(enum.Enum):
    """How the function does its work."""

    ASYNC = "async"
    GENERATOR = "generator"
    SYNC = "sync"


@attrs.frozen(kw_only=True)
class Signature:
    """What is to be known of an action's function."""

    style: Style
    has_input: bool
    context_class: type[RunContext[Any]] | None
    """What the function takes as its context: `RunContext` or a kind of it; `None` when it takes none."""
    default: Any
    """What the input is when none is given; `ABSENT` when it is required, `None` for a function without an input."""
    input_type: Any
    chunk_type: Any
    """The type of the chunks; `typing.Never` when there are none."""
    output_type: Any

    @property
    def has_context(self) -> bool:
        """Whether the function takes its run's context."""
        return self.context_class is not None


def read_signature(fn: _Fn, name: str) -> Signature:
    """Read *fn*, which is to become the action *name*.

    Raises:
      TypeError: if *fn* cannot be an action.
    """
    style = _style_of(fn, name)
    parameters, returned = _parameters_of(fn, name)
    hints = _Hints(fn)
    context, context_type = _context_of(parameters, hints)
    inputs = [p for p in parameters if p is not context]
    _check_shape(name, parameters, inputs, context)
    chunk_type, output_type = _results_of(style, hints.of(returned), context_type)
    default: Any = None
    if inputs:
        default = ABSENT if inputs[0].default is inspect.Parameter.empty else inputs[0].default
    return Signature(
        style=style,
        has_input=bool(inputs),
        context_class=None if context is None else get_origin(context_type) or context_type,
        default=default,
        input_type=hints.of(inputs[0].annotation) if inputs else None,
        chunk_type=chunk_type,
        output_type=output_type,
    )


def takes_context(fn: _Fn) -> bool:
    """Tell whether a parameter of *fn* is the run context."""
    parameters = list(inspect.signature(fn).parameters.values())
    return _context_of(parameters, _Hints(fn))[0] is not None


def name_of(fn: _Fn) -> str:
    """Return the name that *fn* gives to an action.

    Raises:
      TypeError: if it has none.
    """
    name = getattr(_innermost(fn), "__name__", None)
    if not isinstance(name, str) or name == "<lambda>":
        raise TypeError(f"{fn!r} has no name of its own; give the action one: name='…'")
    return name


def description_of(fn: _Fn) -> str:
    """Return the first paragraph of the docstring of *fn*, on one line; empty without one."""
    inner = _innermost(fn)
    doc = inspect.getdoc(inner if inspect.isroutine(inner) else type(inner))
    return " ".join((doc or "").split("\n\n", 1)[0].split())


def _style_of(fn: _Fn, name: str) -> Style:
    called = _called(fn)
    if inspect.isasyncgenfunction(called):
        return Style.GENERATOR
    if inspect.iscoroutinefunction(called):
        return Style.ASYNC
    if inspect.isgeneratorfunction(called):
        raise TypeError(f"{name!r} is a sync generator; write 'async def' to stream with 'yield'")
    if not callable(fn):
        raise TypeError(f"{name!r} is {fn!r}, which cannot be called; an action is made of a function")
    return Style.SYNC


def _parameters_of(fn: _Fn, name: str) -> tuple[list[inspect.Parameter], Any]:
    signature = inspect.signature(fn)
    bound: Mapping[str, object] = fn.keywords if isinstance(fn, partial) else {}
    parameters = [p for p in signature.parameters.values() if p.name not in bound]
    first = parameters[0].name if parameters else ""
    if first == "self" and isinstance(fn, FunctionType):
        owner = fn.__qualname__.rpartition(".")[0].rpartition(".")[2].lower() or "thing"
        message = (
            f"{name!r} is a method that is not bound yet; decorate the bound method: ai.flow({owner}.{fn.__name__})"
        )
        raise TypeError(message)
    return parameters, signature.return_annotation


def _check_shape(
    name: str, parameters: list[inspect.Parameter], inputs: list[inspect.Parameter], context: inspect.Parameter | None
) -> None:
    odd = [p for p in parameters if p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY}]
    if odd:
        shown = ", ".join(str(p).partition(":")[0].partition("=")[0] for p in odd)
        message = f"{name!r} takes (input) or (input, ctx), not {shown}; put several inputs in one class"
        raise TypeError(message)
    if len(inputs) > 1:
        shown = ", ".join(p.name for p in inputs)
        raise TypeError(f"{name!r} takes one input, not {len(inputs)} ({shown}); put them in one class")
    if context is not None and inputs and parameters[0] is context:
        raise TypeError(f"{name!r} takes (input, ctx), not ({context.name}, {inputs[0].name}); put the context last")


def _context_of(parameters: list[inspect.Parameter], hints: "_Hints") -> tuple[inspect.Parameter | None, Any]:
    """Return the parameter that is the context, and its annotation."""
    for parameter in parameters:
        if parameter.annotation is inspect.Parameter.empty:
            if parameter.name == "ctx":
                return parameter, RunContext
        elif _is_context_type(annotation := hints.of(parameter.annotation)):
            return parameter, annotation
    return None, None


def _is_context_type(annotation: Any) -> bool:
    cls = get_origin(annotation) or annotation
    return isinstance(cls, type) and issubclass(cls, RunContext)


def _results_of(style: Style, returned: Any, context_type: Any) -> tuple[Any, Any]:
    """Return the types of chunks and output."""
    chunk_type = typing.Never if context_type is None else _chunk_type_of(context_type)
    if style is not Style.GENERATOR:
        return chunk_type, returned
    if get_origin(returned) in _ASYNC_ITERATORS:
        return get_args(returned)[0], None
    return Any, None


def _chunk_type_of(context_type: Any) -> Any:
    """Return the type of the chunks that a context of this type sends: what is in its brackets."""
    for tp in (context_type, *getattr(context_type, "__orig_bases__", ())):
        if _is_context_type(tp) and get_args(tp):
            [chunk_type] = get_args(tp)
            if not isinstance(chunk_type, TypeVar):
                return chunk_type
            default: Any = getattr(chunk_type, "__default__", NoDefault)
            return Any if default is NoDefault else default
    return Any


class _Hints:
    """Turns the annotations of one function into types."""

    def __init__(self, fn: _Fn) -> None:
        self._fn: Final = _called(fn)

    def of(self, annotation: Any) -> Any:
        """Return the type that *annotation* names; `Any` where nothing is written.

        Raises:
          TypeError: if it names something that does not exist yet.
        """
        if annotation is inspect.Parameter.empty:
            return Any
        if isinstance(annotation, type) and get_origin(annotation) is None:
            return annotation  # a class: there is nothing to look up in it
        holder = type("_", (), {"__annotations__": {"it": annotation}})
        try:
            return typing.get_type_hints(holder, self._names(), self._locals(), include_extras=True)["it"]
        except NameError as exc:
            raise TypeError(
                f"{annotation!r} in the signature of {getattr(self._fn, '__qualname__', self._fn)!r} is not defined "
                f"({exc}); define or import it before the function"
            ) from exc

    def _names(self) -> dict[str, Any]:
        module = sys.modules.get(getattr(self._fn, "__module__", None) or "")
        return getattr(self._fn, "__globals__", None) or (vars(module) if module else {})

    def _locals(self) -> dict[str, Any]:
        names: dict[str, Any] = {}
        if isinstance(self._fn, FunctionType):
            for name, cell in zip(self._fn.__code__.co_freevars, self._fn.__closure__ or (), strict=True):
                # A cell is empty until its name is assigned: that of the function itself, if it calls itself.
                with suppress(ValueError):
                    names[name] = cell.cell_contents
        return names


def _innermost(fn: _Fn) -> _Fn:
    """Return the function inside `functools.partial`; other callables as they are."""
    while isinstance(fn, partial):
        fn = fn.func
    return fn


def _called(fn: _Fn) -> _Fn:
    """Return the function that a call of *fn* runs: of partials, bound methods and callable objects."""
    fn = _innermost(fn)
    if isinstance(fn, MethodType):
        return fn.__func__
    if not inspect.isroutine(fn) and not inspect.isclass(fn) and hasattr(type(fn), "__call__"):  # noqa: B004  # what it is, is read
        return type(fn).__call__
    return fn
