"""What may be declared of an action beside its function."""

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict, TypeVar

import attrs

from .limits import DEFAULT_MAX_QUEUE, Limit
from .retry import Retry

DEFAULT_CHUNK_BUFFER: Final = 16
"""Enough to spare most scheduler passes of a burst, little enough that a left stream has not run far ahead."""

OptionT = TypeVar("OptionT", bound=str)

OnDisconnect = Literal["cancel", "detach"]
RunIn = Literal["thread", "process"]


class ActionOptions(TypedDict, total=False):
    """The keyword arguments of ``@ai.flow`` and its siblings; all may be left out."""

    description: str
    """What listings show; the first paragraph of the docstring by default."""
    timeout: float
    """Seconds that a run may take, retries and waiting for a place included."""
    max_concurrency: int
    """How many runs may run at once, in one process."""
    max_queue: int
    """How many runs may wait for a place; one more fails with ``RESOURCE_EXHAUSTED``. 1,024 by default."""
    chunk_buffer: int
    """How many chunks may wait for the consumer; 0 hands over each one. 16 by default."""
    retry: Retry
    """When to try again."""
    run_in: RunIn
    """Where a sync function runs: ``"thread"`` (the default) or ``"process"``, which can be killed."""
    abandon_on_cancel: bool
    """Whether a cancelled run leaves its worker thread to itself instead of waiting for it."""
    on_disconnect: OnDisconnect
    """Whether the run ends with its client, ``"cancel"`` (the default), or goes on, ``"detach"``."""
    metadata: Mapping[str, Any]
    """What else listings show, as JSON."""


@attrs.frozen
class Options:
    """The declared options of one action, checked."""

    timeout: float
    limit: Limit | None
    chunk_buffer: int
    retry: Retry | None
    run_in: RunIn
    abandon_on_cancel: bool
    on_disconnect: OnDisconnect
    metadata: Mapping[str, Any]


def check_options(key: str, options: ActionOptions) -> Options:
    """Return *options*, given for the action *key*, checked and with the defaults filled in.

    Raises:
      TypeError: for an option that does not exist.
      ValueError: for a value that cannot work.
    """
    unknown = options.keys() - ActionOptions.__annotations__.keys()
    if unknown:
        raise TypeError(f"{key} has no option {min(unknown)!r}; there are {', '.join(ActionOptions.__annotations__)}")
    timeout = options.get("timeout", math.inf)
    if not timeout > 0:
        raise ValueError(f"{key} has timeout={timeout!r}; it must be seconds greater than 0")
    chunk_buffer = options.get("chunk_buffer", DEFAULT_CHUNK_BUFFER)
    if chunk_buffer < 0:
        raise ValueError(f"{key} has chunk_buffer={chunk_buffer}; it must be 0 or more")
    return Options(
        timeout=timeout,
        limit=_limit(key, options),
        chunk_buffer=chunk_buffer,
        retry=options.get("retry"),
        run_in=_one_of(key, "run_in", options.get("run_in", "thread"), ("thread", "process")),
        abandon_on_cancel=options.get("abandon_on_cancel", False),
        on_disconnect=_on_disconnect(key, options),
        metadata=dict(options.get("metadata", {})),
    )


def _limit(key: str, options: ActionOptions) -> Limit | None:
    if "max_concurrency" in options:
        return Limit(options["max_concurrency"], options.get("max_queue", DEFAULT_MAX_QUEUE))
    if "max_queue" in options:
        raise ValueError(f"{key} has max_queue= without max_concurrency=; without places there is no line")
    return None


def _on_disconnect(key: str, options: ActionOptions) -> OnDisconnect:
    allowed: tuple[OnDisconnect, ...] = ("cancel", "detach")
    given: OnDisconnect = options.get("on_disconnect", "cancel")
    chosen: OnDisconnect = _one_of(key, "on_disconnect", given, allowed)
    if chosen == "detach" and "timeout" not in options:
        raise ValueError(f"{key} has on_disconnect='detach', so nobody would stop it; give it a timeout= too")
    return chosen


def _one_of(key: str, name: str, value: OptionT, allowed: tuple[OptionT, ...]) -> OptionT:
    if value not in allowed:
        raise ValueError(f"{key} has {name}={value!r}; it must be one of {', '.join(map(repr, allowed))}")
    return value
