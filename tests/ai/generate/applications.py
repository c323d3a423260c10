"""An application whose model answers what a test has written down, in JSON as it is on the wire."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import trio

from genkit_trio import Genkit, GenkitError, RunContext
from genkit_trio._ai import (
    Interrupt,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    MultipartToolResponse,
    Part,
    ToolRunContext,
)
from genkit_trio._ai.generate import generate_action
from genkit_trio._wire import codec_of

Json = Any


class Conversation(Genkit):
    """An application for the cases of the protocol.

    Args:
      answers: what the model answers, one for each request, the last again and again; ``{"raise": [status, message]}``
        fails.
      chunks: what it sends before each answer.
    """

    def __init__(self, answers: Sequence[Json], chunks: Sequence[Iterable[Json]] = ()) -> None:
        super().__init__()
        self.action: Any = generate_action(self.registry)
        self.requests: list[Json] = []
        """What the model was asked."""
        self._answers = answers
        self._chunks = chunks
        self.define_model("testModel", self._answer)
        _add_tools(self)

    async def _answer(self, request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        number = len(self.requests)
        self.requests.append(codec_of(ModelRequest).dump(request))
        for chunk in self._chunks[number] if number < len(self._chunks) else ():
            await ctx.send_chunk(codec_of(ModelResponseChunk).load(chunk))
        answer = self._answers[min(number, len(self._answers) - 1)]
        if "raise" in answer:
            raise GenkitError(*answer["raise"])
        return codec_of(ModelResponse).load(answer)


@attrs.frozen
class Numbered:
    n: int


def _add_tools(ai: Genkit) -> None:
    async def testTool() -> object:
        """description"""
        return "tool called"

    async def double(x: Numbered) -> int:
        """Double a number."""
        return x.n * 2

    async def slow(x: Mapping[str, Any]) -> str:
        """Take a while."""
        await trio.sleep(1)
        return "slow called"

    async def broken(x: Mapping[str, Any]) -> str:
        """Fail."""
        raise GenkitError("FAILED_PRECONDITION", "closed")

    async def ask(x: Mapping[str, Any], ctx: ToolRunContext) -> Json:
        """Ask a human first."""
        if not ctx.is_resumed():
            raise Interrupt({"why": "sure?"})
        resumed = dict(ctx.resumed_metadata or {})
        return {"resumed": resumed, "originalInput": ctx.original_input, "input": dict(x)}

    async def wait(x: Mapping[str, Any]) -> str:
        """Ask a human, without a word."""
        raise Interrupt

    async def screenshot(x: Mapping[str, Any]) -> MultipartToolResponse[str]:
        """Look."""
        picture = Part.from_media("data:image/png;base64,AA==", "image/png")
        return MultipartToolResponse(output="taken", content=[picture], metadata={"size": 2})

    for fn in (testTool, double, slow, broken, ask, wait, screenshot):
        ai.tool(fn)
