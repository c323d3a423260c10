"""What a middleware is: up to three hooks, each around one thing that a generation does.

==================  ===============================================================
hook                goes around
==================  ===============================================================
``wrap_generate``   one turn: a call of the model, the tools that it asks for, and the turns that follow
``wrap_model``      one call of a model
``wrap_tool``       one call of a tool
==================  ===============================================================

The first middleware of ``use=`` is the outermost.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, TypeAlias

import attrs
import trio

from ..._core import AnyAction, Registry
from ..._wire import Wire
from ..action_options import GenerateActionOptions
from ..chunk import ModelResponseChunk
from ..part import Part, ToolRequest
from ..request import ModelRequest
from ..response import ModelResponse
from ..tool import MultipartToolResponse

SendChunk: TypeAlias = Callable[[ModelResponseChunk], Awaitable[None]]
NextGenerate: TypeAlias = "Callable[[GenerateHookParams], Awaitable[ModelResponse]]"
NextModel: TypeAlias = "Callable[[ModelHookParams], Awaitable[ModelResponse]]"
NextTool: TypeAlias = "Callable[[ToolHookParams], Awaitable[MultipartToolResponse]]"


async def discard_chunk(chunk: ModelResponseChunk) -> None:
    """Send *chunk* to nobody: what ``send_chunk`` is where nobody listens."""
    await trio.lowlevel.checkpoint_if_cancelled()


@attrs.frozen(kw_only=True)
class GenerateHookParams:
    """What ``wrap_generate`` gets.

    Args:
      options: what is to be generated in this turn; its messages hold those of the earlier turns. Which model, tools,
        middleware and form of output there are, is settled before the first turn.
      iteration: the number of the turn, counted from 0.
      message_index: the index that the chunks of the turn's first message have.
      registry: where the generation looks up what it needs.
      send_chunk: hands a chunk to whoever consumes the generation.
      is_streaming: whether somebody does.
    """

    options: GenerateActionOptions
    iteration: int
    message_index: int
    registry: Registry
    send_chunk: SendChunk = discard_chunk
    is_streaming: bool = False


@attrs.frozen(kw_only=True)
class ModelHookParams:
    """What ``wrap_model`` gets.

    Args:
      request: what the model is asked.
      model: the model, of whatever kind.
      registry: where the generation looks up what it needs.
      send_chunk: hands a chunk of the model's answer to whoever consumes the generation, which gives it its role and
        index.
      is_streaming: whether the model is to stream its answer. A middleware that wants the chunks for itself puts its
        own function in the place of ``send_chunk``, and true here.
    """

    request: ModelRequest
    model: AnyAction
    registry: Registry
    send_chunk: SendChunk = discard_chunk
    is_streaming: bool = False


@attrs.frozen(kw_only=True)
class ToolHookParams:
    """What ``wrap_tool`` gets.

    Args:
      tool_request_part: the part in which the model asks for the tool.
      tool: the tool.
      registry: where the generation looks up what it needs.
    """

    tool_request_part: Part
    tool: AnyAction
    registry: Registry

    @property
    def tool_request(self) -> ToolRequest:
        """What the model asks of the tool."""
        request = self.tool_request_part.tool_request
        if request is None:
            raise ValueError(
                "tool_request_part holds no tool request; give wrap_tool's next_fn the part that asks for a tool"
            )
        return request


class Middleware:
    """What goes around the turns, the model calls and the tool calls of a generation.

    A subclass overrides the hooks that it needs and leaves the others as they are: those cost nothing. The fields that
    it declares as an attrs class or a dataclass are its configuration: once it is defined with ``ai.define_middleware``
    or ``@ai.middleware``, tools show them, and a `MiddlewareRef` sets them.

    One instance serves any number of generations, also at the same time: what belongs to one call is kept in the
    variables of its hook, not on ``self``.
    """

    __wire__: ClassVar[Wire] = Wire(names="camel", none="omit", unknown="refuse")

    middleware_name: ClassVar[str] = ""
    """The name under which it is defined where none is given."""

    def tools(self) -> Sequence[AnyAction]:
        """Return tools that every generation with this middleware offers to the model, besides its own."""
        return ()

    async def wrap_generate(self, params: GenerateHookParams, next_fn: NextGenerate) -> ModelResponse:
        """Go around one turn; ``await next_fn(params)`` runs it, with these or other *params*."""
        return await next_fn(params)

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Go around one call of a model; ``await next_fn(params)`` makes it, with these or other *params*.

        It may be awaited several times, or not at all.
        """
        return await next_fn(params)

    async def wrap_tool(self, params: ToolHookParams, next_fn: NextTool) -> MultipartToolResponse:
        """Go around one call of a tool; ``await next_fn(params)`` makes it, with these or other *params*.

        Raising `Interrupt` asks the user instead.
        """
        return await next_fn(params)


BaseMiddleware = Middleware
"""The name by which Genkit's users know it."""
