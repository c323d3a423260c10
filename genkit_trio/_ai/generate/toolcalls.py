"""The tool calls of one turn: all at once, their answers in the order of the requests.

The first that fails cancels the others, and the failure is raised when they have ended. An interrupt is no failure:
the others finish, and their answers wait in the model's message for the generation to be resumed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import attrs

from ..._core import Registry, run_all
from ..._wire import ABSENT, JsonValue, PublicError, Status
from ..interrupt import Interrupt
from ..message import Message, Role
from ..middleware.chain import Chain, run_tool
from ..middleware.hooks import ToolHookParams
from ..part import Part, ToolResponse
from ..tool import MultipartToolResponse, Tool, answer_of
from ..tool_context import ToolCall
from ..value import is_mapping
from .pending import with_pending

T = TypeVar("T")

_FIRST_CALL: Final = ToolCall()
_OF_CALLERS: Final = frozenset(
    ("resumed", "replacedInput", "interrupt", "resolvedInterrupt", "pendingOutput", "pendingContent", "pendingMetadata")
)


@attrs.frozen
class ToolRound:
    """What the tool calls of one turn have come to.

    Args:
      message: the model's message; if a call was interrupted, with what became of each request.
      answers: the message with the answers, `None` if a call was interrupted.
    """

    message: Message
    answers: Message | None


@attrs.frozen
class ToolCaller:
    """Runs tools for one generation.

    Args:
      registry: where the generation looks up what it needs.
      tools: what may be called, by the names that the model knows.
      chain: what goes around each call.
      limit: how many may run at once.
    """

    registry: Registry
    tools: Mapping[str, Tool]
    chain: Chain
    limit: int | None = None

    async def call_all(self, message: Message) -> ToolRound:
        """Run what *message*, a model's, asks for."""
        asked = [_fresh(part) for part in message.content]
        done = await all_of([partial(self.call, part) for part in asked if part.tool_request is not None], self.limit)
        if all(part.tool_request is None for part in done):
            return ToolRound(message, Message(Role.TOOL, done))
        left = iter(done)
        content = [part if part.tool_request is None else _settled(part, next(left)) for part in asked]
        return ToolRound(attrs.evolve(message, content=content), None)

    def check(self, message: Message) -> None:
        """Make sure that there is every tool that *message*, a model's, asks for.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        for part in message.tool_requests:
            self.find(part)

    async def call(self, part: Part) -> Part:
        """Run the tool that *part* asks for.

        Returns:
          the part with its answer; or, where it was interrupted, the request with the interrupt in its metadata.

        Raises:
          PublicError: ``NOT_FOUND``, if there is no such tool.
        """
        params = ToolHookParams(tool_request_part=part, tool=self.find(part), registry=self.registry)
        try:
            answer = await run_tool(self.chain, params, _call_tool)
        except Exception as exc:
            interrupt = _interrupt_in(exc)
            if interrupt is None:
                raise
            asked: JsonValue = dict(interrupt.metadata) or True
            return attrs.evolve(part, metadata={**(part.metadata or {}), "interrupt": asked})
        request = params.tool_request
        response = ToolResponse(name=request.name, ref=request.ref, output=answer.output, content=answer.content)
        return Part(tool_response=response, metadata=answer.metadata)

    def find(self, part: Part) -> Tool:
        """Return the tool that *part*, a tool request, asks for.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        name = "" if part.tool_request is None else part.tool_request.name
        tool = self.tools.get(name)
        if tool is None:
            # The words are those of Genkit's other implementations: this may stand in a response.
            text = f"Tool {name} not found"
            raise PublicError(Status.NOT_FOUND, text, details={"reason": "TOOL_NOT_FOUND"})
        return tool


async def all_of(thunks: Sequence[Callable[[], Awaitable[T]]], limit: int | None) -> list[T]:
    """Run all *thunks* at once and return their values in order; a single one runs in this task."""
    if len(thunks) == 1:
        return [await thunks[0]()]
    return list(await run_all(*thunks, limit=limit))


async def _call_tool(params: ToolHookParams) -> MultipartToolResponse[Any]:
    tool, part, asked = params.tool, params.tool_request_part, params.tool_request.input
    try:
        value = tool.load_input(ABSENT if asked is None else asked)
    except PublicError as exc:
        # The model has made the mistake, and is the one who can put it right.
        return MultipartToolResponse(output={"error": "the tool needs an input" if asked is None else exc.message})
    return answer_of(tool, await tool(value, init=_init_of(part)))


def _init_of(part: Part) -> ToolCall:
    metadata = part.metadata
    if not metadata or not metadata.get("resumed"):
        return _FIRST_CALL
    resumed = metadata["resumed"]
    return ToolCall(resumed=resumed if is_mapping(resumed) else {}, original_input=metadata.get("replacedInput"))


def _fresh(part: Part) -> Part:
    """Return *part*, of a model's message, without what only a caller may say: that a request was approved, say."""
    if part.tool_request is None or not part.metadata or not (part.metadata.keys() & _OF_CALLERS):
        return part
    kept = {name: value for name, value in part.metadata.items() if name not in _OF_CALLERS}
    return attrs.evolve(part, metadata=kept or None)


def _settled(request: Part, done: Part) -> Part:
    return done if done.tool_response is None else with_pending(request, done)


def _interrupt_in(exc: BaseException) -> Interrupt | None:
    if isinstance(exc, Interrupt):
        return exc
    # A tool that opens a nursery raises its interrupt in a group.
    inner: Sequence[BaseException] = getattr(exc, "exceptions", ())
    return _interrupt_in(inner[0]) if len(inner) == 1 and isinstance(exc, BaseExceptionGroup) else None
