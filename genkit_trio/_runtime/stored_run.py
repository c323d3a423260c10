"""A run whose consumer is a stream store: the run and, beside it, what stores the frames that it sends (C15)."""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

from .._core import leave_branch, open_nursery
from .._tracing import Cause
from .edge_run import EdgeRun
from .runtime import Runtime
from .stream_store import StreamFrame, StreamWriter

logger = logging.getLogger("genkit_trio")

LAST_WORDS: Final = 2.0
"""Seconds to store what is left and the end, when the runtime itself ends: less than runs get for their cleanup."""


async def store_run(
    run: EdgeRun, value: object, runtime: Runtime, writer: StreamWriter, error_of: Callable[[BaseException], bytes]
) -> None:
    """Execute *run* and put its chunks into the stream of *writer*; its end too, as soon as that is decided.

    A run whose stream cannot be stored is cancelled, so that what its followers are told is what happened.

    Args:
      run: one that streams; its frames are the payloads as they are.
      value: its input.
      runtime: owns the task in which this is called.
      writer: writes a stream that has no end.
      error_of: makes of an error what followers are told, as JSON.
    """
    leave_branch()
    recorder = _Recorder(run, writer, error_of)
    async with open_nursery() as nursery:
        nursery.start_soon(run.execute, value, runtime, name=run.run.key)
        try:
            await recorder.record()
        except Exception as exc:
            logger.error("the stream of %s cannot be stored, trace %s", run.run.key, run.run.trace_id, exc_info=exc)
            run.scope.cancel(Cause.CONSUMER_STOPPED)
            with suppress(Exception):
                await writer.end(StreamFrame("error", error_of(exc)))
        except trio.Cancelled:
            # Only the end of the runtime cancels this task, and it cancels the run by the same hand.
            with trio.move_on_after(LAST_WORDS, shield=True), suppress(Exception):
                await recorder.finish()
            raise
        finally:
            run.frames.leave()


class _Recorder:
    """Puts the frames of a run into its stream."""

    def __init__(self, run: EdgeRun, writer: StreamWriter, error_of: Callable[[BaseException], bytes]) -> None:
        self._run: Final = run
        self._writer: Final = writer
        self._error_of: Final = error_of
        self._taken: list[bytes] = []
        """Chunks that were taken from the run, and may not be stored yet."""

    async def record(self) -> None:
        """Store chunks as they come, many at once when they come fast, until an end is decided; then the end."""
        with trio.CancelScope(deadline=self._run.deadline):
            while not self._run.is_decided:
                self._taken = await self._run.frames.receive_all()
                await self._append()
        await self.finish()

    async def finish(self) -> None:
        """Store what is left, and the end. It may be repeated, until it has returned."""
        # What was interrupted comes first; it can be appended again.
        await self._append()
        self._taken = self._run.frames.take_all()
        await self._append()
        await self._writer.end(self._end())

    async def _append(self) -> None:
        if self._taken:
            await self._writer.append(self._taken)
            self._taken = []

    def _end(self) -> StreamFrame:
        outcome = self._run.outcome()
        if isinstance(outcome, bytes):
            return StreamFrame("result", outcome)
        return StreamFrame("error", self._error_of(outcome))
