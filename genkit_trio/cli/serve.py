"""``genkit-trio serve``: the flows of an application over HTTP, until a signal ends it."""

import errno
import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final

import click
import trio
from hypercorn.config import Config

from .. import Genkit, open_runtime
from .. import asgi as http
from .._core import open_nursery
from .._runtime import own_process
from .ending import ending
from .options import ServeOptions
from .target import TARGET, application
from .workers import serve_in_workers

MARGIN: Final = 1.0
"""Seconds after the grace before the process is ended by force: what ends just within it has ended."""
UNUSABLE: Final = {
    errno.EADDRINUSE: "is in use; stop what listens there, or choose another with --port",
    errno.EADDRNOTAVAIL: "is not an address of this machine; choose another with --host",
    socket.EAI_NONAME: "is not an address that this machine knows; choose another with --host",
    errno.EACCES: "may not be used by this user; choose a port above 1023 with --port",
}


@click.command()
@application
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 for any.")
@ending("running requests")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 1024), help="Processes that serve.")
@click.option(
    "--h1",
    type=click.Choice(["fast", "hypercorn"]),
    help="What serves HTTP/1.1: our class, of the extra 'fast', or Hypercorn's.  [default: fast, where installed]",
)
@click.option("--fd", hidden=True, type=int, help="The socket that a supervisor has bound.")
@click.pass_context
def serve(ctx: click.Context, /, ai: Genkit, workers: int, **options: Any) -> None:  # Any: what click has converted
    """Serve the flows of an application: POST /<flow> with {"data": <input>}.

    Exit codes: 0 when everything has ended, 1 when something would not and the process was ended with it, 130 or 143
    after a second Ctrl-C or SIGTERM, which does not wait.
    """
    given = ServeOptions(**options)
    if given.h1 == "fast" and find_spec("httptools") is None:
        raise click.UsageError("--h1 fast needs httptools; install it with: pip install 'genkit-trio[fast]'")
    if workers == 1:
        serve_forever(ai, given)
    else:
        with _usable(given):
            code = serve_in_workers(ctx.meta[TARGET], given, workers)
        ctx.exit(code)


def serve_forever(ai: Genkit, options: ServeOptions) -> None:
    """Serve *ai* in this process until a signal comes, and drain.

    Raises:
      click.ClickException: if the address cannot be used.
    """
    with _usable(options):
        trio.run(_serve, ai, options)


@contextmanager
def _usable(options: ServeOptions) -> Generator[None, None, None]:
    """Make a sentence of the error that says why the address cannot be used."""
    reason: str | None = None
    try:
        yield
    except* OSError as errors:
        reason = UNUSABLE.get(_errno_of(errors))
        if reason is None:
            raise
    if reason is not None:
        raise click.ClickException(f"{options.address} {reason}")


async def _serve(ai: Genkit, options: ServeOptions) -> None:
    config = Config()
    config.bind = [options.bind]
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
        async with (
            open_runtime(ai, drain_timeout=options.drain_timeout, cleanup_grace=options.cleanup_grace),
            open_nursery() as nursery,
        ):
            if options.fd is not None:
                nursery.start_soon(_drain_when_orphaned, drain)
            await http.serve(app, config, limits=limits, h1=options.h1, shutdown_trigger=stop.wait)
            nursery.cancel_scope.cancel()


async def _drain_when_orphaned(drain: Callable[[], None]) -> None:
    """Wait until the supervisor, which holds the other end of the standard input, is no more."""
    async with trio.lowlevel.FdStream(os.dup(0)) as stdin:
        await stdin.receive_some(1)
    drain()


def _errno_of(error: OSError | ExceptionGroup[OSError]) -> int:
    return error.errno or 0 if isinstance(error, OSError) else _errno_of(error.exceptions[0])
