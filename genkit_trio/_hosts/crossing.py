"""The way from other threads into a trio run: what a thread asks for is a task there, and the thread waits for its end.

Rules:

1. A thread that waits can be interrupted: by Ctrl-C, or by whatever else a signal handler raises. Its call is then
   cancelled, and the exception goes on when the call has ended. A second interrupt does not wait.
2. A call belongs to the runtime from the moment on at which its thread hands it over. It ends with the runtime at the
   latest, and then its thread is told: no thread waits for a call that nobody will answer.
3. A worker thread of this same trio run is part of a task, and stays part of it: what cancels the task cancels its
   call as well.
"""

import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Final, Generic, TypeVar

import trio

from .._core import RunScope, holds_cancelled, leave_branch
from .._tracing import Cause, RemoteSpan, Span, current_span
from .._wire import PublicError, Status

T = TypeVar("T")

StartSoon = Callable[..., None]


class Call(Generic[T]):
    """One call from another thread: what is to be run, and how it ended.

    Args:
      name: what its task is called.
      fn: an async function, which enters *scope*.
      scope: cancels it.
      parent: the span under which it runs.
    """

    def __init__(self, name: str, fn: Callable[[], Awaitable[T]], scope: RunScope, parent: Span | None) -> None:
        self.name: Final = name
        self.fn: Final = fn
        self._scope: Final = scope
        self._parent: Final = parent
        self._has_begun = False
        self._ended: Final[Future[T]] = Future()

    @property
    def has_ended(self) -> bool:
        """Whether there is an outcome."""
        return self._ended.done()

    def result(self) -> T:
        """Block until the call has ended, and return or raise its outcome."""
        return self._ended.result()

    def error(self) -> BaseException | None:
        """Block until the call has ended, and return what it raised."""
        return self._ended.exception()

    def begin(self, start_soon: StartSoon) -> None:
        """Start the task, in trio's thread."""
        if self.has_ended:  # cancelled before it began
            return
        try:
            start_soon(self._execute, name=self.name)
        except RuntimeError:  # the nursery is closed
            self.refuse()
        else:
            self._has_begun = True

    def refuse(self) -> None:
        """End the call, which will not begin."""
        message = f"{self.name} was not started: its portal is closed"
        self._ended.set_exception(PublicError(Status.UNAVAILABLE, message, retry_after=1))

    def cancel(self, cause: Cause) -> None:
        """Cancel the call because of *cause*, in trio's thread."""
        if self._has_begun:
            self._scope.cancel(cause)
        elif not self.has_ended:
            self._ended.set_exception(PublicError(Status.CANCELLED, f"{self.name} was cancelled"))

    async def _execute(self) -> None:
        leave_branch()
        current_span.set(self._parent)
        try:
            value = await self.fn()
        except BaseException as exc:  # noqa: ASYNC103  # Cancelled is raised on, the rest goes to the thread
            if holds_cancelled(exc):
                message = f"{self.name} was cancelled with its runtime"
                self._ended.set_exception(PublicError(Status.UNAVAILABLE, message, retry_after=1))
                raise
            # SystemExit and its like are the caller's, as if there were no thread between.
            self._ended.set_exception(exc)
        else:
            self._ended.set_result(value)


class Crossing:
    """The way into the trio run in which it is made.

    Args:
      start_soon: starts a task that ends with the runtime.
    """

    def __init__(self, start_soon: StartSoon) -> None:
        self._start_soon: Final = start_soon
        self._token: Final = trio.lowlevel.current_trio_token()
        self._thread: Final = threading.get_ident()
        self._process: Final = os.getpid()

    def check(self) -> None:
        """Make sure that the calling thread may wait.

        Raises:
          RuntimeError: in trio's own thread, and in another process.
        """
        if os.getpid() != self._process:
            raise RuntimeError("this portal was opened before the process was forked; open one in each process")
        if self._is_here():
            raise RuntimeError("a portal is for other threads; in trio's own, await the action")

    def parent(self) -> Span | None:
        """Return the span under which the calling thread's runs are."""
        span = current_span.get()
        if span is None or self._is_worker():
            return span
        # A run of another trio run is another thread's: it can be named as the parent, and not be touched.
        with suppress(trio.RunFinishedError):  # then nothing is started, either
            return trio.from_thread.run_sync(RemoteSpan, span.trace_id, span.span_id, trio_token=self._token)
        return None

    def run(self, call: Call[T]) -> T:
        """Run *call*, wait for its end, and return or raise its outcome.

        Raises:
          PublicError: ``UNAVAILABLE`` if the runtime has ended, or ends before the call does.
        """
        if self._is_worker():
            return trio.from_thread.run(call.fn)
        try:
            self.start(call)
            return call.result()
        finally:
            if not call.has_ended:
                self.cancel(call, Cause.CALLER_CANCELLED)
                self.wait(call)

    def run_fn(self, name: str, fn: Callable[[], Awaitable[T]], parent: Span | None = None) -> T:
        """Run an async function that has no scope of its own as `run` does a call."""
        scope = RunScope()
        return self.run(Call(name, partial(_run_within, scope, fn), scope, parent))

    def start(self, call: Call[T]) -> None:
        """Begin *call*, with the context variables of the calling thread, and return at once.

        Raises:
          PublicError: ``UNAVAILABLE`` if the trio run has ended.
        """
        context = copy_context()
        try:
            self._token.run_sync_soon(lambda: context.run(call.begin, self._start_soon))
        except trio.RunFinishedError:
            call.refuse()
            call.result()

    def cancel(self, call: Call[T], cause: Cause) -> None:
        """Cancel *call* because of *cause*, and return at once."""
        self.post(partial(call.cancel, cause))

    def wait(self, call: Call[T]) -> None:
        """Wait until *call* has ended; in trio's own thread, do not."""
        # Garbage is collected in any thread, and a stream that was forgotten half way may be part of it.
        if not self._is_here():
            call.error()

    def post(self, fn: Callable[[], object]) -> None:
        """Call ``fn()`` soon in trio's thread, in the order of the posts, unless the trio run has ended."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(fn)

    def _is_here(self) -> bool:
        return threading.get_ident() == self._thread

    def _is_worker(self) -> bool:
        """Whether the calling thread works for a task of this trio run; raises `Cancelled` if that is cancelled."""
        try:
            return trio.from_thread.run_sync(trio.lowlevel.current_trio_token) is self._token
        except RuntimeError:  # not a worker thread of trio's
            return False


async def _run_within(scope: RunScope, fn: Callable[[], Awaitable[T]]) -> T:
    with scope.cancel_scope:
        return await fn()
    raise PublicError(Status.CANCELLED, "the call was cancelled")
