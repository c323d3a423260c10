"""Models for tests, which keep the requests that they get.

They are actions like any other model: give one as ``model=``, or register it with ``ai.register`` to find it by name.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from .._ai import (
    FinishReason,
    Message,
    Model,
    ModelAction,
    ModelInfo,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    Role,
    run_relayed,
)
from .._core import RunContext

ModelFunction: TypeAlias = Callable[[ModelRequest, RunContext[ModelResponseChunk]], Awaitable[ModelResponse]]

_WORD: Final = re.compile(r"\s*\S+|\s+$")


class RecordingModel(Model):
    """A model that keeps the requests it gets, and answers by a function.

    Args:
      name: its name.
      answer: called with each request and the run context; its chunks go through ``ctx.send_chunk``.
      info: what it says about itself.
    """

    def __init__(self, name: str, answer: ModelFunction, info: ModelInfo | None = None) -> None:
        self.requests: Final[list[ModelRequest]] = []
        """What it was asked so far, the latest last; also what it has not answered yet."""
        requests = self.requests

        async def record(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
            requests.append(request)
            return await answer(request, ctx)

        super().__init__(name, record, {} if info is None else {"info": info})

    @property
    def last_request(self) -> ModelRequest:
        """What it was asked last.

        Raises:
          IndexError: if it was not asked yet.
        """
        if not self.requests:
            raise IndexError(f"model {self.name!r} was not asked anything yet")
        return self.requests[-1]


def recording_model(model: ModelAction) -> RecordingModel:
    """Return a model with the name of *model* that passes each request on to it, chunks included, and keeps it."""

    async def answer(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        return await run_relayed(model, request, ctx.send_chunk)

    return RecordingModel(model.name, answer, model.info if isinstance(model, Model) else None)


def echo_model(name: str = "echo", *, info: ModelInfo | None = None) -> RecordingModel:
    """Return a model that says what the user said last; streamed, one word at a time.

    Args:
      name: its name.
      info: what it says about itself.
    """
    return RecordingModel(name, _echo, info)


async def _echo(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
    said = next((message for message in reversed(request.messages) if message.role is Role.USER), None)
    content = [] if said is None else said.content
    for part in content:
        if part.text is None:
            await ctx.send_chunk(ModelResponseChunk(part))
            continue
        for word in _WORD.findall(part.text):
            await ctx.send_chunk(ModelResponseChunk(word))
    return ModelResponse(message=Message(Role.MODEL, list(content)), finish_reason=FinishReason.STOP)
