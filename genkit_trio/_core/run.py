"""A run: one execution of an action, a span in its trace and a node in the tree of what is alive.

A run lives in exactly one place of the task tree: the task in which its function executes. It links itself to its
parent when it starts and unlinks when it ends, so the tree can be read at any moment without asking trio. Runs with
no parent are kept in a set per trio run.
"""

import math
from collections.abc import Iterator, Mapping
from time import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import trio

from .._tracing import Cause, Span, current_span
from .._wire import ABSENT, Absent, ActionKey, PublicError, Status
from .advice import review
from .cancelled import is_past_deadline
from .errors import only_cancelled
from .scope import Branch, RunScope, current_branch

if TYPE_CHECKING:
    from .channel import ChunkChannel

Context = Mapping[str, Any]  # Any: what JSON a context provider or a caller puts in
EMPTY_CONTEXT: Final[Context] = MappingProxyType({})
TRACE_NOTE: Final = "genkit trace "


class Roots:
    """The runs of one trio run that have no parent."""

    __slots__ = ("_fewer", "draining", "runs")

    def __init__(self) -> None:
        self.runs: Final[set[Run]] = set()
        self.draining = False
        """Whether new roots are refused: their runtime is shutting down. Children of running runs go on."""
        self._fewer: trio.Event | None = None

    def discard(self, run: "Run") -> None:
        """Take out a run that has ended."""
        self.runs.discard(run)
        if self._fewer is not None:
            self._fewer.set()
            self._fewer = None

    def others(self) -> "set[Run]":
        """Return the roots without the one in which this is called, if any."""
        run = current_run()
        return self.runs - ({run, *run.ancestors()} if run is not None else set())

    async def wait_idle(self) -> None:
        """Wait until no root is running but the one, if any, in which this is called."""
        while self.others():
            if self._fewer is None:
                self._fewer = trio.Event()
            await self._fewer.wait()


_roots: Final = trio.lowlevel.RunVar[Roots]("genkit_trio.roots")


def current_roots() -> Roots:
    """Return the root runs of this trio run.

    Raises:
      RuntimeError: outside a trio run.
    """
    try:
        return _roots.get()
    except LookupError:
        roots = Roots()
        _roots.set(roots)
        return roots


class Run(Span):
    """One execution of an action.

    Args:
      key: that of the action.
      parent: the span under which it runs, `None` for a root.
      scope: a cancel scope that the opener gives to the run alone; the run enters it.
      context: who is calling; absent, it is inherited from the parent run.
      init: the init value of the call.
      channel: where its chunks go; `None` discards them.
    """

    deadline = math.inf
    """The point in time, of trio's clock, by which the run should end; its own or a caller's, whichever is first."""
    children: "set[Run] | None" = None
    places: tuple[object, ...] = ()
    """The limiters in which this run holds a place."""
    has_sent = False
    """Whether a consumer has accepted a chunk: from then on the run cannot be repeated."""
    is_stopped = False
    """Whether its own scope was cancelled, and that is all that its caller is told."""
    unscheduled = 0
    """Chunks sent since the last schedule point."""
    task: trio.lowlevel.Task | None = None
    """The task in which a root executes: its stack is shown when it will not stop."""
    _roots: Roots | None = None
    _branch: Branch | None = None

    def __init__(  # noqa: PLR0913  # a run is built in one place, Action.new_run, from just these
        self,
        key: ActionKey,
        parent: Span | None,
        scope: RunScope | None,
        context: Context | Absent,
        init: object,
        channel: "ChunkChannel[Any, Any] | None",
    ) -> None:
        # What Span.__init__ does, without the call: this is the hot path of every call of an action.
        self.name = key.name
        self.span_type = "action"
        self.subtype = key.kind
        self.parent = parent
        self.start = time()
        self.action_key = key
        self.parent_run: Run | None = parent if parent is None or isinstance(parent, Run) else run_of(parent)
        self.scope = scope
        self._context = context if context is ABSENT else MappingProxyType(dict(context))
        self.init = init
        self.channel = channel

    @property
    def key(self) -> str:
        """The key of the action: ``/flow/greet``."""
        return str(self.action_key)

    @property
    def context(self) -> Context:
        """Who is calling: given with the call, or inherited."""
        if self._context is not ABSENT:
            return self._context
        return EMPTY_CONTEXT if self.parent_run is None else self.parent_run.context

    def begin(self, deadline: float) -> None:
        """Take the place in the tree.

        Raises:
          PublicError: ``UNAVAILABLE``, for a root while its runtime is shutting down.
        """
        self.deadline = deadline
        parent = self.parent_run
        if parent is not None:
            self.find_recorder()
            if parent.children is None:
                parent.children = set()
            parent.children.add(self)
            return
        roots = current_roots()
        if roots.draining:
            raise PublicError(Status.UNAVAILABLE, f"{self.key} was not started: shutting down", retry_after=1)
        # Not before: a recorder is told the end of what it was told the start of, and of nothing else.
        self.find_recorder()
        self._roots = roots
        self.task = trio.lowlevel.current_task()
        roots.runs.add(self)
        branch = current_branch.get()
        if branch is not None and branch.parent is None:
            self._branch = branch

    def leave(self) -> None:
        """Give up the place in the tree."""
        if self._roots is not None:
            self._roots.discard(self)
        elif self.parent_run is not None and self.parent_run.children is not None:
            self.parent_run.children.discard(self)

    def end_with_value(self) -> None:
        """End the run: its function returned."""
        scope = self.scope
        if (scope is not None and scope.cause is not None) or (
            self.deadline != math.inf and trio.current_time() > self.deadline
        ):
            review(self, returned=True)
        self.succeed()

    def end_with_error(self, exc: BaseException) -> None:
        """End the run: its function raised *exc*, or its own scope was cancelled and this is what the caller sees."""
        review(self, returned=False)
        if only_cancelled(exc):
            self.cancel(self.cause_of(exc))
            return
        if self.scope is not None and self.is_stopped:
            self.cancel(self.scope.cause or Cause.DEADLINE)
        else:
            self.fail(exc)
        if self.parent_run is None:
            _note_trace(exc, self.trace_id)

    def cause_of(self, exc: BaseException) -> Cause:
        """Tell why *exc*, a `trio.Cancelled` or a group of them, reached this run."""
        if self.scope is not None and self.scope.cause is not None:
            return self.scope.cause
        branch = current_branch.get()
        if branch is not None and (cause := branch.cause_for(self)) is not None:
            return cause
        if any(run.scope is not None and run.scope.cancel_called for run in self.ancestors()):
            return Cause.PARENT_CANCELLED
        return Cause.DEADLINE if is_past_deadline(exc) else Cause.CALLER_CANCELLED

    def ancestors(self) -> "Iterator[Run]":
        """Yield the parent run, its parent, and so on."""
        run = self.parent_run
        while run is not None:
            yield run
            run = run.parent_run

    @property
    def can_be_cancelled(self) -> bool:
        """Whether `request_cancel` has a scope to cancel."""
        return self.scope is not None or self._branch is not None

    def request_cancel(self, cause: Cause) -> None:
        """Cancel the run because of *cause*. Idempotent.

        Raises:
          PublicError: ``FAILED_PRECONDITION``, when application code awaits the run without a scope of its own.
        """
        if self.scope is not None:
            self.scope.cancel(cause)
        elif self._branch is not None:
            self._branch.cancel(self, cause)
        else:
            message = f"{self.key} has no cancel scope of its own: its caller awaits it; cancel the caller instead"
            raise PublicError(Status.FAILED_PRECONDITION, message)


def run_of(span: Span | None) -> Run | None:
    """Return the innermost run that *span* is, or is part of."""
    while span is not None and not isinstance(span, Run):
        span = span.parent
    return span


def current_run() -> Run | None:
    """Return the run in which this code executes, or `None`."""
    return run_of(current_span.get())


def current_context() -> Context:
    """Return the context of the current run, read-only; empty outside any run."""
    run = current_run()
    return EMPTY_CONTEXT if run is None else run.context


def _note_trace(exc: BaseException, trace_id: str) -> None:
    # Once per object: an exception that is raised again by an outer root, or kept and raised often, has its note.
    if not any(note.startswith(TRACE_NOTE) for note in getattr(exc, "__notes__", ())):
        exc.add_note(TRACE_NOTE + trace_id)
