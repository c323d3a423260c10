"""Several worker processes on the same sockets, looked after by one that serves nothing itself.

The supervisor binds, each worker inherits the sockets and accepts from them. A worker that ends by itself is started
again, after a pause that grows while it keeps ending. When the supervisor is told to end, it tells every worker, and
each drains on its own: one that is idle never cuts another one short.

Workers are a process group each, because Ctrl-C goes to every process of the terminal's: they would get a second
signal, the supervisor's, and end at once. Their standard input is a pipe that the supervisor holds, so that they see
its end when it is killed.
"""

import logging
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import attrs
import trio

from .._core import open_nursery

logger = logging.getLogger("genkit_trio")

FIRST_PAUSE: Final = 0.1
"""Seconds before a worker that ended is started again."""
LONGEST_PAUSE: Final = 10.0
SOUND: Final = 5.0
"""Seconds after which a worker has shown that it can run: the next pause is the first one again."""
HOPELESS: Final = 5
"""Times in a row that a worker may end before it was sound; then the supervisor gives up."""


@attrs.frozen
class Supervision:
    """What is supervised.

    Args:
      command: starts one worker; it ends itself on SIGTERM.
      workers: how many there are at once.
      sockets: what they inherit. They are closed when the workers are told to end, so that clients are refused rather
        than kept waiting for nobody.
      patience: seconds that a worker gets to end; it is then killed.
    """

    command: Sequence[str]
    workers: int
    sockets: Sequence[socket.socket]
    patience: float


async def supervise(supervision: Supervision) -> int:
    """Keep the workers running until SIGTERM or SIGINT comes, end them, and return the exit code.

    A second signal ends them at once. 0: all have drained; 1: one had to be killed, or they could not be kept running;
    130 or 143: after a second signal.
    """
    crew = _Crew(supervision)
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with open_nursery() as nursery:
            for _ in range(supervision.workers):
                nursery.start_soon(crew.keep_one_running)
            nursery.start_soon(crew.obey, signals)
            await crew.wait_ended()
            nursery.cancel_scope.cancel()
    return crew.exit_code


class _Crew:
    """The workers, and how they are to end."""

    def __init__(self, supervision: Supervision) -> None:
        self.exit_code = 0
        self._supervision: Final = supervision
        self._stopping: Final = trio.Event()
        self._ended: Final = trio.Event()
        self._running: Final[set[trio.Process]] = set()
        self._places = supervision.workers

    async def wait_ended(self) -> None:
        """Wait until no worker runs, and none will."""
        await self._ended.wait()

    async def obey(self, signals: AsyncIterator[int]) -> None:
        """Act on signals: the first one asks the workers to end, the second one ends them."""
        await anext(signals)
        self._stop(trio.Process.terminate)
        with trio.move_on_after(self._supervision.patience):
            signum = await anext(signals)
            self.exit_code = 128 + signum
        self._stop(trio.Process.kill)

    async def keep_one_running(self) -> None:
        """Run one worker after the other, until told to stop or there is no hope."""
        pause = FIRST_PAUSE
        failures = 0
        while not self._stopping.is_set() and failures < HOPELESS:
            started = trio.current_time()
            code = await self._run_one()
            if self._stopping.is_set():
                self._note(code)
                break
            sound = trio.current_time() - started >= SOUND
            failures, pause = (0, FIRST_PAUSE) if sound else (failures + 1, min(pause * 2, LONGEST_PAUSE))
            if failures < HOPELESS:
                logger.error("a worker ended with exit code %d; starting another in %.1f s", code, pause)
                with trio.move_on_after(pause):
                    await self._stopping.wait()
        if failures >= HOPELESS:
            logger.error("workers end as soon as they are started; giving up")
            self.exit_code = 1
            self._stop(trio.Process.terminate)
        self._places -= 1
        if self._places == 0:
            self._ended.set()

    async def _run_one(self) -> int:
        fds = tuple(sock.fileno() for sock in self._supervision.sockets)
        process = await trio.lowlevel.open_process(
            self._supervision.command, stdin=subprocess.PIPE, pass_fds=fds, process_group=0
        )
        self._running.add(process)
        try:
            if self._stopping.is_set():
                process.terminate()
            return await process.wait()
        finally:
            self._running.discard(process)
            if process.returncode is None:
                process.kill()
            assert process.stdin is not None
            await trio.aclose_forcefully(process.stdin)

    def _stop(self, how: Callable[[trio.Process], None]) -> None:
        self._stopping.set()
        for sock in self._supervision.sockets:
            sock.close()
        for process in self._running:
            how(process)

    def _note(self, code: int) -> None:
        # One that did not yet handle signals had nothing to drain.
        if code not in {0, -signal.SIGTERM} and self.exit_code == 0:
            self.exit_code = 1
