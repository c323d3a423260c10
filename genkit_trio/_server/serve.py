"""`serve`: an ASGI application on Hypercorn's trio worker, until a signal or a trigger ends it."""

import logging
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Literal, TypeAlias

import trio
from hypercorn.config import Config

from .limits import ServerLimits
from .parts import FastClass
from .worker import run_worker

logger = logging.getLogger("genkit_trio")

App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application: scope, receive, send."""
Trigger = Callable[[], Awaitable[object]]

Http1: TypeAlias = Literal["fast", "hypercorn"]
"""Which class serves HTTP/1.1."""

DRAIN_TIMEOUT: Final = 25.0
"""Seconds that requests in flight get to finish, where no configuration says otherwise."""


async def serve(  # noqa: ASYNC128, PLR0913  # run_worker calls task_status.started(); all but two are by name
    app: App,
    config: Config | None = None,
    *,
    limits: ServerLimits | None = None,
    h1: Http1 | None = None,
    shutdown_trigger: Trigger | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve *app* until *shutdown_trigger* returns, or SIGTERM or SIGINT arrives; then drain and return.

    Use it as the main function, ``trio.run(serve, app, config)``, or in a nursery,
    ``[url] = await nursery.start(partial(serve, app, config, shutdown_trigger=stop.wait))``.

    Draining: no connection is accepted any more, idle ones are closed, and requests in flight get
    ``config.graceful_timeout`` to finish. They are then cancelled, and their clients are told ``UNAVAILABLE``. When
    it is cancelled itself, the same happens at once.

    Args:
      app: an ASGI application, such as `flow_app` gives.
      config: Hypercorn's; by default port 8000 on loopback, and a ``graceful_timeout`` of 25 seconds.
      limits: what a connection may cost.
      h1: what serves plain requests of HTTP/1.1: ``"fast"``, a class of this library that needs the extra ``fast``, or
        ``"hypercorn"``, Hypercorn's. By default the first where it is installed.
      shutdown_trigger: an async function that returns when serving shall end. Without it the signals are listened
        for, which only works in the main thread.
      task_status: for `trio.Nursery.start`: gets the list of the bound URLs.

    Raises:
      ValueError: if *config* asks for what cannot work here.
      RuntimeError: if *h1* is ``"fast"``, without the extra.
      OSError: if an address cannot be bound.
    """
    config = default_config() if config is None else config
    _check(config)
    fast = _fast_class(h1, config)
    async with _trigger(shutdown_trigger) as trigger:
        limits = ServerLimits() if limits is None else limits
        await run_worker(app, config, limits, fast, wait_for_shutdown=trigger, task_status=task_status)


def default_config() -> Config:
    """Return Hypercorn's configuration with this library's defaults."""
    config = Config()
    config.graceful_timeout = DRAIN_TIMEOUT
    return config


def _check(config: Config) -> None:
    if config.quic_bind:
        raise ValueError("quic_bind is set, but over QUIC a client's disconnect cannot be noticed; use HTTP/2 instead")
    if config.read_timeout is not None:
        raise ValueError("read_timeout is set, but it ends streams whose clients only listen; use body_timeout instead")


def _fast_class(h1: Http1 | None, config: Config) -> FastClass | None:
    if h1 == "hypercorn":
        return None
    try:
        from .h1 import fast_class
    except ModuleNotFoundError as exc:
        if exc.name != "httptools":
            raise
        if h1 == "fast":
            message = "h1='fast' needs httptools; install it with: pip install 'genkit-trio[fast]'"
            raise RuntimeError(message) from exc
        logger.info("HTTP/1.1 is served by Hypercorn's classes; for ours: pip install 'genkit-trio[fast]'")
        return None
    return fast_class(config)


@asynccontextmanager
async def _trigger(given: Trigger | None) -> AsyncGenerator[Trigger, None]:
    if given is not None:
        yield given
        return
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        yield partial(_next_signal, signals)


async def _next_signal(signals: AsyncIterator[int]) -> None:
    await anext(signals)
