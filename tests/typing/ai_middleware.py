"""Middleware of the user's own, what comes with the library, and the models that compete or answer in tests."""

from collections.abc import Sequence
from typing import assert_type

import attrs

from genkit_trio._ai import (
    Cache,
    Definitions,
    DownloadMedia,
    Fallback,
    GenerateHookParams,
    GenerateMiddleware,
    Message,
    Middleware,
    ModelAction,
    ModelHookParams,
    ModelInfo,
    ModelRequest,
    ModelResponse,
    MultipartToolResponse,
    NextGenerate,
    NextModel,
    NextRequest,
    NextTool,
    Part,
    Retry,
    SimulateSystemPrompt,
    ToolApproval,
    ToolHookParams,
    ToolRequest,
    ValidateSupport,
    hedge,
    limit,
    race,
)
from genkit_trio._ai.middleware.resolve import Use
from genkit_trio._core import AnyAction, Registry
from genkit_trio.testing import (
    RecordingModel,
    ScriptedAnswer,
    ScriptedModel,
    echo_model,
    recording_model,
    scripted_model,
)


@attrs.frozen
class Loud(Middleware):
    """Every hook, with its types."""

    level: int = 1

    def tools(self) -> Sequence[AnyAction]:
        return ()

    async def wrap_generate(self, params: GenerateHookParams, next_fn: NextGenerate) -> ModelResponse:
        assert_type(params.iteration, int)
        return await next_fn(params)

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        assert_type(params.request, ModelRequest)
        return await next_fn(attrs.evolve(params, is_streaming=False))

    async def wrap_tool(self, params: ToolHookParams, next_fn: NextTool) -> MultipartToolResponse:
        assert_type(params.tool_request_part, Part)
        assert_type(params.tool_request, ToolRequest)
        return await next_fn(params)


async def shout(request: ModelRequest, next_fn: NextRequest) -> ModelResponse:
    """Middleware as a function."""
    return await next_fn(request)


picky = scripted_model("a", ["b", Part("c")], Message("model", "d"), ValueError(), ScriptedAnswer(chunks=["e"]))
use: list[Use] = [
    Loud(2),
    shout,
    Retry(max_retries=1, statuses=["UNAVAILABLE"]),
    Fallback(["vendor/small", picky], statuses=["INTERNAL"]),
    ToolApproval(["search"]),
    SimulateSystemPrompt(preface="Rules"),
    ValidateSupport(),
    DownloadMedia(max_bytes=10, filter=lambda part: part.text is None),
    Cache(ttl=60),
]
wrong: list[Use] = [
    Retry,  # type: ignore[list-item]  # because it is the class  # pyright: ignore[reportAssignmentType]  # because it is the class
]
Retry(statuses=["BUSY"])  # type: ignore[list-item]  # because there is no such status  # pyright: ignore[reportArgumentType]  # because there is no such status

assert_type(picky, ScriptedModel)
assert_type(picky.last_request, ModelRequest)
assert_type(echo_model(info=ModelInfo()), RecordingModel)
assert_type(recording_model(picky), RecordingModel)
assert_type(race([picky, "vendor/small"], registry=Registry()), ModelAction)
assert_type(hedge(picky, after=1, is_good=lambda answer: answer.text != ""), ModelAction)
assert_type(limit(picky, per_minute=1, concurrent=2), ModelAction)


class App(Definitions):
    """What defines middleware."""


app = App()
assert_type(app.define_middleware(Retry), GenerateMiddleware)


@app.middleware(name="quiet")
class Quiet(Middleware):
    """Stays the class that it is."""


assert_type(Quiet(), Quiet)
