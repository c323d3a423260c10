"""The calls of an application, by Genkit's names: that each reaches what it calls."""

import pytest

from genkit_trio import Genkit, PublicError
from genkit_trio._ai import (
    BaseDataPoint,
    Document,
    Embedding,
    EmbedRequest,
    EmbedResponse,
    EvalFnResponse,
    IndexerRequest,
    ModelResponse,
    RerankerRequest,
    RerankerResponse,
    RetrieverRequest,
    RetrieverResponse,
    Score,
)
from genkit_trio.testing import ScriptedAnswer, scripted_model


@pytest.fixture
def ai():
    return Genkit()


async def test_generate_asks_a_model(ai):
    response = await ai.generate(model=scripted_model("done"), prompt="hi")
    assert isinstance(response, ModelResponse)
    assert response.text == "done"


async def test_generate_stream_gives_chunks_and_the_response(ai):
    model = scripted_model(ScriptedAnswer(chunks=["[1, ", "2]"]))
    async with ai.generate_stream(model=model, prompt="hi", output_schema=list[int]) as stream:
        texts = [chunk.accumulated_text async for chunk in stream]
        response = await stream.output()
    assert (texts, response.output) == (["[1, ", "[1, 2]"], [1, 2])


async def test_a_stream_may_be_left_to_itself(ai):
    model = scripted_model(ScriptedAnswer(chunks=["a"] * 100))
    async with ai.generate_stream(model=model, prompt="hi") as stream:
        assert (await stream.output()).text == "a" * 100


async def test_what_a_generation_fails_with_reaches_the_consumer_of_its_stream(ai):
    """C12."""
    model = scripted_model(ScriptedAnswer(chunks=["a"], error=ValueError("boom")))
    texts = []
    with pytest.raises(ValueError, match="boom"):
        async with ai.generate_stream(model=model, prompt="hi") as stream:
            async for chunk in stream:
                texts.append(chunk.text)
    assert texts == ["a"]


async def test_embed_and_embed_many(ai):
    @ai.embedder
    async def length(request: EmbedRequest) -> EmbedResponse:
        scale = (request.options or {}).get("scale", 1)
        return EmbedResponse(
            embeddings=[Embedding(embedding=[len(document.text) * scale]) for document in request.input]
        )

    assert await ai.embed(embedder="length", content="abc", options={"scale": 2}) == [Embedding(embedding=[6])]
    found = await ai.embed_many(embedder=length, content=["a", Document("bc"), "d"], batch_size=2, limit=1)
    assert [each.embedding for each in found] == [[1], [2], [1]]


async def test_evaluate(ai):
    @ai.evaluator(display_name="Same", definition="Whether it is the same.")
    async def same(case: BaseDataPoint) -> EvalFnResponse:
        return EvalFnResponse(
            test_case_id=case.test_case_id or "", evaluation=Score(score=case.output == case.reference)
        )

    [result] = await ai.evaluate(
        evaluator="same", dataset=[BaseDataPoint(input="1+1", output=2, reference=2, test_case_id="a")]
    )
    assert (result.test_case_id, result.evaluation.score) == ("a", True)


async def test_retrieve_index_and_rerank(ai):
    kept = []

    @ai.indexer
    async def keep(request: IndexerRequest) -> None:
        kept.extend(request.documents)

    @ai.retriever
    async def find(request: RetrieverRequest) -> RetrieverResponse:
        found = [each for each in kept if request.query.text in each.text]
        return RetrieverResponse(documents=found[: request.options["k"]])

    @ai.reranker
    async def reverse(request: RerankerRequest) -> RerankerResponse:
        return RerankerResponse(documents=request.documents[::-1])

    await ai.index(indexer="keep", documents=["ab", Document("bc"), "cd"])
    found = await ai.retrieve(retriever="find", query="b", options={"k": 2})
    assert [each.text for each in found] == ["ab", "bc"]
    ranked = await ai.rerank(reranker="reverse", query="b", documents=found)
    assert [each.text for each in ranked] == ["bc", "ab"]


async def test_what_there_is_not_is_not_found(ai):
    for call in (
        ai.generate(model="x", prompt="hi"),
        ai.generate_operation(model="x", prompt="hi"),
        ai.embed(embedder="x", content="a"),
        ai.evaluate(evaluator="x", dataset=[]),
        ai.retrieve(retriever="x", query="a"),
    ):
        with pytest.raises(PublicError, match="'x' not found"):
            await call
