"""Models that compete: the first good answer wins, and the others have ended before it is returned.

`race` and `hedge` make a model, to be given to ``generate`` as ``model=`` or to be registered. Streamed, it sends the
chunks of one model only: the winner is then the first that sends a chunk or gives a good answer.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, TypedDict, Unpack

import attrs
import trio

from .._core import Registry, RunContext, RunScope, run_any
from .._tracing import Cause
from .alternative import ModelChoice, info_of_choices, model_of_choice, name_of_choice, request_for
from .chunk import ModelResponseChunk
from .model import Model, ModelAction
from .relay import run_relayed
from .request import ModelRequest
from .response import FinishReason, ModelResponse

_BAD: Final = frozenset({FinishReason.BLOCKED, FinishReason.FAILED, FinishReason.ABORTED})


def is_good_answer(response: ModelResponse) -> bool:
    """Tell whether *response* is one to go on with: not an error, nor blocked."""
    return response.error is None and response.finish_reason not in _BAD


class CompetitionOptions(TypedDict, total=False):
    """The keyword arguments of `race` and `hedge`; all may be left out."""

    is_good: Callable[[ModelResponse], bool]
    """Whether an answer may win; by default, whether it is neither an error nor blocked."""
    name: str
    """The name of the new model."""
    registry: Registry
    """Where names are looked up, such as ``ai.registry``; needed only for names."""


def race(models: Iterable[ModelChoice], **options: Unpack[CompetitionOptions]) -> ModelAction:
    """Make a model that asks all *models* at once and gives the first good answer.

    The losers are cancelled, for the cause ``lost_race``, and have ended before the answer is returned: their
    connections are closed. When no answer is good, the first model's that did answer is given; when all fail, their
    errors are raised as an `ExceptionGroup`. Once a chunk of the winner has been sent, its failure is that of the race.

    Args:
      models: models, references to them, or names.
      options: see `CompetitionOptions`.

    Raises:
      ValueError: without models, or for a name without a registry.
    """
    choices = tuple(models)
    return _competition(choices, 0.0, {"name": f"race({_names_of(choices)})", **options})


def hedge(
    model: ModelChoice,
    *,
    after: float,
    others: Sequence[ModelChoice] | None = None,
    **options: Unpack[CompetitionOptions],
) -> ModelAction:
    """Make a model that asks again when there is no answer after some time, and gives the first good answer.

    What else `race` says is true here too. The next model is asked when *after* seconds have passed since the one
    before it was, or as soon as all that were asked have failed.

    Args:
      model: the model, a reference to it, or its name.
      after: seconds to wait for an answer, or when it is streamed for its first chunk.
      others: whom to ask then, one after the other; *model* once more by default.
      options: see `CompetitionOptions`.

    Raises:
      ValueError: if *after* is not positive, or for a name without a registry.
    """
    if not after > 0:
        raise ValueError(f"after is {after}; it must be seconds greater than 0, for race asks at once")
    choices = (model, *((model,) if others is None else others))
    return _competition(choices, after, {"name": f"hedge({name_of_choice(model)})", **options})


@attrs.frozen
class _Rules:
    choices: tuple[ModelChoice, ...]
    after: float
    is_good: Callable[[ModelResponse], bool]
    registry: Registry | None


def _competition(choices: tuple[ModelChoice, ...], after: float, options: CompetitionOptions) -> ModelAction:
    if not choices:
        raise ValueError("race needs something to run; give it at least one model")
    registry = options.get("registry")
    rules = _Rules(choices, after, options.get("is_good", is_good_answer), registry)

    async def compete(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        return await _Contest(rules, request, ctx).run()

    return Model(options.get("name", ""), compete, {"info": info_of_choices(registry, choices)})


def _names_of(choices: Iterable[ModelChoice]) -> str:
    return ", ".join(map(name_of_choice, choices))


class _Lost(Exception):
    """Another model has won."""


class _NotGoodEnough(Exception):
    """The answer may not win."""


class _Contest:
    """One request, and the models that are asked.

    Args:
      rules: which, when, and what wins.
      request: what they are asked.
      ctx: where the winner's chunks go.
    """

    def __init__(self, rules: _Rules, request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> None:
        self._rules: Final = rules
        self._request: Final = request
        self._ctx: Final = ctx
        self._winner: int | None = None
        self._scopes: Final = [RunScope() for _ in rules.choices]
        self._turns: Final = [trio.Event() for _ in rules.choices]
        self._asked = 0
        self._running = 0
        self._failures: Final[dict[int, Exception]] = {}
        self._not_good: Final[dict[int, ModelResponse]] = {}

    async def run(self) -> ModelResponse:
        """Ask the models and return the answer."""
        try:
            return await run_any(*(partial(self._enter, number) for number in range(len(self._scopes))))
        except ExceptionGroup as exc:
            if self._winner is not None:
                raise self._failures[self._winner] from None
            if self._not_good:
                return self._not_good[min(self._not_good)]
            failures = [self._failures[number] for number in sorted(self._failures)]
            raise ExceptionGroup(f"no model of {_names_of(self._rules.choices)} answered", failures) from exc

    async def _enter(self, number: int) -> ModelResponse:
        if number and self._rules.after:
            with trio.move_on_after(number * self._rules.after):
                await self._turns[number].wait()
        if self._winner is not None:
            raise _Lost
        self._asked += 1
        self._running += 1
        try:
            response = await self._ask(number)
            if not (self._has_won(number) or self._rules.is_good(response)):
                self._not_good[number] = response
                raise _NotGoodEnough
        except Exception as exc:
            self._failures[number] = exc
            self._running -= 1
            if not self._running:
                self._go_on()
            raise
        if not self._claim(number):
            raise _Lost
        return response

    async def _ask(self, number: int) -> ModelResponse:
        choice = self._rules.choices[number]
        asked = await model_of_choice(self._rules.registry, choice)
        request = request_for(choice, self._request)
        if not self._ctx.is_streaming:
            return await asked(request)
        return await run_relayed(asked, request, partial(self._send_chunk, number), self._scopes[number])

    def _go_on(self) -> None:
        """Nobody is running any more: let the next one begin. If the winner has failed, let all see that it is over."""
        waiting = self._turns[self._asked :]
        for turn in waiting if self._winner is not None else waiting[:1]:
            turn.set()

    async def _send_chunk(self, number: int, chunk: ModelResponseChunk) -> None:
        if self._claim(number):
            await self._ctx.send_chunk(chunk)
        else:
            # This model's scope is cancelled; in a shield of its own it goes on talking to nobody.
            await trio.lowlevel.checkpoint()

    def _has_won(self, number: int) -> bool:
        return self._winner == number

    def _claim(self, number: int) -> bool:
        """Let *number* win if nobody has won yet, and tell whether it has."""
        if self._winner is None:
            self._winner = number
            for other, scope in enumerate(self._scopes):
                if other != number:
                    scope.cancel(Cause.LOST_RACE)
        return self._has_won(number)
