"""How long the commands that run until a signal comes wait for what runs: the options that they share."""

from collections.abc import Callable
from typing import TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., object])


def ending(what: str) -> Callable[[CommandT], CommandT]:
    """Give a command the options ``--drain-timeout`` and ``--cleanup-grace``.

    Args:
      what: what it runs, for the help.
    """
    drain_timeout = click.option(
        "--drain-timeout",
        default=25.0,
        show_default=True,
        type=click.FloatRange(min=0),
        help=f"Seconds that {what} get to finish after SIGTERM or Ctrl-C.",
    )
    cleanup_grace = click.option(
        "--cleanup-grace",
        default=5.0,
        show_default=True,
        type=click.FloatRange(min=0),
        help="Seconds that cancelled ones get for their cleanup after that.",
    )
    return lambda command: drain_timeout(cleanup_grace(command))
