"""`serve`: an ASGI application on Hypercorn's trio worker, until a signal or a trigger ends it."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import hypercorn.trio
import trio
from hypercorn.config import Config

# Hypercorn types applications by unions of TypedDicts that no other library's scope is.
_hypercorn_serve: Callable[..., Awaitable[None]] = hypercorn.trio.serve  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # because those types are not complete

App = Callable[..., Awaitable[None]]  # an ASGI application: scope, receive, send
Trigger = Callable[[], Awaitable[object]]

DRAIN_TIMEOUT: Final = 25.0
"""Seconds that requests in flight get to finish; Hypercorn's own default is 3."""


async def serve(  # noqa: ASYNC128  # Hypercorn calls task_status.started()
    app: App,
    config: Config | None = None,
    *,
    shutdown_trigger: Trigger | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve *app* until *shutdown_trigger* returns, or SIGTERM or SIGINT arrives; then drain and return.

    Use it as the main function, ``trio.run(serve, app, config)``, or in a nursery,
    ``[url] = await nursery.start(partial(serve, app, config, shutdown_trigger=stop.wait))``.

    Draining: no connection is accepted any more, requests in flight get ``config.graceful_timeout`` to finish, and are
    then cancelled; their clients are told ``UNAVAILABLE``.

    Args:
      app: an ASGI application, such as `flow_app` gives.
      config: Hypercorn's; by default port 8000 on loopback, and a ``graceful_timeout`` of 25 seconds.
      shutdown_trigger: an async function that returns when serving shall end. Without it the signals are listened
        for, which only works in the main thread.
      task_status: for `trio.Nursery.start`: gets the list of the bound URLs.
    """
    if config is None:
        config = Config()
        config.graceful_timeout = DRAIN_TIMEOUT
    async with _trigger(shutdown_trigger) as trigger:
        await _hypercorn_serve(
            app,
            config,
            shutdown_trigger=trigger,
            task_status=task_status,
            mode="asgi",
        )


@asynccontextmanager
async def _trigger(given: Trigger | None) -> AsyncGenerator[Callable[..., Awaitable[Any]], None]:
    if given is not None:
        yield given
        return
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        yield partial(_next_signal, signals)


async def _next_signal(signals: AsyncIterator[int]) -> None:
    await anext(signals)
