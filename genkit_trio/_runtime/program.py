"""A script's main function as the program of the process, with a runtime around it (contract C27)."""

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

import trio

from .._core import current_roots, open_nursery
from .._wire import ABSENT, Absent
from .drain import cancel_roots
from .process import own_process
from .runtime import Runtime, RuntimeOptions

T = TypeVar("T")

MARGIN: Final = 1.0
"""Seconds after the grace before the process is ended by force: what ends just within it has ended."""

OpenRuntime = Callable[[], AbstractAsyncContextManager[Runtime]]


def run_program(main: Callable[[], Awaitable[T]], opened: OpenRuntime, options: RuntimeOptions, *, stay: bool) -> T:
    """Run ``main()`` in a trio run of its own, and return what it returns.

    Args:
      main: the async function.
      opened: opens the runtime.
      options: how long ending may take.
      stay: whether the program goes on without *main*, until a signal comes.

    Raises:
      TypeError: if *main* is a coroutine.
      SystemExit: with 0, if a signal came before *main* returned, and all has ended.
    """
    given: object = main
    if inspect.iscoroutine(given):
        given.close()
        raise TypeError("run_main was given a coroutine; give it the function: ai.run_main(main), not main()")
    return trio.run(_Program(main, opened, options, stay=stay).run)


class _Program(Generic[T]):
    def __init__(
        self, main: Callable[[], Awaitable[T]], opened: OpenRuntime, options: RuntimeOptions, *, stay: bool
    ) -> None:
        self._main: Final = main
        self._opened: Final = opened
        self._options: Final = options
        self._stay: Final = stay
        self._asked: Final = trio.Event()
        self._scope: Final = trio.CancelScope()

    async def run(self) -> T:
        output: T | Absent = ABSENT
        patience = self._options.drain_timeout + self._options.cleanup_grace + MARGIN
        with own_process(self._asked.set, patience):
            async with open_nursery() as nursery:
                nursery.start_soon(self._end_when_asked)
                with self._scope:
                    async with self._opened():
                        output = await self._main()
                        if self._stay:
                            await trio.sleep_forever()
                nursery.cancel_scope.cancel()
        if output is ABSENT:
            raise SystemExit(0)
        return output

    async def _end_when_asked(self) -> None:
        await self._asked.wait()
        roots = current_roots()
        roots.draining = True
        with trio.move_on_after(self._options.drain_timeout):
            await roots.wait_idle()
        # First the runs, which so know the cause, then main with what it awaits.
        cancel_roots()
        self._scope.cancel()
