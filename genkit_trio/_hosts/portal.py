"""`Portal`: actions called by blocking code, in a trio run that has a thread of its own."""

import inspect
import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, TypeVar, TypeVarTuple

import trio

from .._core import Action, ChunkChannel, Context, Run, RunScope, current_context
from .._wire import ABSENT, Absent
from .crossing import Call, Crossing
from .thread_channel import ThreadChannel
from .thread_stream import ThreadStream, open_thread_stream

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")


class Portal:
    """The way of blocking code to actions. Any number of threads use it at once.

    A call blocks its thread, so there are never more than there are threads, and sees the thread's context variables;
    what a run changes of them stays there. A thread that is interrupted while it waits, by Ctrl-C or by whatever else
    a signal handler raises, cancels its call and goes on when that has ended, its cleanup included; a second
    interrupt does not wait. In a worker thread of the portal's own runtime, as that of a sync flow, a call is part of
    the flow's run, and is cancelled with it.

    Values are passed as they are: nothing is converted, and an error is the object that the run raised.
    """

    def __init__(self, crossing: Crossing) -> None:
        self._crossing: Final = crossing

    def call(
        self,
        action: Action[InputT, OutputT, Any],
        input: InputT | Absent = ABSENT,
        /,
        *,
        timeout: float | None = None,
        context: Context | Absent = ABSENT,
        init: object = None,
    ) -> OutputT:
        """Run *action*, block until it has ended, and return its output.

        Args:
          action: what to run, with *input* for it.
          timeout: seconds it may take; by default what its definition says.
          context: who is calling, in place of the current context.
          init: the init value.

        Raises:
          DeadlineExceeded: if *timeout* or the action's own expires.
          PublicError: ``UNAVAILABLE`` if the portal is closed, or closes before the run has ended.
          RuntimeError: in trio's own thread, which cannot wait for itself, and in a process that was forked.
          Exception: whatever the function raises, the same object.
        """
        self._crossing.check()
        call, _ = self._call_of(action, input, timeout, context=context, init=init, channel=None)
        return self._crossing.run(call)

    def stream(
        self,
        action: Action[InputT, OutputT, ChunkT],
        input: InputT | Absent = ABSENT,
        /,
        *,
        timeout: float | None = None,
        context: Context | Absent = ABSENT,
        init: object = None,
    ) -> AbstractContextManager[ThreadStream[OutputT, ChunkT]]:
        """Run *action* and receive its chunks as they come.

        Use it as ``with portal.stream(action, x) as stream:``, then ``for chunk in stream:`` and ``stream.output()``.
        Leaving the block early cancels the run and waits for its cleanup. The run waits for a slow reader: at most
        ``chunk_buffer`` chunks are on their way.

        Args:
          action: what to run, with *input* for it.
          timeout: seconds it may take; by default what its definition says.
          context: who is calling, in place of the current context.
          init: the init value.

        Raises:
          PublicError: ``UNAVAILABLE`` if the portal is closed.
          RuntimeError: in trio's own thread, which cannot wait for itself, and in a process that was forked.
        """
        self._crossing.check()
        channel = ThreadChannel[ChunkT](action.options.chunk_buffer)
        call, run = self._call_of(action, input, timeout, context=context, init=init, channel=channel)
        return open_thread_stream(self._crossing, run, call, channel)

    def run(self, fn: Callable[[*Ts], Awaitable[T]], /, *args: *Ts) -> T:
        """Await ``fn(*args)`` in the trio run, block until it has ended, and return its value.

        For what is no action: a function that awaits several, for example. When the portal closes, it is cancelled as
        soon as the running actions have ended.

        Args:
          fn: an async function, called with *args*; `functools.partial` gives it keyword arguments.

        Raises:
          TypeError: if *fn* is a coroutine.
          PublicError: ``UNAVAILABLE`` if the portal is closed, or closes before the function has ended.
          RuntimeError: in trio's own thread, which cannot wait for itself, and in a process that was forked.
          Exception: whatever the function raises, the same object.
        """
        given: object = fn
        if inspect.iscoroutine(given):
            given.close()
            raise TypeError("run was given a coroutine; give it the function: portal.run(fn, x), not portal.run(fn(x))")
        self._crossing.check()
        name = getattr(fn, "__qualname__", repr(fn))
        return self._crossing.run_fn(name, partial(fn, *args), self._crossing.parent())

    def _call_of(  # noqa: PLR0913  # what a call says of its run
        self,
        action: Action[InputT, OutputT, Any],
        value: InputT | Absent,
        timeout: float | None,
        *,
        context: Context | Absent,
        init: object,
        channel: ChunkChannel[Any, Any] | None,
    ) -> tuple[Call[OutputT], Run]:
        scope, parent = RunScope(), self._crossing.parent()
        chosen = current_context() if context is ABSENT else context
        run = action.new_run(parent, scope=scope, context=chosen, init=init, channel=channel)
        if run.parent_run is not None:
            # A stream of a sync flow of this runtime: its task is not below that of the flow.
            scope.tighten(run.parent_run.deadline)
        execute = partial(_execute, action, run, scope, value, math.inf if timeout is None else timeout)
        return Call(run.key, execute, scope, parent), run


async def _execute(
    action: Action[InputT, OutputT, Any], run: Run, scope: RunScope, value: InputT | Absent, seconds: float
) -> OutputT:
    scope.tighten(trio.current_time() + seconds)
    try:
        return await action.execute(run, value)
    finally:
        if run.channel is not None:
            run.channel.end()
