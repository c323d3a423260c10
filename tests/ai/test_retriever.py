"""Retrievers, indexers and rerankers."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai.document import Document
from genkit_trio._ai.embedder import EmbedderInfo
from genkit_trio._ai.retrieval import (
    IndexerRequest,
    RerankerRequest,
    RerankerResponse,
    RetrieverRequest,
    RetrieverResponse,
)
from genkit_trio._ai.retriever import (
    RetrieverInfo,
    RetrieverSupports,
    index,
    indexer,
    rerank,
    reranker,
    retrieve,
    retriever,
)
from tests.ai.defined import Application


class Store:
    """Keeps documents, and finds those that hold the query."""

    def __init__(self):
        self.documents: list[Document] = []

    async def keep(self, request: IndexerRequest) -> None:
        self.documents += request.documents

    async def find(self, request: RetrieverRequest) -> RetrieverResponse:
        found = [document for document in self.documents if request.query.text in document.text]
        return RetrieverResponse(documents=found[: (request.options or {}).get("k")])


def shortest_first(request: RerankerRequest) -> RerankerResponse:
    ordered = sorted(request.documents, key=lambda document: len(document.text))
    return RerankerResponse(
        documents=[Document.from_text(each.text, {"score": 1 / len(each.text)}) for each in ordered]
    )


@pytest.fixture
def ai():
    ai = Application()
    store = Store()
    ai.define_indexer("store", store.keep)
    ai.define_retriever("store", store.find)
    ai.define_reranker("short", shortest_first)
    return ai


async def test_what_was_indexed_is_retrieved_and_reranked(ai):
    await index(ai.registry, indexer="store", documents=["a tea", Document.from_text("tea", {"k": 1}), "milk"])
    found = await retrieve(ai.registry, retriever="store", query="tea")
    assert [document.text for document in found] == ["a tea", "tea"]
    assert len(await retrieve(ai.registry, retriever="store", query=Document.from_text("tea"), options={"k": 1})) == 1
    best = await rerank(ai.registry, reranker="short", query="tea", documents=found)
    assert [(document.text, document.metadata) for document in best] == [
        ("tea", {"score": 1 / 3}),
        ("a tea", {"score": 0.2}),
    ]


async def test_they_may_be_given_themselves(ai):
    store = Store()
    await index(ai.registry, indexer=indexer("i", store.keep), documents=["x"])
    assert await retrieve(ai.registry, retriever=retriever("r", store.find), query="x") == store.documents
    assert len(await rerank(ai.registry, reranker=reranker("o", shortest_first), query="", documents=["x"])) == 1


async def test_what_is_not_there_is_not_found(ai):
    with pytest.raises(PublicError, match="retriever 'nobody' not found") as caught:
        await retrieve(ai.registry, retriever="nobody", query="")
    assert caught.value.status is Status.NOT_FOUND
    with pytest.raises(PublicError, match="indexer 'nobody' not found"):
        await index(ai.registry, indexer="nobody", documents=[])
    with pytest.raises(PublicError, match="reranker 'nobody' not found"):
        await rerank(ai.registry, reranker="nobody", query="", documents=[])


def test_they_are_listed_as_genkit_js_lists_them(ai):
    info = RetrieverInfo(label="L", supports=RetrieverSupports(media=True))
    schema = {"type": "object"}
    shown = {"label": "L", "supports": {"media": True}}
    store = Store()
    assert retriever("r", store.find, info=info, config_schema=schema).describe()["metadata"] == {
        "type": "retriever",
        "info": shown,
        "retriever": {"customOptions": schema},
    }
    made = indexer("i", store.keep, embedder_info=EmbedderInfo(dimensions=3), config_schema=schema)
    assert made.describe()["metadata"] == {
        "type": "indexer",
        "embedderInfo": {"dimensions": 3},
        "indexer": {"customOptions": schema},
    }
    assert reranker("o", shortest_first, info=info).describe()["metadata"] == {
        "type": "reranker",
        "info": shown,
        "reranker": {},
    }
    assert indexer("i", store.keep).describe()["metadata"] == {"type": "indexer", "indexer": {}}


async def test_tools_run_them_as_json(ai):
    keep, find = ai["/indexer/store"], ai["/retriever/store"]
    assert await keep(keep.load_input({"documents": [{"content": [{"text": "x"}]}]})) is None
    found = await find(find.load_input({"query": {"content": [{"text": "x"}]}, "options": {"k": 3}}))
    assert find.dump_output(found) == {"documents": [{"content": [{"text": "x"}]}]}


def test_as_decorators():
    ai = Application()

    @ai.retriever
    async def found(request: RetrieverRequest) -> RetrieverResponse: ...

    @ai.indexer("kept")
    async def kept(request: IndexerRequest) -> None: ...

    @ai.reranker(name="ordered", info=RetrieverInfo(label="O"))
    async def ordered(request: RerankerRequest) -> RerankerResponse: ...

    assert [str(action.key) for action in ai.registry.actions()] == [
        "/indexer/kept",
        "/reranker/ordered",
        "/retriever/found",
    ]
