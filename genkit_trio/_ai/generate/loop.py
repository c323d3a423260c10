"""The turns of a generation: the model is asked, the tools that it asks for are run, and it is asked again.

What fails before the model has answered for the first time is raised. What fails later is told in the response,
together with the conversation up to there: answers cost time and money, and it can be sent again.
"""

from itertools import count
from typing import Final, TypeGuard

import attrs

from ..._core import run_in_span
from ..._tracing import Span, current_span
from ..._wire import GenkitError, PublicError, Status
from ..action_options import GenerateActionOptions
from ..message import Message
from ..middleware.chain import run_generate, run_model
from ..middleware.hooks import GenerateHookParams, ModelHookParams, discard_chunk
from ..model import model_info
from ..operation import Operation
from ..relay import run_relayed
from ..request import ModelRequest
from ..response import ModelResponse
from .augment import request_for
from .chunks import ChunkSender
from .outcome import MAX_TURNS_EXCEEDED, checked, failed, interrupted, response_of
from .progress import Progress
from .resolved import Resolved
from .resume import resume
from .toolcalls import ToolRound

DEFAULT_MAX_TURNS: Final = 5


@attrs.frozen
class _Taken:
    """What a turn has come to: a response, and what the next turn begins with, if there is one."""

    response: ModelResponse
    next: GenerateHookParams | None = None


class Turns:
    """The turns of one generation.

    Args:
      resolved: what the names in its options stand for.
    """

    def __init__(self, resolved: Resolved) -> None:
        self._resolved: Final = resolved
        self._progress: Final = Progress()

    async def run(self, params: GenerateHookParams) -> ModelResponse:
        """Take turns, beginning with *params*, until the generation has ended.

        Raises:
          Exception: what fails before the model has answered for the first time.
        """
        progress = self._progress
        try:
            response = await run_generate(self._resolved.chain, params, self._take)
        except Exception as exc:
            if progress.request is None or not progress.has_answered:
                raise
            return failed(progress.answer, progress.request, exc, progress.reason)
        if response.request is not None:
            return response
        # A middleware has answered in the place of the turns.
        request = progress.request or self._resolved.request_of(params.options)
        return checked(response_of(response, request, self._resolved.parser), self._resolved.parser)

    async def _take(self, params: GenerateHookParams) -> ModelResponse:
        """Take turns from *params* on, until one of them is the last."""
        for number in count(params.iteration):
            taken = await (self._turn(params) if number == 0 else self._further_turn(params))
            if taken.next is None:
                return taken.response
            params = taken.next
            if self._resolved.chain.generate:
                # Such middleware goes around a turn and all that follow, so these are inside of it.
                return await run_generate(self._resolved.chain, params, self._take)
        raise AssertionError("numbers do not end")  # pragma: no cover

    async def _further_turn(self, params: GenerateHookParams) -> _Taken:
        taken: list[_Taken] = []

        async def turn(_: GenerateActionOptions) -> ModelResponse:
            taken.append(await self._turn(params))
            return taken[0].response

        await run_in_span(
            Span(params.options.step_name or "generate", "util", "", current_span.get()), turn, params.options
        )
        return taken[0]

    async def _turn(self, params: GenerateHookParams) -> _Taken:
        options, progress = params.options, self._progress
        chunks = ChunkSender(params.send_chunk, params.message_index, self._resolved.parser)
        if options.resume is not None:
            options = await resume(options, options.resume, self._resolved.caller)
            await chunks.send_tools(options.messages[-1])
            chunks = ChunkSender(params.send_chunk, params.message_index + 1, self._resolved.parser)
        request = self._resolved.request_of(options)
        progress.begin(request)
        answer = await self._ask(request, params, chunks)
        progress.answered(answer)
        response = response_of(answer, request, self._resolved.parser)
        message = response.message
        if message is None or not message.tool_requests or response.operation is not None:
            return _Taken(checked(response, self._resolved.parser))
        if options.return_tool_requests:
            return _Taken(response)
        told = await self._call_tools(message, params.iteration, options)
        if told.answers is None:
            return _Taken(interrupted(response, told.message))
        options = attrs.evolve(options, messages=[*options.messages, told.message, told.answers])
        # From here on, what fails leaves the answers of the tools in the conversation.
        progress.begin(self._resolved.request_of(options))
        await chunks.send_tools(told.answers)
        index = chunks.index + 1
        further = attrs.evolve(params, options=options, iteration=params.iteration + 1, message_index=index)
        return _Taken(response, further)

    async def _ask(self, request: ModelRequest, params: GenerateHookParams, chunks: ChunkSender) -> ModelResponse:
        asked = ModelHookParams(
            request=request,
            model=self._resolved.model,
            registry=self._resolved.registry,
            send_chunk=chunks.send_model if params.is_streaming else discard_chunk,
            is_streaming=params.is_streaming,
        )
        try:
            return await run_model(self._resolved.chain, asked, _call_model)
        finally:
            chunks.end()

    async def _call_tools(self, message: Message, iteration: int, options: GenerateActionOptions) -> ToolRound:
        limit = DEFAULT_MAX_TURNS if options.max_turns is None else options.max_turns
        if iteration + 1 > limit:
            # The words are those of Genkit's other implementations: they stand in the response.
            text = f"Exceeded maximum tool call iterations ({limit:g})"
            raise PublicError(Status.ABORTED, text, details={"reason": MAX_TURNS_EXCEEDED})
        self._resolved.caller.check(message)
        self._progress.reason = "TOOL_FAILED"
        told = await self._resolved.caller.call_all(message)
        self._progress.reason = None
        return told


async def _call_model(params: ModelHookParams) -> ModelResponse:
    model = params.model
    request = request_for(model_info(model), params.request)
    answer: object = await (run_relayed(model, request, params.send_chunk) if params.is_streaming else model(request))
    if isinstance(answer, Operation):
        return ModelResponse(operation=answer)
    if not _is_response(answer):
        message = f"model {model.name!r} returned {type(answer).__name__!r} instead of a ModelResponse"
        raise GenkitError(Status.INTERNAL, message)
    return answer


def _is_response(answer: object) -> TypeGuard[ModelResponse]:
    return isinstance(answer, ModelResponse)
