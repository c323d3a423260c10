"""``retry=``: trying again, only where that can help (contract C20)."""

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import attrs
import trio

from .._tracing import Span, current_span
from .._wire import GenkitError, Status
from .errors import gravest, only_cancelled, status_of
from .run import Run

OutputT = TypeVar("OutputT")

_jitter: Final = random.Random()  # spreads retries out; nothing secret


@attrs.frozen(kw_only=True)
class Retry:
    """When and how often a failed action is tried again.

    It never repeats a run that was cancelled, that has sent a chunk, or whose deadline has passed, and it never
    sleeps past the deadline: then the last error is raised at once. ``timeout=`` covers all attempts and sleeps.

    Args:
      attempts: how many times to try in all.
      on: the statuses worth another try.
      backoff: seconds before the second attempt.
      factor: by how much each further wait grows.
      max: the longest wait in seconds.
      jitter: whether each wait is drawn at random between half of it and all of it.
    """

    attempts: int = 3
    on: tuple[Status, ...] = (Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED)
    backoff: float = 0.1
    factor: float = 2.0
    max: float = 10.0
    jitter: bool = True

    def __attrs_post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts is {self.attempts}; it must be 1 or more")
        for name in ("backoff", "factor", "max"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more")

    def delay_of(self, exc: Exception, attempt: int) -> float:
        """Return the seconds to wait after *attempt* (counted from 1) failed with *exc*.

        The ``retry_after`` of the error wins over the declared backoff.
        """
        error = gravest(exc)
        if isinstance(error, GenkitError) and error.retry_after is not None:
            return error.retry_after
        try:
            delay = min(self.max, self.backoff * self.factor ** (attempt - 1))
        except OverflowError:
            delay = self.max
        return delay * (0.5 + _jitter.random() / 2) if self.jitter else delay


async def run_with_retry(retry: Retry, run: Run, once: Callable[[], Awaitable[OutputT]]) -> OutputT:
    """Await ``once()`` until it returns, raises something not worth a retry, or the attempts are used up."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await _attempt(run, attempt, once)
        except Exception as exc:
            delay = retry.delay_of(exc, attempt)
            spent = attempt >= retry.attempts or run.has_sent or status_of(exc) not in retry.on
            if spent or trio.current_time() + delay >= trio.current_effective_deadline():
                raise
        await trio.sleep(delay)


async def _attempt(run: Run, attempt: int, once: Callable[[], Awaitable[OutputT]]) -> OutputT:
    span = Span(f"{run.name} attempt {attempt}", "util", "", run)
    recorder = span.find_recorder()
    if recorder is not None:
        recorder.started(span)
    current_span.set(span)
    try:
        output = await once()
    except BaseException as exc:
        if only_cancelled(exc):
            span.cancel(run.cause_of(exc))
        else:
            span.fail(exc)
        raise
    else:
        span.succeed()
        return output
    finally:
        current_span.set(run)
