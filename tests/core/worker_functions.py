"""Functions for worker processes, which import them from here."""

import os
import time

from genkit_trio import Genkit

ai = Genkit()


def process_id() -> int:
    """Tell where this runs."""
    return os.getpid()


def double(number: int) -> int:
    """Return a value."""
    return 2 * number


def fail(message: str) -> None:
    """Raise an error."""
    raise ValueError(message)


def busy() -> None:
    """Never look up."""
    while True:
        time.sleep(0.01)


@ai.flow(run_in="process")
def decorated(number: int) -> int:
    """Be an action by this name."""
    return 3 * number
