"""Functions for worker threads and processes; a worker process imports them from here."""

import time

from genkit_trio import RunContext
from tests.faults.scenes import TRIAL

PAUSE = 0.002


def polling(count: int, ctx: RunContext[int]) -> str:
    """Look up now and then, and send."""
    with TRIAL.get().counted("thread"):
        for number in range(count):
            ctx.check_cancelled()
            time.sleep(PAUSE)
            ctx.send_chunk_sync(number)
        return "done"


def stubborn(count: int) -> str:
    """Never look up."""
    with TRIAL.get().counted("thread"):
        time.sleep(PAUSE * count)
        return "done"


def crunch(count: int) -> str:
    """Be killed, or not."""
    time.sleep(PAUSE * count)
    return "done"
