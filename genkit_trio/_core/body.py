"""The body of an action: its function, with the limit and the retries around it that were declared.

Every layer is put on at the definition and only where it was asked for, so a plain action runs nothing but its
function. From outside to inside: scope (`Action.execute`), place, attempts, what the kind puts around it, function.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from .context import RunContext
from .generator import pump
from .limits import Limiter
from .options import Options
from .retry import Retry, run_with_retry
from .run import Run
from .signature import Signature, Style
from .workers import check_importable, run_in_process, run_in_thread

Fn = Callable[..., Any]  # Any: the user's function, whose types Action carries
Body = Callable[[Run, Any], Awaitable[Any]]
Around = Callable[[Body, Run, Any], Awaitable[Any]]
"""What a kind of action does around the function: awaits the body with the run and an input, or does not."""


def body_of(key: str, fn: Fn, signature: Signature, options: Options, around: Around | None = None) -> Body:
    """Return the body of the action *key*: called with a run and its input, it is awaited for the output.

    Raises:
      ValueError: for options that do not fit the function.
    """
    _check_workers(key, fn, signature, options)
    body = _call_of(fn, signature, options)
    if around is not None:
        body = partial(around, body)
    if options.retry is not None and options.retry.attempts > 1:
        body = partial(_retried, options.retry, body)
    if options.limit is not None:
        body = partial(_limited, Limiter(options.limit), body)
    return body


async def _limited(limiter: Limiter, body: Body, run: Run, value: object) -> object:
    places = await limiter.enter(run)
    try:
        return await body(run, value)
    finally:
        if places is not None:
            run.places = ()
            places.release_on_behalf_of(run)


async def _retried(retry: Retry, body: Body, run: Run, value: object) -> object:
    return await run_with_retry(retry, run, lambda: body(run, value))


def _call_of(fn: Fn, signature: Signature, options: Options) -> Body:
    arguments = _arguments_of(signature, options.chunk_buffer)
    if signature.style is Style.ASYNC:
        if signature.has_input and not signature.has_context:
            return lambda run, value: fn(value)
        return lambda run, value: fn(*arguments(run, value))
    if signature.style is Style.GENERATOR:
        buffer = options.chunk_buffer
        return lambda run, value: pump(run, fn(*arguments(run, value)), RunContext(run, buffer))
    if options.run_in == "process":
        has_input = signature.has_input
        return lambda run, value: run_in_process(fn, has_input, value)
    abandon = options.abandon_on_cancel
    return lambda run, value: run_in_thread(run, fn, *arguments(run, value), abandon_on_cancel=abandon)


def _arguments_of(signature: Signature, chunk_buffer: int) -> Callable[[Run, object], tuple[object, ...]]:
    context_class = signature.context_class
    if context_class is not None:
        if signature.has_input:
            return lambda run, value: (value, context_class(run, chunk_buffer))
        return lambda run, value: (context_class(run, chunk_buffer),)
    if signature.has_input:
        return lambda run, value: (value,)
    return lambda run, value: ()


def _check_workers(key: str, fn: Fn, signature: Signature, options: Options) -> None:
    if signature.style is not Style.SYNC:
        if options.run_in != "thread" or options.abandon_on_cancel:
            raise ValueError(f"{key} is async; run_in= and abandon_on_cancel= are for sync functions")
        return
    if options.run_in != "process":
        return
    if signature.has_context:
        raise ValueError(f"{key} has run_in='process', where there is no run context; leave the ctx parameter out")
    if options.abandon_on_cancel:
        raise ValueError(f"{key} has run_in='process', which is killed when cancelled; leave abandon_on_cancel= out")
    check_importable(fn, key)
