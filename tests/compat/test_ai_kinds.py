"""Every kind of action, as Genkit's tools list and run it, fits the schemas in their own package."""

import attrs
import pytest
import trio

from genkit_trio import RunContext
from genkit_trio._ai.chunk import ModelResponseChunk
from genkit_trio._ai.document import Document
from genkit_trio._ai.embedder import EmbedderInfo, EmbedderSupports
from genkit_trio._ai.embedding import Embedding, EmbedRequest, EmbedResponse
from genkit_trio._ai.evaluation import BaseDataPoint, Score
from genkit_trio._ai.message import Message, Role
from genkit_trio._ai.model_info import ModelInfo, Stage, Supports
from genkit_trio._ai.operation import Operation
from genkit_trio._ai.part import Part
from genkit_trio._ai.request import ModelRequest
from genkit_trio._ai.resource import ResourceInput, ResourceOutput
from genkit_trio._ai.response import FinishReason, ModelResponse
from genkit_trio._ai.retrieval import (
    IndexerRequest,
    RerankerRequest,
    RerankerResponse,
    RetrieverRequest,
    RetrieverResponse,
)
from genkit_trio._ai.retriever import RetrieverInfo, RetrieverSupports
from genkit_trio._ai.tool import MultipartToolResponse, definition_of, response
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._wire import ActionKey, codec_of, listing_of
from tests.ai.defined import Application
from tests.compat.test_schemas_ajv import complaints as ajv_complaints
from tests.compat.test_tool_schemas import complaints as zod_complaints

USER = {"role": "user", "content": [{"text": "hi"}]}
DOCUMENT = {"content": [{"text": "tea"}], "metadata": {"k": 1}}
# For each kind: what a tool sends, and the schema of what it gets.
RUNS = {
    "/model/echo": ({"messages": [USER], "config": {"temperature": 0.5}}, "GenerateResponseSchema"),
    "/background-model/video": ({"messages": [USER]}, "OperationSchema"),
    "/check-operation/video/check": ({"id": "1", "action": "/background-model/video"}, "OperationSchema"),
    "/cancel-operation/video/cancel": ({"id": "1"}, "OperationSchema"),
    "/tool.v2/weather": ({"city": "Ghent"}, "MultipartToolResponseSchema"),
    "/tool.v2/map": ({"city": "Ghent"}, "MultipartToolResponseSchema"),
    "/evaluator/length": (
        {"dataset": [{"input": 1, "output": "four", "testCaseId": "1"}, {"input": 1}], "evalRunId": "r", "options": {}},
        "EvalResponseSchema",
    ),
    "/retriever/store": ({"query": DOCUMENT, "options": {"k": 1}}, "RetrieverResponseSchema"),
    "/dynamic-action-provider/host": (None, None),
    "/embedder/lengths": ({"input": [DOCUMENT]}, None),
    "/indexer/store": ({"documents": [DOCUMENT]}, None),
    "/reranker/same": ({"query": DOCUMENT, "documents": [DOCUMENT]}, None),
    "/resource/page": ({"uri": "x://a"}, None),
    "/tool/weather": ({"city": "Ghent"}, None),
}


@attrs.frozen
class Place:
    """Somewhere."""

    city: str


@attrs.frozen
class Config:
    temperature: float = 1.0


def application() -> Application:
    ai = Application()
    define_models(ai)
    define_tools(ai)
    define_retrieval(ai)
    return ai


def define_models(ai: Application) -> None:
    info = ModelInfo(
        versions=["1"],
        stage=Stage.STABLE,
        supports=Supports(multiturn=True, tools=True, system_role=True, output=["text"], constrained="all"),
    )

    @ai.model(info=info)
    async def echo(request: ModelRequest[Config], ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
        return ModelResponse(message=Message(Role.MODEL, request.messages[-1].text), finish_reason=FinishReason.STOP)

    async def start(request: ModelRequest) -> Operation:
        return Operation(id="1")

    async def check(operation: Operation) -> Operation:
        return attrs.evolve(operation, done=True, output={"message": USER})

    ai.define_background_model("video", start, check, check, info=info)


def define_tools(ai: Application) -> None:
    @ai.tool
    async def weather(place: Place) -> str:
        """Tell the weather."""
        return "rain"

    @ai.tool("map")
    async def draw_map(place: Place) -> MultipartToolResponse[Place]:
        return response(place, parts=Part.from_media("data:,x", "text/plain"), metadata={"k": 1})

    ai.define_interrupt("ask", description="Ask the user.", input_schema={"type": "object"})
    ai.define_dynamic_action_provider("host", lambda: {"tool": [tool(weather.fn, name="far")]})

    @ai.resource("page", template="x://{name}")
    async def page(asked: ResourceInput) -> ResourceOutput:
        return ResourceOutput([Part(asked.variables["name"])])


def define_retrieval(ai: Application) -> None:
    @ai.embedder(info=EmbedderInfo(label="E", dimensions=1, supports=EmbedderSupports(input=["text"])))
    def lengths(request: EmbedRequest) -> EmbedResponse:
        return EmbedResponse(embeddings=[Embedding(embedding=[len(each.text)]) for each in request.input])

    @ai.evaluator("length", display_name="Length", definition="How long it is.", config_schema=Config)
    async def length(case: BaseDataPoint) -> Score:
        return Score(score=len(case.output))

    kept: list[Document] = []

    @ai.indexer("store")
    async def keep(request: IndexerRequest) -> None:
        kept.extend(request.documents)

    @ai.retriever("store", info=RetrieverInfo(label="Store", supports=RetrieverSupports(media=False)))
    async def find(request: RetrieverRequest) -> RetrieverResponse:
        return RetrieverResponse(documents=kept)

    @ai.reranker
    async def same(request: RerankerRequest) -> RerankerResponse:
        return RerankerResponse(documents=request.documents)


@pytest.mark.usefixtures("node_modules")
async def test_the_listing_fits():
    listing = listing_of(await application().registry.describe_actions())
    assert {key.split("/")[1] for key in listing} == {key.split("/")[1] for key in RUNS}
    documents = [("ReflectionListActionsResponseSchema", {"actions": listing})]
    models = [listing[key]["metadata"]["model"] for key in ("/model/echo", "/background-model/video")]
    documents += [("ModelInfoSchema", model) for model in models]
    documents += [("ActionMetadataSchema", described) for described in listing.values()]
    assert zod_complaints(documents) == []


@pytest.mark.usefixtures("node_modules")
async def test_every_schema_in_the_listing_compiles():
    rows = []
    for key, described in (await application().registry.describe_actions()).items():
        metadata = described.get("metadata", {})
        schemas = [described.get("inputSchema"), described.get("outputSchema"), metadata.get("outputSchema")]
        schemas += [value.get("customOptions") for value in metadata.values() if isinstance(value, dict)]
        rows += [
            {"name": f"{key} {place}", "schema": schema, "instances": []}
            for place, schema in enumerate(schemas)
            if schema is not None
        ]
    assert len(rows) > 30
    assert ajv_complaints(rows) == {}


@pytest.mark.usefixtures("node_modules")
async def test_what_a_run_returns_fits():
    ai = application()
    documents, rows = [], []
    for key, (data, schema) in RUNS.items():
        action = await ai.registry.resolve(ActionKey.parse(key))
        with trio.fail_after(5):
            output = action.dump_output(await action(action.load_input(data)))
        described = action.describe()
        rows.append({"name": key, "schema": described["outputSchema"], "instances": [output]})
        if data is not None:
            rows.append({"name": f"{key} input", "schema": described["inputSchema"], "instances": [data]})
        if schema is not None:
            documents.append((schema, output))
    assert zod_complaints(documents) == []
    assert ajv_complaints(rows) == {}


@pytest.mark.usefixtures("node_modules")
def test_how_a_model_is_told_of_tools_fits():
    tools = [action for action in application().registry.actions() if action.kind.startswith("tool")]
    definitions = [codec_of(object).dump(definition_of(each)) for each in tools]
    assert zod_complaints([("ToolDefinitionSchema", each) for each in definitions]) == []
