"""A model that is asked only so often, and only so many times at once."""

from collections import deque
from typing import Final

import attrs
import trio

from .._core import Registry, RunContext
from .._wire import PublicError, Status
from .alternative import ModelChoice, info_of_choices, model_of_choice, name_of_choice, request_for
from .chunk import ModelResponseChunk
from .model import Model, ModelAction, ModelOptions
from .relay import run_relayed
from .request import ModelRequest
from .response import ModelResponse

_MINUTE: Final = 60.0


def limit(
    model: ModelChoice,
    *,
    per_minute: int | None = None,
    concurrent: int | None = None,
    name: str = "",
    registry: Registry | None = None,
) -> ModelAction:
    """Make a model that asks *model*, but starts no more requests than allowed; the others wait in line.

    Waiting counts against the deadline: a request whose turn comes too late fails at once with
    ``RESOURCE_EXHAUSTED``, and so does one behind 1,024 that wait for a place. The limits are those of this model in
    this process: what two of them ask of the same service adds up.

    Args:
      model: the model, a reference to it, or its name.
      per_minute: how many requests may start in any 60 seconds.
      concurrent: how many may run at once.
      name: the name of the new model; that of *model* by default.
      registry: where names are looked up, such as ``ai.registry``.

    Raises:
      ValueError: if a limit is less than 1 or none is given, or for a name without a registry.
    """
    if per_minute is None and concurrent is None:
        raise ValueError("limit needs a limit; give it per_minute= or concurrent=")
    if per_minute is not None and per_minute < 1:
        raise ValueError(f"per_minute is {per_minute}; it must be 1 or more")
    options: ModelOptions = {"info": info_of_choices(registry, [model])}
    if concurrent is not None:
        options["max_concurrency"] = concurrent
    rate = None if per_minute is None else _Rate(per_minute)

    async def ask(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        asked = await model_of_choice(registry, model)
        if rate is not None:
            await rate.wait_for_turn(asked.name)
        request = request_for(model, request)
        return await (run_relayed(asked, request, ctx.send_chunk) if ctx.is_streaming else asked(request))

    return Model(name or name_of_choice(model), ask, options)


@attrs.frozen
class _Starts:
    """When the latest requests of one trio run started, and who may look at that."""

    times: deque[float] = attrs.field(factory=deque[float])
    line: trio.Lock = attrs.field(factory=trio.Lock)


class _Rate:
    def __init__(self, per_minute: int) -> None:
        self._per_minute: Final = per_minute
        self._starts: Final = trio.lowlevel.RunVar[_Starts]("genkit_trio.rate")

    async def wait_for_turn(self, name: str) -> None:
        """Wait until one more request may start.

        Raises:
          PublicError: ``RESOURCE_EXHAUSTED``, if that is after the deadline.
        """
        starts = self._current_starts()
        # Whoever waits for the next turn holds the line, and the others come in order.
        async with starts.line:
            if len(starts.times) == self._per_minute:
                turn = starts.times[0] + _MINUTE
                if turn >= trio.current_effective_deadline():
                    wait = turn - trio.current_time()
                    message = f"model {name!r} is asked {self._per_minute} times a minute; the next turn is too late"
                    raise PublicError(Status.RESOURCE_EXHAUSTED, message, retry_after=wait)
                await trio.sleep_until(turn)
                starts.times.popleft()
            starts.times.append(trio.current_time())

    def _current_starts(self) -> _Starts:
        try:
            return self._starts.get()
        except LookupError:
            starts = _Starts()
            self._starts.set(starts)
            return starts
