"""Models, tools and their like: what the decorators and functions make of what they are given."""

from collections.abc import Callable
from typing import Any, Never, assert_type

import attrs

from genkit_trio import Action, DefaultedAction, RunContext
from genkit_trio._ai.background import BackgroundModel
from genkit_trio._ai.chunk import ModelResponseChunk
from genkit_trio._ai.definitions import Definitions
from genkit_trio._ai.document import Document
from genkit_trio._ai.embedder import EmbedderAction, embed, embed_many
from genkit_trio._ai.embedding import Embedding, EmbedRequest, EmbedResponse
from genkit_trio._ai.evaluation import BaseDataPoint, EvalFnResponse, EvalRequest, Score
from genkit_trio._ai.evaluator import EvaluatorAction, evaluate
from genkit_trio._ai.model import ModelAction, ModelFunction, ModelRef, model, model_ref
from genkit_trio._ai.model_info import ModelInfo
from genkit_trio._ai.operation import Operation
from genkit_trio._ai.provider import DynamicActionProvider
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.resource import Resource, ResourceInput, ResourceOutput, resource
from genkit_trio._ai.response import ModelResponse
from genkit_trio._ai.retrieval import RerankerRequest, RerankerResponse, RetrieverRequest, RetrieverResponse
from genkit_trio._ai.retriever import RerankerAction, RetrieverAction, rerank, retrieve
from genkit_trio._ai.tool import MultipartToolResponse, Tool, response
from genkit_trio._ai.tool_context import ToolRunContext
from genkit_trio._ai.tool_decorator import ToolDecorator, tool
from genkit_trio._core import Registry


class Application(Definitions):
    """Something with a registry."""

    def __init__(self) -> None:
        self.registry = Registry()


@attrs.frozen
class Place:
    """An input of the user's own."""

    city: str


@attrs.frozen
class Config:
    """A config of a model."""

    temperature: float = 1.0


ai = Application()


@ai.tool
async def plain(place: Place) -> str:
    return place.city


@ai.tool
async def with_context(place: Place, ctx: ToolRunContext) -> str:
    assert_type(ctx.is_resumed(), bool)
    return place.city


@ai.tool
async def with_chunks(place: Place, ctx: ToolRunContext[int]) -> str:
    await ctx.send_chunk(1)
    return place.city


@ai.tool
async def with_run_context(place: Place, ctx: RunContext[int]) -> str:
    return place.city


@ai.tool
async def with_context_only(ctx: ToolRunContext) -> str:
    return ""


@ai.tool
async def with_nothing() -> str:
    return ""


@ai.tool
async def with_default(size: int = 3) -> str:
    return ""


@ai.tool
async def with_parts(place: Place) -> MultipartToolResponse[int]:
    return response(1, parts="see")


@ai.tool
def in_a_thread(place: Place, ctx: ToolRunContext) -> bytes:
    return b""


@ai.tool
def in_a_thread_with_context_only(ctx: ToolRunContext) -> bytes:
    return b""


@ai.tool
def in_a_thread_with_default(size: int = 3) -> bytes:
    return b""


@ai.tool
def in_a_thread_with_nothing() -> bytes:
    return b""


@ai.tool(name="named", timeout=3, multipart=False, input_schema={"type": "object"})
def in_a_thread_with_options(place: Place) -> bytes:
    return b""


assert_type(plain, Action[Place, str, Never])
assert_type(with_context, Action[Place, str, Never])
assert_type(with_chunks, Action[Place, str, int])
assert_type(with_run_context, Action[Place, str, int])
assert_type(with_context_only, Action[None, str, Never])
assert_type(with_nothing, Action[None, str, Never])
assert_type(with_default, DefaultedAction[int, str, Never])
assert_type(with_parts, Action[Place, MultipartToolResponse[int], Never])
assert_type(in_a_thread, Action[Place, bytes, Never])
assert_type(in_a_thread_with_context_only, Action[None, bytes, Never])
assert_type(in_a_thread_with_default, DefaultedAction[int, bytes, Never])
assert_type(in_a_thread_with_nothing, Action[None, bytes, Never])
assert_type(in_a_thread_with_options, Action[Place, bytes, Never])


async def unregistered(place: Place) -> int:
    return 1


assert_type(tool(unregistered), Action[Place, int, Never])
assert_type(tool(unregistered, name="other"), Action[Place, int, Never])
assert_type(ai.tool("x"), ToolDecorator)
ai.tool(colour=1)  # type: ignore[call-overload]  # because there is no such option  # pyright: ignore[reportCallIssue]  # because there is no such option
tools: list[Tool] = [plain, with_chunks, with_default, with_parts]
assert_type(ai.define_interrupt("ask", input_schema=Place, output_schema=bool), Tool)


async def answer(request: ModelRequest) -> ModelResponse:
    return ModelResponse()


async def answer_warmly(request: ModelRequest[Config]) -> ModelResponse:
    assert_type(request.config, Config | None)
    return ModelResponse()


async def answer_piece_by_piece(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
    return ModelResponse()


def answer_in_a_thread(request: ModelRequest) -> ModelResponse:
    return ModelResponse()


async def answer_wrongly(request: ModelRequest) -> str:
    return ""


assert_type(ai.model(answer), ModelAction)
assert_type(ai.model(answer_warmly), ModelAction)
assert_type(ai.model(answer_piece_by_piece), ModelAction)
assert_type(ai.model(answer_in_a_thread), ModelAction)
assert_type(ai.model("b"), Callable[[ModelFunction[Any]], ModelAction])
assert_type(ai.model("c", info=ModelInfo(label="C"), config_schema=Config)(answer_warmly), ModelAction)
assert_type(ai.model(name="d", timeout=3)(answer), ModelAction)
assert_type(ai.define_model("e", answer_piece_by_piece, info=ModelInfo()), ModelAction)
assert_type(model("f", answer), ModelAction)
assert_type(model_ref("g", config=Config()), ModelRef[Config])
ai.model(answer_wrongly)  # type: ignore[arg-type]  # because it returns text  # pyright: ignore[reportArgumentType, reportCallIssue]  # because it returns text


async def start(request: ModelRequest[Config]) -> Operation:
    return Operation(id="1")


async def check(operation: Operation) -> Operation:
    return operation


assert_type(ai.define_background_model("video", start, check, check, label="Video"), BackgroundModel)


async def vectors(request: EmbedRequest) -> EmbedResponse:
    return EmbedResponse(embeddings=[])


async def score(case: BaseDataPoint, options: dict[str, int]) -> Score:
    return Score()


def score_all(request: EvalRequest) -> list[EvalFnResponse]:
    return []


async def find(request: RetrieverRequest) -> RetrieverResponse:
    return RetrieverResponse(documents=[])


def order(request: RerankerRequest) -> RerankerResponse:
    return RerankerResponse(documents=[])


async def content(asked: ResourceInput) -> ResourceOutput:
    return ResourceOutput([])


assert_type(ai.embedder(vectors), EmbedderAction)
assert_type(ai.embedder("v", config_schema=Config)(vectors), EmbedderAction)
assert_type(ai.evaluator(display_name="S", definition="S")(score), EvaluatorAction)
assert_type(ai.define_evaluator(name="s", fn=score, display_name="S", definition="S"), EvaluatorAction)
assert_type(ai.define_batch_evaluator(name="a", fn=score_all, display_name="S", definition="S"), EvaluatorAction)
ai.evaluator()  # type: ignore[call-overload]  # because tools show a name and a definition  # pyright: ignore[reportCallIssue]  # because tools show a name and a definition
assert_type(ai.retriever(find), RetrieverAction)
assert_type(ai.reranker("o")(order), RerankerAction)
assert_type(ai.resource(uri="x://y")(content), Resource)
assert_type(ai.resource("name", template="x://{y}")(content), Resource)
assert_type(resource("name", content, uri="x://y"), Resource)
assert_type(ai.define_dynamic_action_provider("host", lambda: {"tool": [plain]}, cache_ttl=1), DynamicActionProvider)
assert_type(ai.define_schema("Place", Place), type[Place])


async def main(registry: Registry) -> None:
    """Call what was defined."""
    assert_type(await embed(registry, embedder="v", content="x"), list[Embedding])
    assert_type(await embed_many(registry, embedder="v", content=["x", Document("y")], batch_size=3), list[Embedding])
    assert_type(await evaluate(registry, evaluator="s", dataset=[]), list[EvalFnResponse])
    assert_type(await retrieve(registry, retriever="r", query="x"), list[Document])
    assert_type(await rerank(registry, reranker="o", query="x", documents=["y"]), list[Document])
    assert_type(await with_default(), str)
    assert_type(await plain(Place("Ghent")), str)
