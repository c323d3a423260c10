"""Warnings about code that works against its own cancellation, each said once per place (contract C30)."""

import logging
import math
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from .run import Run

logger = logging.getLogger("genkit_trio")

CLEANUP_GRACE: Final = 5.0
"""Seconds that cleanup may take after a cancellation before it is worth a word."""
PROMPT: Final = 0.05
"""Seconds within which a run may still return a value after it was cancelled: it had its value already."""

_said: set[tuple[str, str]] = set()


def advise(topic: str, place: str, message: str, *args: object) -> None:
    """Log *message* as a warning, unless the same *topic* was already said of this *place*.

    Args:
      topic: what is wrong, in a word.
      place: where, most often the key of an action.
      message: a format for `logging`, with its *args*.
    """
    if (topic, place) in _said:
        return
    _said.add((topic, place))
    logger.warning(message, *args)


def forget_advice() -> None:
    """Say everything again: for tests."""
    _said.clear()


def review(run: "Run", *, returned: bool) -> None:
    """Look at how *run* took its cancellation, now that it has ended, and mark it late if it *returned* late."""
    cancelled_at = math.inf if run.scope is None else run.scope.cancelled_at
    if run.deadline == math.inf and cancelled_at == math.inf:
        return
    now = trio.current_time()
    run.late = returned and now > run.deadline
    over = now - min(run.deadline, cancelled_at)
    if over > CLEANUP_GRACE:
        message = "%s went on for %.1f s after it was cancelled; give what it shields a deadline of its own"
        advise("grace", run.key, message, run.key, over)
    if run.late:
        advise("late", run.key, "%s returned a value %.3f s after its deadline", run.key, now - run.deadline)
    elif returned and now - cancelled_at > PROMPT:
        message = "%s was cancelled (%s) and returned a value all the same; let trio.Cancelled pass"
        advise("swallowed", run.key, message, run.key, run.scope and run.scope.cause and run.scope.cause.value)
