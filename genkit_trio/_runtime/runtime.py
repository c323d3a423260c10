"""`open_runtime`: the block that owns what outlives a single call.

Two nurseries, one inside the other: the outer holds the services, the inner the runs that nobody awaits. So every run
has ended before the services are told to stop, and the exporter of spans sees the last one.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

import attrs
import trio

from .._core import (
    Action,
    Context,
    Registry,
    RunScope,
    current_context,
    current_roots,
    open_nursery,
)
from .._tracing import current_span
from .._wire import ABSENT, Absent, PublicError, Status
from .active import LiveRun, cancel_by_trace_id, live_runs
from .drain import cancel_roots, drain
from .services import Service
from .spawned import SpawnedRun
from .submitted import Submission, SubmittedRun, submit_to
from .watch import TaskWatch
from .work_queue import WorkQueue

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")

_open: Final = trio.lowlevel.RunVar[dict[Registry, "Runtime"]]("genkit_trio.runtimes")


@attrs.frozen
class RuntimeOptions:
    """How a runtime ends, and what it watches.

    Args:
      drain_timeout: seconds that running runs get to finish when the runtime ends.
      cleanup_grace: seconds that cancelled runs get for their cleanup after that.
      watch_tasks: whether tasks that hold trio's thread are noticed; it costs a little on every step.
    """

    drain_timeout: float = 25.0
    cleanup_grace: float = 5.0
    watch_tasks: bool = False


class Runtime:
    """The owner of the runs that nobody awaits. There while the block of `open_runtime` is."""

    def __init__(
        self,
        registry: Registry,
        options: RuntimeOptions,
        run_nursery: trio.Nursery,
        start_service: Callable[[Service, "Runtime"], Awaitable[None]],
    ) -> None:
        self.registry: Final = registry
        self.options: Final = options
        self.queue: WorkQueue | None = None
        """Where `submit` puts runs; given when the runtime was opened."""
        self.start_soon: Final[Callable[..., None]] = run_nursery.start_soon
        """Starts a task that ends with the runtime; for the edges, whose detached runs live here."""
        self.start: Final[Callable[..., Awaitable[Any]]] = run_nursery.start
        """Does the same, and waits until the task says that it has started."""
        self._start_service: Final = start_service
        self._used: Final[list[Service]] = []
        self._using: Final = trio.Lock()

    @property
    def is_draining(self) -> bool:
        """Whether the runtime is ending or has ended: new roots and `spawn` are refused."""
        return current_roots().draining or current_runtime(self.registry) is not self

    def spawn(
        self,
        action: Action[InputT, OutputT, Any],
        input: InputT | Absent = ABSENT,
        /,
        *,
        timeout: float | None,
        context: Context | Absent = ABSENT,
        init: object = None,
    ) -> SpawnedRun[OutputT]:
        """Run *action* in a task of the runtime, and return its handle at once.

        The run is a new root with a link to the run that starts it. It keeps the context and the context variables
        that are in force here, and not the deadline: nobody waits for it, so it needs its own.

        Args:
          action: what to run, with *input* for it.
          timeout: seconds it may take; `None`, for no limit, must be written.
          context: who is calling, in place of the current context.
          init: the init value.

        Raises:
          PublicError: ``UNAVAILABLE`` when the runtime is ending or has ended.
        """
        if self.is_draining:
            raise PublicError(Status.UNAVAILABLE, f"{action.key} was not started: shutting down", retry_after=1)
        scope = RunScope() if timeout is None else RunScope(trio.current_time() + timeout)
        chosen = current_context() if context is ABSENT else context
        run = action.new_run(None, scope=scope, context=chosen, init=init)
        starter = current_span.get()
        run.links = () if starter is None else (starter,)
        spawned = SpawnedRun[OutputT](run)
        self.start_soon(spawned.execute, action, input, name=run.key)
        return spawned

    async def submit(  # noqa: PLR0913  # all but two by name
        self,
        action: Action[InputT, OutputT, Any],
        input: InputT | Absent = ABSENT,
        /,
        *,
        timeout: float | None,  # noqa: ASYNC109  # of an attempt, in another process
        idempotency_key: str | None = None,
        attempts: int = 10,
        context: Context | Absent = ABSENT,
    ) -> SubmittedRun[OutputT]:
        """Put a run of *action* into the queue of this runtime, for any worker of it, and return its handle.

        The run is executed at least once: again, when its worker dies or is stopped before the end. It has the
        context that is in force here, and a link to the run that submits it. An error of the action is an end; what
        may help against it is ``retry=`` of the action.

        Args:
          action: what to run, with *input* for it; the worker finds it by its key.
          timeout: seconds that an attempt may take; `None`, for no limit, must be written.
          idempotency_key: a name for what is to be done. A run with the same name that was submitted before is
            returned, and nothing else is submitted.
          attempts: how often it may be begun before it is parked.
          context: who is calling, in place of the current context. It goes through the queue as JSON.

        Raises:
          GenkitError: ``INVALID_ARGUMENT`` if the input or the context has no JSON; ``RESOURCE_EXHAUSTED`` if the
            queue is full; ``UNAVAILABLE`` if it cannot be reached: the run may have been submitted all the same, and
            with an *idempotency_key* that can be repeated without harm.
          RuntimeError: if the runtime was opened without a queue.
          ValueError: if *timeout* or *attempts* is not positive.
        """
        if self.queue is None:
            raise RuntimeError("this runtime has no queue; give it one: open_runtime(ai, queue=queue)")
        submission = Submission(timeout=timeout, idempotency_key=idempotency_key, attempts=attempts, context=context)
        return await submit_to(self.queue, action, input, submission)

    async def use(self, service: Service) -> None:
        """Make sure that *service* runs: start it, unless this runtime has, and return when it is ready.

        It is cancelled when every run has ended, as the services are that were given when the runtime was opened.

        Raises:
          PublicError: ``UNAVAILABLE`` when the runtime is ending or has ended.
        """
        async with self._using:
            if not any(used is service for used in self._used) and not self.is_draining:
                await self._start_service(service, self)
                self._used.append(service)
        if self.is_draining:
            # It may have begun to end meanwhile, and takes no runs any more.
            raise _shutting_down()

    def live(self) -> tuple[LiveRun, ...]:
        """Return the tree of the runs that are alive in this trio run, oldest first."""
        return live_runs()

    def cancel(self, trace_id: str) -> None:
        """Cancel the run with *trace_id*, and everything below it. Idempotent while it ends.

        Raises:
          PublicError: ``NOT_FOUND`` if no such run is alive; ``FAILED_PRECONDITION`` if application code simply
            awaits it, so that there is no scope to cancel.
        """
        cancel_by_trace_id(trace_id)

    def fail(self, error: BaseException) -> None:
        """End the runtime with *error*: for an edge where a run raised what is not an `Exception`."""
        self.start_soon(_raise, error)


@asynccontextmanager
async def open_runtime(
    registry: Registry,
    services: Sequence[Service] = (),
    options: RuntimeOptions | None = None,
    queue: WorkQueue | None = None,
) -> AsyncGenerator[Runtime, None]:
    """Open the runtime of *registry* for a block; with *queue*, runs can be submitted to it.

    Services are started in order and are ready when the block begins. When the block ends, new root runs are refused,
    running ones get ``drain_timeout``, are then cancelled and get ``cleanup_grace``; last, the services are cancelled.
    When the block raises or is cancelled, runs are cancelled at once.

    Raises:
      RuntimeError: if the registry has a runtime in this trio run already.
    """
    options = RuntimeOptions() if options is None else options
    with _instruments(options), _place_of(registry) as runtimes:
        async with open_nursery() as service_nursery:
            started = _Started(service_nursery)
            try:
                async with open_nursery() as run_nursery:
                    runtime = runtimes[registry] = Runtime(registry, options, run_nursery, started.start)
                    try:
                        for service in services:
                            await runtime.use(service)
                        if queue is not None:
                            await runtime.use(queue)
                            await runtime.use(queue.streams)
                            runtime.queue = queue
                        yield runtime
                        await drain(drain_timeout=options.drain_timeout, cleanup_grace=options.cleanup_grace)
                    except BaseException:
                        cancel_roots()
                        raise
                    run_nursery.cancel_scope.cancel()
            finally:
                started.cancel()


class _Started:
    """The services of one runtime."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._start_in: Final = nursery.start
        self._scopes: Final[list[trio.CancelScope]] = []

    async def start(self, service: Service, runtime: Runtime) -> None:
        """Start *service*, and return when it is ready."""
        scope = trio.CancelScope()
        # Before it starts: the runtime may end in the meantime, and would wait for ever for a scope it does not know.
        self._scopes.append(scope)
        try:
            await self._start_in(_serve, scope, service, runtime)
        except RuntimeError as exc:
            if not scope.cancelled_caught:
                raise
            raise _shutting_down() from exc

    def cancel(self) -> None:
        """Cancel them all."""
        for scope in self._scopes:
            scope.cancel()


def _shutting_down() -> PublicError:
    return PublicError(Status.UNAVAILABLE, "no service is started any more: shutting down", retry_after=1)


async def _serve(  # noqa: ASYNC114, ASYNC128  # the service itself says when it has started
    scope: trio.CancelScope, service: Service, runtime: Runtime, *, task_status: trio.TaskStatus[None]
) -> None:
    with scope:
        await service(runtime, task_status=_LastingStart(scope, task_status))


class _LastingStart:
    """What a service says that it has started to: from that moment on it goes on until the last run has ended."""

    def __init__(self, scope: trio.CancelScope, task_status: trio.TaskStatus[None]) -> None:
        self._scope: Final = scope
        self._task_status: Final = task_status
        self._task: Final = trio.lowlevel.current_task()

    def started(self, value: None = None) -> None:
        """Take the service over into the runtime."""
        before = self._task.parent_nursery
        self._task_status.started(value)
        # In the same step: whoever was given the service may use it, also when the block is cancelled before the next.
        # It stays where it was when whoever waits for it was cancelled: then it ends with that.
        if self._task.parent_nursery is not before:
            self._scope.shield = True


def current_runtime(registry: Registry) -> Runtime | None:
    """Return the runtime of *registry* that is open in this trio run, or `None`."""
    return _runtimes().get(registry)


@contextmanager
def _place_of(registry: Registry) -> Generator[dict[Registry, Runtime], None, None]:
    runtimes = _runtimes()
    if registry in runtimes:
        raise RuntimeError("this application has an open runtime already; use that one")
    try:
        yield runtimes
    finally:
        runtimes.pop(registry, None)
        current_roots().draining = False


@contextmanager
def _instruments(options: RuntimeOptions) -> Generator[None, None, None]:
    if not options.watch_tasks:
        yield
        return
    watch = TaskWatch()
    trio.lowlevel.add_instrument(watch)
    try:
        yield
    finally:
        trio.lowlevel.remove_instrument(watch)


def _runtimes() -> dict[Registry, Runtime]:
    try:
        return _open.get()
    except LookupError:
        runtimes: dict[Registry, Runtime] = {}
        _open.set(runtimes)
        return runtimes


async def _raise(error: BaseException) -> None:  # noqa: ASYNC124  # a task is an async function
    raise error
