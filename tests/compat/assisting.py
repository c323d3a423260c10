"""An application with an action of every kind, for Genkit's tools: run by them as a script.

Its model needs no network: it follows a few rules, which are enough for the tools' own tests of models.
"""

import json
from pathlib import Path

import attrs
import trio

from genkit_trio import (
    Document,
    FinishReason,
    Genkit,
    Interrupt,
    Message,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    Operation,
    Part,
    ResourceInput,
    ResourceOutput,
    Role,
    RunContext,
    ToolRunContext,
    tool,
)
from genkit_trio.embedder import Embedding, EmbedRequest, EmbedResponse
from genkit_trio.evaluator import BaseDataPoint, EvalFnResponse, EvalRequest, Score
from genkit_trio.middleware import Retry
from genkit_trio.model import ModelInfo, Supports
from genkit_trio.retriever import (
    IndexerRequest,
    RerankerRequest,
    RerankerResponse,
    RetrieverRequest,
    RetrieverResponse,
)

ai = Genkit(model="ruled", prompt_dir=Path(__file__).with_name("prompts"))
ai.define_middleware(Retry)
SUPPORTS = Supports(multiturn=True, media=True, tools=True, system_role=True, output=["text", "json"])


@ai.model(info=ModelInfo(label="Ruled", supports=SUPPORTS))
async def ruled(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
    """Answer by rules."""
    content = answer_to(request)
    for part in content:
        await ctx.send_chunk(ModelResponseChunk(part))
    return ModelResponse(message=Message(Role.MODEL, content), finish_reason=FinishReason.STOP)


def answer_to(request: ModelRequest) -> list[Part]:
    """Ask for the first tool, once; else follow the system's words, show the picture, or say again what was said."""
    last = request.messages[-1]
    if request.tools and last.role is not Role.TOOL:
        return [Part.from_tool_request(request.tools[0].name, {"location": "Oslo"}, ref="1")]
    if request.output is not None and request.output.schema is not None:
        return [Part(json.dumps({"name": "John Wick", "rating": 5}))]
    if last.role is Role.TOOL:
        outputs = [part.tool_response.output for part in last.content if part.tool_response]
        return [Part(f"The tools say {json.dumps(outputs)}.")]
    if last.media:
        return [Part("It says genkit, by Google.")]
    prefix = "RESPONSE: " if any(message.role is Role.SYSTEM for message in request.messages) else ""
    return [Part(prefix + " ".join(message.text for message in request.messages))]


@attrs.frozen
class Place:
    """Somewhere."""

    location: str


@ai.tool
async def weather(place: Place) -> str:
    """Tell the weather."""
    return f"rain in {place.location}"


@ai.tool
async def travel(place: Place, ctx: ToolRunContext) -> str:
    """Go somewhere, if a person agrees."""
    if not ctx.is_resumed():
        raise Interrupt({"to": place.location})
    return f"arrived in {place.location}"


async def start(request: ModelRequest) -> Operation:
    """Begin to paint."""
    return Operation(id="7", done=False)


async def check(operation: Operation) -> Operation:
    """Finish the picture."""
    answer = {"message": {"role": "model", "content": [{"text": "painted"}]}}
    return attrs.evolve(operation, done=True, output=answer)


async def cancel(operation: Operation) -> Operation:
    """Leave the picture as it is."""
    return attrs.evolve(operation, done=True)


ai.define_background_model("painter", start, check, cancel)


@ai.embedder
async def lengths(request: EmbedRequest) -> EmbedResponse:
    """Measure documents."""
    return EmbedResponse(embeddings=[Embedding(embedding=[float(len(each.text))]) for each in request.input])


shelf = [Document.from_text("The ferry leaves at nine."), Document.from_text("Dogs travel free of charge.")]


@ai.indexer("shelf")
async def keep(request: IndexerRequest) -> None:
    """Keep documents."""
    shelf.extend(request.documents)


@ai.retriever("shelf")
async def find(request: RetrieverRequest) -> RetrieverResponse:
    """Find the documents that share a word with the query."""
    words = set(request.query.text.lower().split())
    return RetrieverResponse(documents=[each for each in shelf if words & set(each.text.lower().split())])


@ai.reranker
async def shortest(request: RerankerRequest) -> RerankerResponse:
    """Put the shortest first."""
    ranked = sorted(request.documents, key=lambda each: len(each.text))
    scored = [attrs.evolve(each, metadata={"score": 1 / (1 + len(each.text))}) for each in ranked]
    return RerankerResponse(documents=scored)


@ai.evaluator(display_name="Short", definition="Whether the output is short.")
async def short(case: BaseDataPoint) -> Score:
    """Measure the output, and fail where there is none."""
    return Score(score=len(case.output) < 40)


async def grounded(request: EvalRequest) -> list[EvalFnResponse]:
    """Count the documents that the output is based on."""
    return [
        EvalFnResponse(test_case_id=case.test_case_id or "", evaluation=Score(score=len(case.context or [])))
        for case in request.dataset
    ]


ai.define_batch_evaluator(
    name="grounded", fn=grounded, display_name="Grounded", definition="How many documents there were."
)


@ai.resource(template="shelf://{number}")
async def page(asked: ResourceInput) -> ResourceOutput:
    """Read a page."""
    return ResourceOutput([Part(f"page {asked.variables['number']}")])


async def far_tools() -> dict[str, list[object]]:
    """Give the tools of somewhere else."""
    return {"tool": [tool(distance, name="distance")]}


async def distance(place: Place) -> int:
    """Tell how far it is."""
    return len(place.location)


ai.define_dynamic_action_provider("far", far_tools)
ai.define_prompt("greet", input_schema=Place, prompt="Hello, {{location}}!", config={"temperature": 0.5})


@ai.flow
async def answer(question: str) -> str:
    """Answer from the shelf."""
    docs = await ai.retrieve(retriever="shelf", query=question)
    return (await ai.generate(prompt=question, docs=docs)).text


async def main() -> None:
    """Do nothing; in development the program then stays."""
    await trio.lowlevel.checkpoint()


if __name__ == "__main__":
    ai.run_main(main)
