"""``genkit-trio serve``: the flows of an application over HTTP, until a signal ends it."""

import errno
import socket
from typing import Final

import attrs
import click
import trio
from hypercorn.config import Config

from .. import Genkit, open_runtime
from .. import asgi as http
from .._runtime import own_process
from .target import application

MARGIN: Final = 1.0
"""Seconds after the grace before the process is ended by force: what ends just within it has ended."""
UNUSABLE: Final = {
    errno.EADDRINUSE: "is in use; stop what listens there, or choose another with --port",
    errno.EADDRNOTAVAIL: "is not an address of this machine; choose another with --host",
    socket.EAI_NONAME: "is not an address that this machine knows; choose another with --host",
    errno.EACCES: "may not be used by this user; choose a port above 1023 with --port",
}


@attrs.frozen
class ServeOptions:
    """Where to listen, and how to end."""

    host: str = "127.0.0.1"
    port: int = 8000
    drain_timeout: float = 25.0
    cleanup_grace: float = 5.0

    @property
    def address(self) -> str:
        """Host and port as Hypercorn binds them: an IPv6 address stands in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@click.command()
@application
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 for any.")
@click.option(
    "--drain-timeout",
    default=25.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds that running requests get to finish after SIGTERM or Ctrl-C.",
)
@click.option(
    "--cleanup-grace",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Seconds that cancelled ones get for their cleanup after that.",
)
def serve(ai: Genkit, host: str, port: int, drain_timeout: float, cleanup_grace: float) -> None:
    """Serve the flows of an application: POST /<flow> with {"data": <input>}.

    Exit codes: 0 when everything has ended, 1 when something would not and the process was ended with it, 130 or 143
    after a second Ctrl-C or SIGTERM, which does not wait.
    """
    serve_forever(ai, ServeOptions(host, port, drain_timeout, cleanup_grace))


def serve_forever(ai: Genkit, options: ServeOptions) -> None:
    """Serve *ai* in this process until a signal comes, and drain.

    Raises:
      click.ClickException: if the address cannot be used.
    """
    reason: str | None = None
    try:
        trio.run(_serve, ai, options)
    except* OSError as errors:
        reason = UNUSABLE.get(_errno_of(errors))
        if reason is None:
            raise
    if reason is not None:
        raise click.ClickException(f"{options.address} {reason}")


async def _serve(ai: Genkit, options: ServeOptions) -> None:
    config = Config()
    config.bind = [options.address]
    config.graceful_timeout = options.drain_timeout
    app = http.flow_app(ai, limits=http.RequestLimits(cleanup_grace=options.cleanup_grace))
    limits = http.ServerLimits(cleanup_grace=options.cleanup_grace)
    stop = trio.Event()
    scope = trio.CancelScope()

    def drain() -> None:
        # Spawned runs drain after the requests; the scope makes both together take no longer than one of them may.
        scope.deadline = trio.current_time() + options.drain_timeout
        stop.set()

    patience = options.drain_timeout + options.cleanup_grace + MARGIN
    with own_process(drain, patience), scope:
        async with open_runtime(ai, drain_timeout=options.drain_timeout, cleanup_grace=options.cleanup_grace):
            await http.serve(app, config, limits=limits, shutdown_trigger=stop.wait)


def _errno_of(error: OSError | ExceptionGroup[OSError]) -> int:
    return error.errno or 0 if isinstance(error, OSError) else _errno_of(error.exceptions[0])
