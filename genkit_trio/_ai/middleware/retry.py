"""Calling a model again."""

import logging
from collections.abc import Sequence
from typing import ClassVar, Final

import attrs
import trio

from ..._core import Retry as Backoff
from ..._core import status_of
from ..._wire import StatusName
from ..response import ModelResponse
from .attempt import Attempt, statuses_of
from .hooks import Middleware, ModelHookParams, NextModel

logger = logging.getLogger("genkit_trio")

_TRANSIENT: Final[tuple[StatusName, ...]] = (
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "ABORTED",
    "INTERNAL",
)


@attrs.frozen
class Retry(Middleware):
    """Calls the model again when it fails with an error that may pass.

    It never repeats a call that was cancelled or that has sent a chunk, and never waits past the deadline: then the
    last error is raised at once. An error without a status, such as that of a lost connection, is ``INTERNAL``.

    Args:
      max_retries: how often to try again.
      statuses: the names of the statuses worth another try.
      initial_delay_ms: milliseconds before the second attempt, unless the error says for how long to wait.
      max_delay_ms: the longest wait.
      backoff_factor: by how much each further wait grows.
      no_jitter: whether each wait is the whole of it, instead of drawn at random between half of it and all of it.
    """

    middleware_name: ClassVar[str] = "retry"

    max_retries: int = attrs.field(default=3, kw_only=True)
    statuses: Sequence[StatusName] = attrs.field(default=_TRANSIENT, kw_only=True)
    initial_delay_ms: float = attrs.field(default=1000, kw_only=True)
    max_delay_ms: float = attrs.field(default=60_000, kw_only=True)
    backoff_factor: float = attrs.field(default=2, kw_only=True)
    no_jitter: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        statuses_of(self.statuses)
        for name in ("max_retries", "initial_delay_ms", "max_delay_ms", "backoff_factor"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more")

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Call the model until it answers, or it is no use."""
        statuses = statuses_of(self.statuses)
        backoff = Backoff(
            attempts=self.max_retries + 1,
            backoff=self.initial_delay_ms / 1000,
            factor=self.backoff_factor,
            max=self.max_delay_ms / 1000,
            jitter=not self.no_jitter,
        )
        attempt = Attempt(params)
        for number in range(1, backoff.attempts):
            try:
                return await next_fn(attempt.params)
            except Exception as exc:
                delay = backoff.delay_of(exc, number)
                is_late = trio.current_time() + delay >= trio.current_effective_deadline()
                if is_late or not attempt.may_be_repeated(exc, statuses):
                    raise
                status = status_of(exc).name
            logger.info(
                "model %r failed with %s; attempt %d of %d in %.2f s",
                params.model.name, status, number + 1, backoff.attempts, delay,
            )  # fmt: skip
            await trio.sleep(delay)
        return await next_fn(attempt.params)
