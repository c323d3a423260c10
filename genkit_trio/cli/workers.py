"""``genkit-trio serve --workers``: the process that binds the address and looks after those that serve."""

import sys
from typing import Final

import trio
from hypercorn.config import Config

from .._server import Supervision, supervise
from .options import ServeOptions

MARGIN: Final = 2.0
"""Seconds after which a worker that has not ended is killed; before, it gives up by itself."""


def serve_in_workers(target: str, options: ServeOptions, workers: int) -> int:
    """Serve the application *target* in so many processes until a signal comes, and return the exit code.

    Raises:
      OSError: if the address cannot be used.
    """
    config = Config()
    config.bind = [options.bind]
    [listener] = config.create_sockets().insecure_sockets
    # Bound is not enough: until it listens, clients are refused while the first worker starts.
    listener.listen(config.backlog)
    with listener:
        command = _command(target, options, listener.fileno())
        patience = options.drain_timeout + options.cleanup_grace + MARGIN
        return trio.run(supervise, Supervision(command, workers, [listener], patience))


def _command(target: str, options: ServeOptions, fd: int) -> list[str]:
    times = ["--drain-timeout", str(options.drain_timeout), "--cleanup-grace", str(options.cleanup_grace)]
    h1 = [] if options.h1 is None else ["--h1", options.h1]
    return [sys.executable, "-m", "genkit_trio.cli", "serve", target, "--fd", str(fd), *times, *h1]
