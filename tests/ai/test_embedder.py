"""Embedders: what listings show, single and many, batches, a limit, and failures."""

import attrs
import pytest
import trio

from genkit_trio import PublicError, Status
from genkit_trio._ai.document import Document
from genkit_trio._ai.embedder import EmbedderInfo, EmbedderRef, EmbedderSupports, embed, embed_many, embedder
from genkit_trio._ai.embedding import Embedding, EmbedRequest, EmbedResponse
from genkit_trio._wire import codec_of
from tests.ai.defined import Application


class Lengths:
    """Embeds a text as its length, and keeps the requests."""

    def __init__(self):
        self.requests: list[EmbedRequest] = []
        self.running = self.most = 0
        self.seconds = 0

    async def __call__(self, request: EmbedRequest) -> EmbedResponse:
        self.requests.append(request)
        self.running += 1
        self.most = max(self.most, self.running)
        await trio.sleep(self.seconds)
        self.running -= 1
        return EmbedResponse(embeddings=[Embedding(embedding=[len(document.text)]) for document in request.input])

    @property
    def texts(self) -> list[list[str]]:
        return [[document.text for document in request.input] for request in self.requests]


@attrs.frozen
class Config:
    size: int = 1


@pytest.fixture
def ai():
    return Application()


@pytest.fixture
def lengths(ai):
    lengths = Lengths()
    ai.define_embedder("lengths", lengths)
    return lengths


def vectors(embeddings) -> list[object]:
    return [embedding.embedding for embedding in embeddings]


async def test_one_text_or_document(ai, lengths):
    assert vectors(await embed(ai.registry, embedder="lengths", content="four", metadata={"k": 1})) == [[4]]
    assert vectors(await embed(ai.registry, embedder="lengths", content=Document.from_text("two"))) == [[3]]
    assert lengths.requests[0] == EmbedRequest(input=[Document.from_text("four", {"k": 1})])


async def test_many_go_in_one_request(ai, lengths):
    content = ["a", Document.from_text("bb", {"k": 2}), "ccc"]
    embeddings = await embed_many(ai.registry, embedder="lengths", content=content, metadata={"k": 1})
    assert vectors(embeddings) == [[1], [2], [3]]
    [request] = lengths.requests
    assert [document.metadata for document in request.input] == [{"k": 1}, {"k": 2}, {"k": 1}]


async def test_batches_run_at_once_and_keep_the_order(ai, lengths, autojump_clock):
    lengths.seconds = 1
    content = ["a" * size for size in range(7)]
    embeddings = await embed_many(ai.registry, embedder="lengths", content=content, batch_size=3)
    assert vectors(embeddings) == [[size] for size in range(7)]
    assert sorted(len(texts) for texts in lengths.texts) == [1, 3, 3]
    assert lengths.most == 3
    assert await embed_many(ai.registry, embedder="lengths", content=[], batch_size=3) == []


async def test_a_limit_of_batches_at_once(ai, lengths, autojump_clock):
    lengths.seconds = 1
    content = ["a"] * 6
    await embed_many(ai.registry, embedder="lengths", content=content, batch_size=1, limit=2)
    assert lengths.most == 2
    for wrong in ({"batch_size": 0}, {"batch_size": 1, "limit": 0}):
        with pytest.raises(ValueError, match="it must be 1 or more"):
            await embed_many(ai.registry, embedder="lengths", content=content, **wrong)


async def test_the_first_batch_that_fails_cancels_the_others(ai, autojump_clock):
    """C4: a failure cancels the siblings, and is raised when they have ended."""
    ended = []

    @ai.embedder
    async def fragile(request: EmbedRequest) -> EmbedResponse:
        try:
            await trio.sleep(len(request.input[0].text))
            raise OSError("down")
        finally:
            ended.append(request.input[0].text)

    with pytest.raises(OSError, match="down"):
        await embed_many(ai.registry, embedder=fragile, content=["aaa", "b"], batch_size=1)
    assert sorted(ended) == ["aaa", "b"]


async def test_options_of_the_call_go_over_those_of_a_reference(ai, lengths):
    ref = EmbedderRef("lengths", config={"a": 1, "b": 1}, version="2")
    await embed(ai.registry, embedder=ref, content="x", options={"b": 2})
    await embed_many(ai.registry, embedder=ref, content=["x"])
    await embed(ai.registry, embedder=EmbedderRef("lengths"), content="x")
    await embed(ai.registry, embedder=ai["/embedder/lengths"], content="x", options={"b": 3})
    assert [request.options for request in lengths.requests] == [
        {"version": "2", "a": 1, "b": 2},
        {"version": "2", "a": 1, "b": 1},
        None,
        {"b": 3},
    ]


async def test_what_is_not_there_is_not_found(ai):
    with pytest.raises(PublicError, match="embedder 'nobody' not found") as caught:
        await embed(ai.registry, embedder="nobody", content="x")
    assert caught.value.status is Status.NOT_FOUND


def test_it_is_listed_as_genkit_js_lists_it(ai, lengths):
    info = EmbedderInfo(label="E", dimensions=3, supports=EmbedderSupports(input=["text"], multilingual=True))
    made = embedder("e", lengths, info=info, config_schema=Config)
    assert made.describe()["metadata"] == {
        "type": "embedder",
        "info": {"label": "E", "dimensions": 3, "supports": {"input": ["text"], "multilingual": True}},
        "embedder": {"customOptions": codec_of(Config).schema()},
    }
    assert embedder("e", lengths).describe()["metadata"] == {"type": "embedder", "embedder": {}}


async def test_a_sync_function_without_annotations_will_do(ai):
    @ai.embedder("plain")
    def plain(request):
        return EmbedResponse(embeddings=[Embedding(embedding=[0.5]) for _ in request.input])

    request = plain.load_input({"input": [{"content": [{"text": "x"}]}]})
    assert plain.dump_output(await plain(request)) == {"embeddings": [{"embedding": [0.5]}]}
    assert ai["/embedder/plain"] is plain


def test_it_takes_a_request():
    async def nothing() -> EmbedResponse: ...

    with pytest.raises(TypeError, match="/embedder/e takes no input; its function takes one, of type 'EmbedRequest'"):
        embedder("e", nothing)
