"""Answers from documents: an embedder that computes, an index in memory, and a model that quotes."""

import math
import re
import zlib

import trio

from genkit_trio import Document, Genkit, Message, ModelRequest, ModelResponse, Role
from genkit_trio.embedder import EmbedderInfo, Embedding, EmbedRequest, EmbedResponse
from genkit_trio.model import ModelInfo, Supports
from genkit_trio.retriever import IndexerRequest, RetrieverRequest, RetrieverResponse

SIZE = 256
ai = Genkit()


@ai.embedder(info=EmbedderInfo(label="Hashed words", dimensions=SIZE))
async def hashing(request: EmbedRequest) -> EmbedResponse:
    """Count the words of each document, at the place that the hash of a word gives it."""
    return EmbedResponse(embeddings=[Embedding(embedding=vector_of(document.text)) for document in request.input])


def vector_of(text: str) -> list[float]:
    """Return a vector of length 1 for a text."""
    vector = [0.0] * SIZE
    for word in re.findall(r"\w{4,}", text.lower()):
        # The beginning, whatever the ending; and not by hash(), which is another one in each process.
        hashed = zlib.crc32(word[:4].encode())
        vector[hashed % SIZE] += 1 if hashed & 0x8000_0000 else -1
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


shelf: list[tuple[list[float], Document]] = []


@ai.indexer("shelf")
async def put_on_shelf(request: IndexerRequest) -> None:
    """Keep documents with their vectors."""
    vectors = await ai.embed_many(embedder="hashing", content=request.documents, batch_size=2, limit=4)
    shelf.extend((each.embedding, document) for each, document in zip(vectors, request.documents, strict=True))


@ai.retriever("shelf")
async def take_from_shelf(request: RetrieverRequest) -> RetrieverResponse:
    """Find the documents that are nearest to a question."""
    [asked] = await ai.embed(embedder="hashing", content=request.query)
    ranked = sorted(shelf, key=lambda kept: similarity(kept[0], asked.embedding), reverse=True)
    wanted: int = request.options["k"] if request.options else 3
    return RetrieverResponse(documents=[document for _, document in ranked[:wanted]])


def similarity(a: list[float], b: list[float]) -> float:
    """Return the cosine of the angle between two vectors of length 1."""
    return sum(x * y for x, y in zip(a, b, strict=True))


@ai.model(info=ModelInfo(supports=Supports(context=True)))
async def quoting(request: ModelRequest) -> ModelResponse:
    """Quote the first document: a model that needs no network."""
    document = (request.docs or [])[0]
    return ModelResponse(message=Message(Role.MODEL, f"{document.text} [{(document.metadata or {})['page']}]"))


@ai.flow
async def answer(question: str) -> str:
    """Answer from what is on the shelf."""
    docs = await ai.retrieve(retriever="shelf", query=question, options={"k": 2})
    response = await ai.generate(model="quoting", prompt=question, docs=docs)
    return response.text


async def main() -> None:
    pages = {
        3: "Dogs travel free of charge, but stay on a lead.",
        4: "The ferry carries forty passengers and six bicycles.",
        7: "In fog the ferry waits; tickets are valid on the next day.",
    }
    await ai.index(
        indexer="shelf", documents=[Document.from_text(text, {"page": page}) for page, text in pages.items()]
    )
    print(await answer("How many passengers does the ferry carry?"))
    print(await answer("May my dog travel with me?"))
    print(await answer("What happens with tickets in fog?"))


trio.run(main)
