"""Where sync functions run: worker threads of our own limit, and worker processes that can be killed (contract C19).

A thread cannot be stopped from outside, so a cancelled run waits for its thread, and the thread's value is its value.
A function that polls ``ctx.check_cancelled()`` stops at its next poll. With ``abandon_on_cancel=True`` the run ends at
once and the thread goes on by itself, holding its place in the limit until it ends.

A process can be killed: nothing in it runs after that, no ``finally`` either.
"""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio

from .advice import advise

if TYPE_CHECKING:
    from .run import Run

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")

THREADS: Final = 40
"""How many worker threads a trio run may use for actions; further calls wait for one, within their deadline."""

_threads: Final = trio.lowlevel.RunVar[trio.CapacityLimiter]("genkit_trio.threads")


def current_thread_limiter() -> trio.CapacityLimiter:
    """Return the limiter of the worker threads in which sync actions run, one per trio run.

    Its ``total_tokens`` may be changed. It is not trio's default limiter, so slow actions cannot hold up the file and
    DNS work of everything else.
    """
    try:
        return _threads.get()
    except LookupError:
        limiter = trio.CapacityLimiter(THREADS)
        _threads.set(limiter)
        return limiter


async def run_in_thread(
    run: "Run", fn: Callable[..., OutputT], *args: object, abandon_on_cancel: bool = False
) -> OutputT:
    """Call ``fn(*args)`` in a worker thread, with the context variables of the caller."""
    try:
        return await trio.to_thread.run_sync(
            fn, *args, limiter=current_thread_limiter(), abandon_on_cancel=abandon_on_cancel
        )
    except trio.Cancelled:
        if abandon_on_cancel:
            advise("abandoned", run.key, "%s was cancelled and left its worker thread running by itself", run.key)
        raise


async def run_in_process(fn: Callable[[InputT], OutputT], has_input: bool, value: InputT) -> OutputT:  # noqa: FBT001  # not a switch
    """Call *fn* in a worker process and kill the process when the caller is cancelled.

    Raises:
      RuntimeError: without the ``process`` extra.
      ModuleNotFoundError, AttributeError: from the worker, if it cannot import *fn*.
    """
    args = (value,) if has_input else ()
    output: OutputT = await _trio_parallel().run_sync(
        _call_by_name, fn.__module__, fn.__qualname__, args, kill_on_cancel=True
    )
    return output


def check_importable(fn: Callable[..., object], key: str) -> None:
    """Refuse a function that a worker process could not import.

    Raises:
      ValueError: if *fn* is not at module level.
    """
    qualname = getattr(fn, "__qualname__", None)
    if qualname is None or "<" in qualname or "." in qualname:
        raise ValueError(
            f"{key} has run_in='process', but {qualname or fn!r} is not a function at module level; move it there"
        )


def _call_by_name(module: str, qualname: str, args: tuple[Any, ...]) -> object:
    """Run in the worker: import the function, take it out of its action, and call it."""
    # The worker knows the parent's main module under another name: multiprocessing imports it without running it.
    found = sys.modules.get("__mp_main__") if module == "__main__" else None
    target = getattr(found or importlib.import_module(module), qualname)
    return getattr(target, "fn", target)(*args)


def _trio_parallel() -> ModuleType:
    try:
        return importlib.import_module("trio_parallel")
    except ModuleNotFoundError as exc:
        message = "run_in='process' needs trio-parallel; install it with: pip install 'genkit-trio[process]'"
        raise RuntimeError(message) from exc
