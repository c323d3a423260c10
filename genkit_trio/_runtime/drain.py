"""Ending in order: refuse what is new, let what runs finish, then cancel it, and say what would not stop (C27)."""

import logging

import trio

from .._core import Run, current_roots
from .._tracing import Cause

logger = logging.getLogger("genkit_trio")


async def drain(*, drain_timeout: float, cleanup_grace: float) -> None:
    """Wait until no root run is left, *drain_timeout* seconds at most; cancel what is left, and give it its grace.

    New roots are refused from the first moment on; children of running runs go on. Runs that application code simply
    awaits have no scope to cancel: they are its own to end.

    What is alive after *cleanup_grace* more seconds is logged with the stack of its task.
    """
    # What was spawned a moment ago takes its first step in these two passes, and so is running when new roots are not.
    await trio.lowlevel.checkpoint()
    await trio.lowlevel.checkpoint()
    roots = current_roots()
    roots.draining = True
    with trio.move_on_after(drain_timeout):
        await roots.wait_idle()
        return
    cancel_roots()
    with trio.move_on_after(cleanup_grace):
        await roots.wait_idle()
        return
    for run in roots.others():
        logger.error("%s did not stop within %.1f s, trace %s\n%s", run.key, cleanup_grace, run.trace_id, stack_of(run))


def cancel_roots() -> None:
    """Refuse new roots, and cancel every root run that has a scope, because of the drain."""
    current_roots().draining = True
    for run in current_roots().others():
        if run.can_be_cancelled:
            run.request_cancel(Cause.DRAIN)


def stack_of(root: Run) -> str:
    """Return the stack of the task that executes *root*, innermost frame last."""
    assert root.task is not None  # since it has begun
    frames = (
        f'  File "{f.f_code.co_filename}", line {n}, in {f.f_code.co_name}' for f, n in root.task.iter_await_frames()
    )
    return "\n".join(frames)
