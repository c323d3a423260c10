"""`Genkit`: the object an application declares its actions on, and what is made of it."""

import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import partial
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from ._ai import Calls, Definitions, GenerateSource, Prompts
from ._asgi import (
    ContextProvider,
    FlowApp,
    ReflectionApp,
    ReflectionIdentity,
    ReplyOptions,
    RequestLimits,
    is_loopback,
)
from ._client import Connections
from ._core import ActionDecorator, AnyAction, Context, Plugin, Registry, current_context, run_step
from ._runtime import (
    Reflection,
    Runtime,
    RuntimeOptions,
    Service,
    StreamStore,
    WorkQueue,
    current_runtime,
    dev_environment,
    is_dev,
    run_program,
    work_for,
)
from ._runtime import open_runtime as open_runtime_of
from ._tracing import SpanExporter

if TYPE_CHECKING:
    from ._ai import ModelRef
    from ._hosts import Portal

logger = logging.getLogger("genkit_trio")

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
ActionT = TypeVar("ActionT", bound=AnyAction)


class Genkit(Definitions, Prompts, Calls):
    """The actions of one application: its flows, models, tools and prompts, and the calls of them.

    It is a value: making one starts no thread, reads no file, installs no signal handler and sets nothing global.
    What needs a lifetime (services, detached runs) begins with `open_runtime`.

    Args:
      plugins: where further actions come from.
      model: the model that answers where a call names none.
      prompt_dir: a folder of ``.prompt`` files; they are read when the first prompt is asked for.
    """

    def __init__(
        self,
        *,
        plugins: Iterable[Plugin] = (),
        model: "str | ModelRef[Any] | None" = None,
        prompt_dir: str | os.PathLike[str] | Traversable | None = None,
    ) -> None:
        self.registry = Registry(plugins)
        self.registry.add_source(GenerateSource(self.registry))
        if model is not None:
            from ._ai import set_default_model

            set_default_model(self.registry, model)
        if prompt_dir is not None:
            from ._ai import add_prompt_folder

            add_prompt_folder(self.registry, prompt_dir)

    @property
    def flow(self) -> ActionDecorator:
        """Make a flow, an action of the user's own, of a function.

        ``@ai.flow``, ``@ai.flow()``, ``@ai.flow("name")`` and ``@ai.flow(name=…, timeout=…, …)`` are all valid; the
        options are those of `ActionOptions`. The function takes nothing, an input, the run context, or an input and
        the run context; it may be async, sync (it then runs in a worker thread, or a process), or an async generator
        of chunks.
        """
        return ActionDecorator("flow", self.registry)

    def register(self, action: ActionT) -> ActionT:
        """Add an action that was made elsewhere, and return it.

        Raises:
          ValueError: if its key is taken.
        """
        return self.registry.register(action)

    async def run(self, name: str, fn: Callable[[*Ts], Awaitable[T]], /, *args: *Ts) -> T:
        """Await ``fn(*args)`` as a step of the current run: `run_step`, by the name that Genkit gives it."""
        return await run_step(name, fn, *args)

    def current_context(self) -> Context:
        """Return the context of the current run, read-only; empty outside any run."""
        return current_context()

    def run_main(
        self, main: Callable[[], Awaitable[T]], /, *, drain_timeout: float = 25.0, cleanup_grace: float = 5.0
    ) -> T:
        """Run ``main()`` as the program of this process, with the runtime open, and return what it returns.

        With ``GENKIT_ENV=dev`` the program stays when *main* has returned, for the developer's tools, until SIGTERM
        or Ctrl-C ends it. When one of them comes before *main* has returned, new root runs are refused, running ones
        drain, *main* is cancelled, and the process exits with 0. A second one ends the process at once, with 143 or
        130; and where something does not stop in time, the process ends with 1.

        Args:
          main: an async function; the function itself, not a call of it.
          drain_timeout: seconds that running runs get to finish after the signal.
          cleanup_grace: seconds that cancelled ones get for their cleanup.

        Raises:
          TypeError: for a coroutine.
        """
        opened = partial(open_runtime, self, drain_timeout=drain_timeout, cleanup_grace=cleanup_grace)
        options = RuntimeOptions(drain_timeout=drain_timeout, cleanup_grace=cleanup_grace)
        return run_program(main, opened, options, stay=is_dev())


def open_runtime(  # noqa: PLR0913  # all but one by name
    ai: Genkit,
    *,
    drain_timeout: float = 25.0,
    cleanup_grace: float = 5.0,
    reflection: bool | None = None,
    reflection_host: str = "127.0.0.1",
    queue: WorkQueue | None = None,
) -> AbstractAsyncContextManager[Runtime]:
    """Open the runtime of *ai* for the length of an ``async with`` block.

    It owns what nobody awaits: spawned runs, detached runs, services. When the block ends, new root runs are refused
    with ``UNAVAILABLE``, and running ones are drained, then cancelled. When the block raises or is cancelled, they are
    cancelled at once.

    With ``GENKIT_ENV=dev``, as Genkit's CLI sets it, the developer's tools find the application, can run its actions
    and show their traces; and tasks that hold trio's thread are noticed and logged.

    Args:
      ai: the application.
      drain_timeout: seconds that running runs get to finish.
      cleanup_grace: seconds that cancelled runs get for their cleanup; what is alive then is logged with its stack.
      reflection: whether the developer's tools are served; by default only with ``GENKIT_ENV=dev``. They can run
        every action.
      reflection_host: the address on which they are; another one than loopback lets other machines run actions.
      queue: where `Runtime.submit` puts runs, for workers.

    Raises:
      RuntimeError: if *ai* has an open runtime in this trio run already.
      OSError: if no port is free for the tools.
      ValueError: if the environment names a tools server or a port that cannot be one.
    """
    options = RuntimeOptions(drain_timeout=drain_timeout, cleanup_grace=cleanup_grace, watch_tasks=is_dev())
    wanted = is_dev() if reflection is None else reflection
    tools = _tool_services(ai, reflection_host) if wanted else ()
    return open_runtime_of(ai.registry, (Connections(), *tools), options, queue)


async def work(ai: Genkit, queue: WorkQueue, *, concurrency: int = 16) -> None:
    """Take runs from *queue* and execute them in the open runtime of *ai*, until cancelled.

    Cancelling it stops the taking: what was taken goes on, and is drained when the block of `open_runtime` ends. A
    run that does not finish in time goes back to the queue, for another attempt. While the queue cannot be reached,
    that is logged, and tried again.

    Args:
      ai: the application; it must have every action that is submitted.
      queue: where runs come from.
      concurrency: how many are executed at once.

    Raises:
      RuntimeError: if *ai* has no open runtime in this trio run.
      ValueError: if *concurrency* is not positive.
    """
    runtime = current_runtime(ai.registry)
    if runtime is None:
        raise RuntimeError("a worker needs an open runtime; call work inside 'async with open_runtime(ai)'")
    if concurrency < 1:
        raise ValueError(f"concurrency is {concurrency!r}; it must be 1 or more")
    await work_for(runtime, queue, concurrency)


def open_portal(
    ai: Genkit,
    *,
    drain_timeout: float = 25.0,
    cleanup_grace: float = 5.0,
    reflection: bool | None = None,
    reflection_host: str = "127.0.0.1",
) -> AbstractContextManager["Portal"]:
    """Let blocking code run the actions of *ai*, for the length of a ``with`` block.

    A trio run begins in a thread of its own, with the runtime open; it has ended when the block is left, drained as
    `open_runtime` says. When the block raises, what runs is cancelled at once.

    Args:
      ai: the application.
      drain_timeout: seconds that running runs get to finish.
      cleanup_grace: seconds that cancelled runs get for their cleanup.
      reflection: whether the developer's tools are served; by default only with ``GENKIT_ENV=dev``.
      reflection_host: the address on which they are.
    """
    from ._hosts import open_portal as portal_to

    return portal_to(
        partial(
            open_runtime,
            ai,
            drain_timeout=drain_timeout,
            cleanup_grace=cleanup_grace,
            reflection=reflection,
            reflection_host=reflection_host,
        )
    )


def flow_app(  # noqa: PLR0913  # all but one by name
    ai: Genkit,
    *,
    limits: RequestLimits | None = None,
    expose_errors: bool | None = None,
    legacy_error_frames: bool = False,
    cors_origins: Iterable[str] = (),
    context: Iterable[ContextProvider] = (),
    stream_store: StreamStore | None = None,
) -> FlowApp:
    """Return the ASGI application that serves the flows of *ai*: ``POST /<flow>`` with ``{"data": <input>}``.

    It runs on trio: under `genkit_trio.asgi.serve`, under ``hypercorn -k trio``, or mounted in an application that
    does. A client that disconnects cancels its run. ``GET /-/live`` and ``GET /-/ready`` answer for the process,
    ``GET /openapi.json`` describes the flows; with the logger ``genkit_trio.access`` at level INFO, each request is a
    line of the log.

    Args:
      ai: the application.
      limits: what a request may cost.
      expose_errors: whether clients see the text of errors that are not public; by default only with
        ``GENKIT_ENV=dev``.
      legacy_error_frames: whether a stream's error is written ``error: {…}``, for Dart clients up to 0.17.
      cors_origins: the sites whose pages may call the flows from a browser, such as ``https://app.example``; ``*``
        for all.
      context: functions that find out from a request who is calling, or refuse it, before anything runs; `api_key`
        makes one. They are asked in order, and what they say together is the context of the run.
      stream_store: where the streams of flows are kept, such as a `MemoryStreamStore`. A run that streams then
        outlives its client, who can come back for the rest.

    Raises:
      ValueError: if one of *cors_origins* is no origin.
    """
    expose = is_dev() if expose_errors is None else expose_errors
    options = ReplyOptions(expose, legacy_error_frames, tuple(cors_origins))
    return FlowApp(
        ai.registry,
        partial(open_runtime, ai),
        RequestLimits() if limits is None else limits,
        options,
        stream_store,
        tuple(context),
    )


def _tool_services(ai: Genkit, host: str) -> tuple[Service, ...]:
    """Choose, by the environment, how the developer's tools see *ai*."""
    environment = dev_environment()
    exporter = SpanExporter(environment.telemetry_server, realtime=environment.realtime_telemetry)
    reflection = Reflection(ai.registry, exporter)
    # Servers and clients are large, and most programs that import this package never get here.
    if environment.reflection_v2_server is not None:
        from ._client import ReflectionClient

        return exporter, ReflectionClient(reflection, environment.reflection_v2_server, environment.runtime_id)

    from ._server import ReflectionServer

    if not is_loopback(host):
        logger.warning("the reflection API listens on %s: whoever reaches it can run every action", host)

    def app_of(runtime: Runtime, runtime_id: str, on_quit: Callable[[], object]) -> ReflectionApp:
        return ReflectionApp(reflection, runtime, ReflectionIdentity(runtime_id, host), on_quit)

    return exporter, ReflectionServer(app_of, host, environment.reflection_port, environment.runtime_id)
