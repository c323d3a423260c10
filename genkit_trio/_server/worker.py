"""A worker: sockets, listeners, connections, lifespan, and how they end.

It follows Hypercorn 0.18's ``worker_serve`` and uses its parts; what differs is marked. Ending, in order: no
connection is accepted any more and idle ones are closed; requests in flight get ``graceful_timeout``; they are then
cancelled, and tell their clients; after ``cleanup_grace`` their connections are cut; last comes the lifespan.
"""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config, Sockets
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import repr_socket_addr, wrap_app

from .._core import open_nursery
from .arrivals import open_arrivals
from .connection import Connection
from .limits import ServerLimits
from .parts import FastClass, Parts
from .transport import Stream

BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"

Listener = trio.SocketListener | trio.SSLListener[trio.SocketStream]


async def run_worker(  # noqa: ASYNC114, ASYNC128, PLR0913  # started by serve alone; _serve says so
    app: Any,
    config: Config,
    limits: ServerLimits,
    fast: FastClass | None,
    *,
    wait_for_shutdown: Callable[[], Awaitable[object]],
    task_status: trio.TaskStatus[list[str]],
) -> None:
    """Serve *app* until *wait_for_shutdown* returns, then end in order and return."""
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
    state: dict[str, Any] = {}
    with open_arrivals() as arrivals:
        parts = Parts(wrapped, app, config, WorkerContext(None), ConnectionState(state), limits, fast, arrivals)
        async with _lifespan(wrapped, config, state):
            listeners, urls = await _listen(config)
            await _serve(parts, listeners, partial(task_status.started, urls), wait_for_shutdown)


async def _serve(
    parts: Parts,
    listeners: list[Listener],
    on_started: Callable[[], None],
    wait_for_shutdown: Callable[[], Awaitable[object]],
) -> None:
    config = parts.config
    async with open_nursery() as upkeep:
        upkeep.start_soon(parts.watch.run)
        upkeep.start_soon(parts.pulse.run)
        if parts.arrivals is not None:
            upkeep.start_soon(parts.arrivals.run)
        async with open_nursery() as connections:
            async with open_nursery() as listening:
                serve = partial(trio.serve_listeners, handler_nursery=connections)
                await listening.start(serve, partial(_accept, parts), listeners)
                on_started()
                await wait_for_shutdown()
                listening.cancel_scope.cancel()
            await parts.context.terminated.set()
            for connection in list(parts.connections):
                connection.cut_if_idle()
            connections.cancel_scope.deadline = trio.current_time() + config.graceful_timeout
            upkeep.start_soon(_cut_after, parts, config.graceful_timeout + parts.limits.cleanup_grace)
        upkeep.cancel_scope.cancel()


async def _cut_after(parts: Parts, seconds: float) -> None:
    await trio.sleep(seconds)
    for connection in list(parts.connections):
        await connection.lose()


def _accept(parts: Parts, stream: Stream) -> Awaitable[None]:
    # Not an async function: its frame would be there for as long as the connection.
    if len(parts.connections) < parts.limits.max_connections:
        return Connection(parts, stream).run()
    return _refuse(parts, stream)


async def _refuse(parts: Parts, stream: Stream) -> None:
    try:
        if isinstance(stream, trio.SocketStream):
            with trio.move_on_after(parts.limits.linger):
                await stream.send_all(BUSY)
    except trio.BrokenResourceError:
        pass  # the client has gone
    finally:
        await trio.aclose_forcefully(stream)


async def _listen(config: Config) -> tuple[list[Listener], list[str]]:
    sockets: Sockets = config.create_sockets()
    ssl_context: Any = config.create_ssl_context()  # Any: None exactly when there are no secure sockets
    listeners: list[Listener] = []
    urls: list[str] = []
    for secure, group in ((True, sockets.secure_sockets), (False, sockets.insecure_sockets)):
        for sock in group:
            sock.listen(config.backlog)
            listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
            listeners.append(trio.SSLListener(listener, ssl_context, https_compatible=True) if secure else listener)
            urls.append(f"{'https' if secure else 'http'}://{repr_socket_addr(sock.family, sock.getsockname())}")
            await config.log.info(f"running on {urls[-1]}")
    return listeners, urls


@asynccontextmanager
async def _lifespan(app: Any, config: Config, state: dict[str, Any]) -> AsyncGenerator[None, None]:
    lifespan = Lifespan(app, config, state)
    async with open_nursery() as nursery:
        await nursery.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        yield
        await lifespan.wait_for_shutdown()
        nursery.cancel_scope.cancel()
