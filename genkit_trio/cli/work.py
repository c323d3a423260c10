"""``genkit-trio work``: a worker of a queue, until a signal ends it."""

from typing import Final

import attrs
import click
import trio

from .. import Genkit, open_runtime
from .. import work as work_on
from .._runtime import own_process
from ..abc import WorkQueue
from .ending import ending
from .target import TargetError, application, load_queue

MARGIN: Final = 3.0
"""Seconds after the grace before the process is ended by force: what did not finish is given back in that time."""


@attrs.frozen
class WorkOptions:
    """How much at once, and how to end."""

    concurrency: int
    drain_timeout: float
    cleanup_grace: float


def _queue_of(ctx: click.Context, param: click.Parameter, value: str) -> WorkQueue:
    try:
        return load_queue(value)
    except TargetError as exc:
        raise click.BadParameter(str(exc)) from exc


@click.command()
@application
@click.option("--queue", required=True, metavar="MODULE:ATTRIBUTE", callback=_queue_of, help="Where the queue is.")
@click.option(
    "--concurrency", default=16, show_default=True, type=click.IntRange(1), help="Runs that are executed at once."
)
@ending("runs")
def work(ai: Genkit, queue: WorkQueue, concurrency: int, drain_timeout: float, cleanup_grace: float) -> None:
    """Execute the runs that are submitted to a queue.

    After SIGTERM or Ctrl-C no more are taken; what does not finish in time goes back to the queue.

    Exit codes: 0 when everything has ended, 1 when something would not and the process was ended with it, 130 or 143
    after a second Ctrl-C or SIGTERM, which does not wait.
    """
    trio.run(_work, ai, queue, WorkOptions(concurrency, drain_timeout, cleanup_grace))


async def _work(ai: Genkit, queue: WorkQueue, options: WorkOptions) -> None:
    taking = trio.CancelScope()
    patience = options.drain_timeout + options.cleanup_grace + MARGIN
    with own_process(taking.cancel, patience):
        async with open_runtime(
            ai, drain_timeout=options.drain_timeout, cleanup_grace=options.cleanup_grace, queue=queue
        ):
            with taking:
                await work_on(ai, queue, concurrency=options.concurrency)
