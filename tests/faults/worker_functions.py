"""Functions for worker threads and processes; a worker process imports them from here."""

import time
from pathlib import Path

from genkit_trio import RunContext
from tests.faults.scenes import TRIAL, Boom

PAUSE = 0.002


def polling(count: int, ctx: RunContext[int]) -> str:
    """Look up now and then, and send."""
    with TRIAL.get().counted("thread"):
        for number in range(count):
            ctx.check_cancelled()
            time.sleep(PAUSE)
            if "child raises" in TRIAL.get().events:
                raise Boom
            ctx.send_chunk_sync(number)
        return "done"


def stubborn(count: int) -> str:
    """Never look up."""
    with TRIAL.get().counted("thread"):
        time.sleep(PAUSE * count)
        return "done"


def crunch(file: str) -> str:
    """Be killed, or not; raise as soon as *file* is there."""
    for _ in range(5):
        time.sleep(PAUSE)
        if Path(file).exists():
            raise Boom
    return "done"
