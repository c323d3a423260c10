"""Asking trio whether this task is cancelled, and by when it will be, without paying for a coroutine or a recursion.

The public ways are `trio.lowlevel.checkpoint_if_cancelled` and `trio.current_effective_deadline`. Each call of an
action needs the second, and each chunk of a stream the first twice; there they cost about as much as all the rest. So
a few private attributes of trio's are read here, and nowhere else. A trio that has others gets the public way.
"""

# The whole point of this module, see above.
# pyright: reportPrivateUsage=false

import math
from typing import TYPE_CHECKING

import trio
from trio._core._run import GLOBAL_RUN_CONTEXT

from .errors import leaves_of

if TYPE_CHECKING:
    from trio._core._run import CancelStatus


def is_cancelled() -> bool:
    """Return whether a checkpoint would raise `trio.Cancelled` here."""
    try:
        return GLOBAL_RUN_CONTEXT.task._cancel_status.effectively_cancelled
    except AttributeError:
        return trio.current_effective_deadline() == -math.inf


def effective_deadline() -> float:
    """Return what `trio.current_effective_deadline` does."""
    try:
        innermost = GLOBAL_RUN_CONTEXT.task._cancel_status
        if innermost.effectively_cancelled:
            return -math.inf
        deadline = math.inf
        status: CancelStatus | None = innermost
        while status is not None:
            scope = status._scope
            if scope._deadline < deadline:  # min() is a call more
                deadline = scope._deadline
            status = None if scope._shield else status._parent
    except AttributeError:
        return trio.current_effective_deadline()
    return deadline


def is_past_deadline(exc: BaseException) -> bool:
    """Return whether a deadline is what has cancelled this task, in which *exc* holds a `trio.Cancelled`."""
    try:
        status = GLOBAL_RUN_CONTEXT.task._cancel_status
        reason = status._scope._cancel_reason if status.effectively_cancelled else None
    except AttributeError:
        reason = None
    if reason is not None:
        return reason.source == "deadline"
    # It names the innermost scope that was cancelled: a sleep that ends as somebody cancels it is one of a deadline.
    return any(isinstance(leaf, trio.Cancelled) and leaf.source == "deadline" for leaf in leaves_of(exc))
