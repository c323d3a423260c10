"""Which attempt this is, for code that a worker of a queue runs: a run may be started more than once."""

from contextvars import ContextVar
from typing import Final

import attrs


@attrs.frozen
class Attempt:
    """One attempt at a run that was submitted."""

    number: int
    """1 for the first; each later one means that the worker of the one before died, was stopped, or was cut off."""
    attempts: int
    """How many there may be."""
    stream_id: str
    """The run: the same in every attempt."""
    idempotency_key: str
    """What was given when the run was submitted, else the id of the run. It is the same in every attempt, so a service
    that is called with it can tell that it was called before."""


attempt_var: Final = ContextVar[Attempt | None]("genkit_trio.attempt", default=None)


def current_attempt() -> Attempt | None:
    """Return the attempt in which this code executes; `None` in a run that no worker of a queue has started."""
    return attempt_var.get()
