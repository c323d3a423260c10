"""A model whose answers are written down beforehand."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias

import attrs
import trio

from .._ai import FinishReason, Message, ModelInfo, ModelRequest, ModelResponse, ModelResponseChunk, Part, Role
from .._core import RunContext
from .models import RecordingModel

Content: TypeAlias = str | Part | Sequence[str | Part]


@attrs.frozen
class ScriptedAnswer:
    """An answer that takes time, comes in chunks, or breaks off.

    Args:
      response: the answer; `None` for what the chunks say together.
      chunks: sent before it, each a chunk or the content of one.
      error: raised after the chunks, in place of the answer.
      delay: seconds that pass before each chunk, and before the answer.
    """

    response: Content | Message | ModelResponse | None = None
    chunks: Sequence[Content | ModelResponseChunk] = attrs.field(default=(), kw_only=True)
    error: Exception | None = attrs.field(default=None, kw_only=True)
    delay: float = attrs.field(default=0.0, kw_only=True)


AnswerFunction: TypeAlias = Callable[
    [ModelRequest, RunContext[ModelResponseChunk]], Awaitable[Content | Message | ModelResponse]
]

Answer: TypeAlias = Content | Message | ModelResponse | Exception | ScriptedAnswer | AnswerFunction
"""One answer of a script.

Text, a part or several are the content of the model's message; a message and a response are taken as they are; an
exception is raised; an async function makes the answer from the request and the run context.
"""


class ScriptedModel(RecordingModel):
    """A model that gives the answers of a script, one for each request, in order.

    Args:
      name: its name.
      answers: the script.
      info: what it says about itself.
    """

    def __init__(self, name: str, answers: Iterable[Answer], info: ModelInfo | None = None) -> None:
        super().__init__(name, self._answer, info)
        self._answers: Final = list(answers)

    @property
    def remaining(self) -> int:
        """How many answers have not been asked for."""
        return max(0, len(self._answers) - len(self.requests))

    async def _answer(self, request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        number = len(self.requests)
        if number > len(self._answers):
            raise RuntimeError(
                f"model {self.name!r} was asked {number} times and has {len(self._answers)} answers; give it one more"
            )
        answer = self._answers[number - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, ScriptedAnswer):
            return await _play(answer, ctx)
        if callable(answer):
            answer = await answer(request, ctx)
        return _response_of(answer)


def scripted_model(*answers: Answer, name: str = "scripted", info: ModelInfo | None = None) -> ScriptedModel:
    """Return a model that gives *answers*, one for each request, in order.

    One request more than there are answers is a `RuntimeError`.

    Args:
      answers: text, a part or several of both are the content of the model's message; a message and a response are
        taken as they are; an exception is raised; a `ScriptedAnswer` takes time or comes in chunks; an async function
        makes the answer from the request and the run context.
      name: its name.
      info: what it says about itself.
    """
    return ScriptedModel(name, answers, info)


async def _play(answer: ScriptedAnswer, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
    chunks = [chunk if isinstance(chunk, ModelResponseChunk) else ModelResponseChunk(chunk) for chunk in answer.chunks]
    for chunk in chunks:
        if answer.delay:
            await trio.sleep(answer.delay)
        await ctx.send_chunk(chunk)
    if answer.delay:
        await trio.sleep(answer.delay)
    if answer.error is not None:
        raise answer.error
    return _response_of(_joined(chunks) if answer.response is None else answer.response)


def _response_of(answer: Content | Message | ModelResponse) -> ModelResponse:
    if isinstance(answer, ModelResponse):
        return answer
    message = answer if isinstance(answer, Message) else Message(Role.MODEL, answer)
    return ModelResponse(message=message, finish_reason=FinishReason.STOP)


def _joined(chunks: Iterable[ModelResponseChunk]) -> list[Part]:
    """Return the content of *chunks*, with the pieces of a text put together."""
    parts: list[Part] = []
    for part in (part for chunk in chunks for part in chunk.content):
        if parts and parts[-1].text is not None and part.text is not None:
            parts[-1] = Part(parts[-1].text + part.text)
        else:
            parts.append(part)
    return parts
