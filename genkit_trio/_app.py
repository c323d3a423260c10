"""`Genkit`: the object an application declares its actions on, and what is made of it."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

from ._asgi import FlowApp, ReplyOptions, RequestLimits
from ._core import ActionDecorator, AnyAction, Context, Plugin, Registry, current_context, run_step
from ._runtime import Runtime, RuntimeOptions, is_dev
from ._runtime import open_runtime as open_runtime_of

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
ActionT = TypeVar("ActionT", bound=AnyAction)


class Genkit:
    """The actions of one application.

    It is a value: making one starts no thread, reads no file, installs no signal handler and sets nothing global.
    What needs a lifetime (services, detached runs) begins with `open_runtime`.

    Args:
      plugins: where further actions come from.
    """

    def __init__(self, *, plugins: Iterable[Plugin] = ()) -> None:
        self.registry: Final = Registry(plugins)
        """Finds the actions by key."""

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


def open_runtime(
    ai: Genkit, *, drain_timeout: float = 25.0, cleanup_grace: float = 5.0
) -> AbstractAsyncContextManager[Runtime]:
    """Open the runtime of *ai* for the length of an ``async with`` block.

    It owns what nobody awaits: spawned runs, detached runs, services. When the block ends, new root runs are refused
    with ``UNAVAILABLE``, and running ones are drained, then cancelled. When the block raises or is cancelled, they are
    cancelled at once.

    With ``GENKIT_ENV=dev``, tasks that hold trio's thread are noticed and logged.

    Args:
      ai: the application.
      drain_timeout: seconds that running runs get to finish.
      cleanup_grace: seconds that cancelled runs get for their cleanup; what is alive then is logged with its stack.

    Raises:
      RuntimeError: if *ai* has an open runtime in this trio run already.
    """
    options = RuntimeOptions(drain_timeout=drain_timeout, cleanup_grace=cleanup_grace, watch_tasks=is_dev())
    return open_runtime_of(ai.registry, (), options)


def flow_app(
    ai: Genkit,
    *,
    limits: RequestLimits | None = None,
    expose_errors: bool | None = None,
    legacy_error_frames: bool = False,
) -> FlowApp:
    """Return the ASGI application that serves the flows of *ai*: ``POST /<flow>`` with ``{"data": <input>}``.

    It runs on trio: under `genkit_trio.asgi.serve`, under ``hypercorn -k trio``, or mounted in an application that
    does. A client that disconnects cancels its run.

    Args:
      ai: the application.
      limits: what a request may cost.
      expose_errors: whether clients see the text of errors that are not public; by default only with
        ``GENKIT_ENV=dev``.
      legacy_error_frames: whether a stream's error is written ``error: {…}``, for Dart clients up to 0.17.
    """
    options = ReplyOptions(is_dev() if expose_errors is None else expose_errors, legacy_error_frames)
    return FlowApp(ai.registry, partial(open_runtime, ai), RequestLimits() if limits is None else limits, options)
