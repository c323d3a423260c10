"""The reflection API's own server: it listens on a port of this machine, and says where."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import trio
from hypercorn.config import Config

from .._core import open_nursery
from .._runtime import RuntimeFile, announced, find_project_root
from .serve import App, serve

if TYPE_CHECKING:
    from .._runtime import Runtime

logger = logging.getLogger("genkit_trio")

PORTS: Final = range(3100, 3200)
"""Where tools' users expect the API; the first free one is taken."""
ReflectionAppOf: TypeAlias = "Callable[[Runtime, str, Callable[[], None]], App]"


@attrs.frozen
class ReflectionServer:
    """A runtime's service.

    Args:
      app_of: makes the application, of the runtime, its id, and what to call when a tool ends the API.
      host: the address to listen on.
      port: the port, `None` for the first free one.
      runtime_id: what tools call the runtime, `None` for process id and port.
    """

    app_of: ReflectionAppOf
    host: str
    port: int | None
    runtime_id: str | None

    async def __call__(  # noqa: ASYNC114  # started by a runtime
        self, runtime: "Runtime", /, *, task_status: trio.TaskStatus[None]
    ) -> None:
        """Serve until cancelled, or until a tool says that it is enough.

        Raises:
          OSError: if no port is free.
        """
        listener = _listen(self.host, PORTS if self.port is None else (self.port,))
        port: int = listener.getsockname()[1]
        own_id = self.runtime_id or f"{os.getpid()}-{port}"
        stop = trio.Event()
        app = self.app_of(runtime, own_id, stop.set)
        shown = f"[{self.host}]" if ":" in self.host else self.host
        async with open_nursery() as nursery:
            await nursery.start(partial(serve, app, _config(listener), shutdown_trigger=stop.wait))
            # Tools ask the address as soon as they see the file, so it comes last.
            with announced(RuntimeFile(own_id, f"http://{shown}:{port}"), find_project_root(Path.cwd())):
                logger.info("the reflection API listens on http://%s:%d", shown, port)
                task_status.started()
                await stop.wait()


def _listen(host: str, ports: "range | tuple[int]") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports[:-1]:
        with suppress(OSError):
            return _bound(family, host, port)
    return _bound(family, host, ports[-1])


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _config(listener: socket.socket) -> Config:
    config = Config()
    # Hypercorn closes it with the descriptor.
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = logging.getLogger("genkit_trio.reflection")
    config.include_server_header = False
    config.graceful_timeout = 1
    return config
