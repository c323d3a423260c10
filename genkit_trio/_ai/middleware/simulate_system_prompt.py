"""Models that know no system message."""

from typing import ClassVar

import attrs

from ..message import Message, Role
from ..part import Part
from ..response import ModelResponse
from .hooks import Middleware, ModelHookParams, NextModel


@attrs.frozen
class SimulateSystemPrompt(Middleware):
    """Says to a model that knows no system message what it says, as a user whom the model has answered.

    Args:
      preface: what comes before it.
      acknowledgement: what the model has answered.
    """

    middleware_name: ClassVar[str] = "simulateSystemPrompt"

    preface: str = attrs.field(default="SYSTEM INSTRUCTIONS:\n", kw_only=True)
    acknowledgement: str = attrs.field(default="Understood.", kw_only=True)

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Put two messages in the place of the first system message."""
        messages = params.request.messages
        place = _place_of_system(messages)
        if place is None:
            return await next_fn(params)
        said = [
            Message(Role.USER, [Part(self.preface), *messages[place].content]),
            Message(Role.MODEL, self.acknowledgement),
        ]
        request = attrs.evolve(params.request, messages=[*messages[:place], *said, *messages[place + 1 :]])
        return await next_fn(attrs.evolve(params, request=request))


def _place_of_system(messages: list[Message]) -> int | None:
    """Return where the first system message is."""
    return next((place for place, message in enumerate(messages) if message.role is Role.SYSTEM), None)
