"""Steps: named parts of a run that show up in its trace."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

from .._tracing import Cause, Span, current_span
from .errors import only_cancelled
from .recording import record_step_output, record_step_start
from .run import run_of

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def run_step(name: str, fn: Callable[[*Ts], Awaitable[T]], /, *args: *Ts) -> T:
    """Await ``fn(*args)`` as a step called *name* of the current run, and return its value.

    A step is a span and nothing else: errors and cancellation pass through, and there is no cancel point of its own.

    Args:
      name: what the trace shows.
      fn: an async function, with *args* for it.
    """
    return await run_in_span(Span(name, "flowStep", "", current_span.get()), fn, *args)


async def run_in_span(span: Span, fn: Callable[[*Ts], Awaitable[T]], /, *args: *Ts) -> T:
    """Await ``fn(*args)`` inside *span*, which begins and ends with it, and return its value."""
    parent = span.parent
    recorder = span.find_recorder()
    if recorder is not None:
        record_step_start(recorder, span, args)
    current_span.set(span)
    try:
        value = await fn(*args)
    except BaseException as exc:
        run = run_of(parent)
        if only_cancelled(exc):
            span.cancel(Cause.CALLER_CANCELLED if run is None else run.cause_of(exc))
        else:
            span.fail(exc)
        raise
    else:
        if recorder is not None:
            record_step_output(span, value)
        span.succeed()
        return value
    finally:
        current_span.set(parent)
