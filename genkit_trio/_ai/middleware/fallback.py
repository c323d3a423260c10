"""Another model, when the first fails."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import attrs

from ..._core import status_of
from ..._wire import StatusName
from ..alternative import ModelChoice, model_of_choice, name_of_choice, request_for
from ..model import ModelRef
from ..response import ModelResponse
from .attempt import Attempt, statuses_of
from .hooks import Middleware, ModelHookParams, NextModel

logger = logging.getLogger("genkit_trio")

_FAILED: Final[tuple[StatusName, ...]] = (
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "RESOURCE_EXHAUSTED",
    "ABORTED",
    "INTERNAL",
    "NOT_FOUND",
    "UNIMPLEMENTED",
)


def _choices(models: Sequence[ModelChoice]) -> Sequence[Any]:
    # What tools can send has no actions in it, and the type of the field is what tools see.
    return tuple(models)


@attrs.frozen
class Fallback(Middleware):
    """Asks other models, one after the other, when a model fails.

    It asks no other model once a chunk has been sent, nor for a call that was cancelled. When every model fails, the
    error of the last one is raised. What is inside of it in ``use=``, such as `Retry`, goes around each model's call.

    Args:
      models: names, references, or the models themselves. The config of a reference stands in for that of the request.
      statuses: the names of the statuses for which another model is asked.
    """

    middleware_name: ClassVar[str] = "fallback"

    models: Sequence[str | ModelRef[Any]] = attrs.field(default=(), converter=_choices)
    statuses: Sequence[StatusName] = attrs.field(default=_FAILED, kw_only=True)

    def __attrs_post_init__(self) -> None:
        statuses_of(self.statuses)

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Call the model, then the others until one answers."""
        statuses = statuses_of(self.statuses)
        attempt = Attempt(params)
        others = list(self.models)
        choice: ModelChoice = params.model
        while True:
            try:
                return await _ask(choice, attempt.params, next_fn)
            except Exception as exc:
                if not others or not attempt.may_be_repeated(exc, statuses):
                    raise
                failed, choice = choice, others.pop(0)
                logger.info(
                    "model %r failed with %s; asking %r",
                    name_of_choice(failed), status_of(exc).name, name_of_choice(choice),
                )  # fmt: skip


async def _ask(choice: ModelChoice, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
    model = await model_of_choice(params.registry, choice)
    return await next_fn(attrs.evolve(params, model=model, request=request_for(choice, params.request)))
