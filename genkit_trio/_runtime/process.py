"""A program that owns its process: the first signal asks it to end, the second one ends it (contract C27).

The handlers are the process's own rather than trio's, because they must work when nothing else does: when trio's
thread is held by a task, and when a run shields itself from its cancellation.
"""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import trio

from .._core import current_roots
from .discovery import forget_runtimes
from .drain import stack_of

FIRST_OF: Final = (signal.SIGINT, signal.SIGTERM)


class EndRequest:
    """Whether and how the process was asked to end.

    Args:
      ask: called once, in trio's thread, soon after the first signal.
      patience: seconds after it in which the process ends by itself.
    """

    def __init__(self, ask: Callable[[], object], patience: float) -> None:
        self._ask: Final = ask
        self._patience: Final = patience
        self._token: Final = trio.lowlevel.current_trio_token()
        self.exit_code: int | None = None
        """128 and the number of the first signal, as shells count; `None` while none has come."""

    def receive(self, signum: int, frame: FrameType | None) -> None:
        """Handle SIGINT or SIGTERM."""
        if self.exit_code is not None:
            _exit(128 + signum)
        self.exit_code = 128 + signum
        signal.setitimer(signal.ITIMER_REAL, self._patience)
        self._token.run_sync_soon(self._ask)

    def lose_patience(self, signum: int, frame: FrameType | None) -> None:
        """Handle SIGALRM: say what did not end, and end the process."""
        alive = [f"{run.key} did not stop, trace {run.trace_id}\n{stack_of(run)}\n" for run in current_roots().runs]
        # Streams may be in the middle of a write, which a handler must not enter again.
        os.write(2, "".join(alive or ["the program did not stop\n"]).encode(errors="backslashreplace"))
        _exit(1)


@contextmanager
def own_process(ask: Callable[[], object], patience: float) -> Generator[EndRequest, None, None]:
    """Call *ask* when SIGINT or SIGTERM comes during the block.

    A second signal ends the process at once, with 130 or 143. When the block has not ended *patience* seconds after
    the first, the process ends with 1. For the main thread, inside a trio run.
    """
    request = EndRequest(ask, patience)
    handlers = {signum: signal.signal(signum, request.receive) for signum in FIRST_OF}
    handlers[signal.SIGALRM] = signal.signal(signal.SIGALRM, request.lose_patience)
    try:
        yield request
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for signum, handler in handlers.items():
            signal.signal(signum, handler)


def _exit(code: int) -> None:
    forget_runtimes()
    os._exit(code)
