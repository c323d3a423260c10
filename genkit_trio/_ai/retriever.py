"""Retrievers, indexers and rerankers: what finds documents, keeps them, and puts the best first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, Unpack

import attrs

from .._core import Action, ActionOptions, AnyAction, Registry, RunContext
from .._wire import ActionKey, JsonValue, PublicError, Status, codec_of
from .declaring import SchemaLike, core_options, schema_of, signature_of
from .document import Document
from .embedder import EmbedderInfo
from .retrieval import IndexerRequest, RerankerRequest, RerankerResponse, RetrieverRequest, RetrieverResponse
from .value import WireValue

RetrievalKind: TypeAlias = Literal["retriever", "indexer", "reranker"]

RetrieverAction: TypeAlias = Action[RetrieverRequest, RetrieverResponse, Any]
IndexerAction: TypeAlias = Action[IndexerRequest, None, Any]
RerankerAction: TypeAlias = Action[RerankerRequest, RerankerResponse, Any]
RetrieverFunction: TypeAlias = (
    Callable[[RetrieverRequest], Awaitable[RetrieverResponse] | RetrieverResponse]
    | Callable[[RetrieverRequest, RunContext[Any]], Awaitable[RetrieverResponse] | RetrieverResponse]
)
"""What a retriever is made of."""
IndexerFunction: TypeAlias = (
    Callable[[IndexerRequest], Awaitable[None] | None]
    | Callable[[IndexerRequest, RunContext[Any]], Awaitable[None] | None]
)
"""What an indexer is made of."""
RerankerFunction: TypeAlias = (
    Callable[[RerankerRequest], Awaitable[RerankerResponse] | RerankerResponse]
    | Callable[[RerankerRequest, RunContext[Any]], Awaitable[RerankerResponse] | RerankerResponse]
)
"""What a reranker is made of."""


@attrs.frozen(kw_only=True, repr=False)
class RetrieverSupports(WireValue):
    """What a retriever or reranker can do.

    Attributes:
      media: whether the query may hold media.
    """

    media: bool | None = None


@attrs.frozen(kw_only=True, repr=False)
class RetrieverInfo(WireValue):
    """What a retriever, an indexer or a reranker says about itself."""

    label: str | None = None
    supports: RetrieverSupports | None = None


class RetrieverOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.retriever`` and ``@ai.reranker``; all may be left out."""

    info: RetrieverInfo
    """What it says about itself."""
    config_schema: SchemaLike
    """The type of its options, or their JSON Schema."""


class IndexerOptions(RetrieverOptions, total=False):
    """The keyword arguments of ``@ai.indexer``; all may be left out."""

    embedder_info: EmbedderInfo
    """What its embedder says about itself."""


_TYPES: Mapping[RetrievalKind, tuple[Any, Any]] = {
    "retriever": (RetrieverRequest, RetrieverResponse),
    "indexer": (IndexerRequest, None),
    "reranker": (RerankerRequest, RerankerResponse),
}


def retriever(name: str, fn: RetrieverFunction, **options: Unpack[RetrieverOptions]) -> RetrieverAction:
    """Make a retriever that is not registered.

    Args:
      name: its name.
      fn: takes a `RetrieverRequest` and returns a `RetrieverResponse`.
      options: those of `RetrieverOptions`.

    Raises:
      TypeError: if the function cannot be a retriever.
      ValueError: if an option has a value that cannot work.
    """
    return make_retriever(name, fn, options)


def indexer(name: str, fn: IndexerFunction, **options: Unpack[IndexerOptions]) -> IndexerAction:
    """Make an indexer that is not registered.

    Args:
      name: its name.
      fn: takes an `IndexerRequest` and keeps its documents.
      options: those of `IndexerOptions`.

    Raises:
      TypeError: if the function cannot be an indexer.
      ValueError: if an option has a value that cannot work.
    """
    return make_indexer(name, fn, options)


def reranker(name: str, fn: RerankerFunction, **options: Unpack[RetrieverOptions]) -> RerankerAction:
    """Make a reranker that is not registered.

    Args:
      name: its name.
      fn: takes a `RerankerRequest` and returns a `RerankerResponse`: the documents, the best first, each with a
        ``score`` in its metadata.
      options: those of `RetrieverOptions`.

    Raises:
      TypeError: if the function cannot be a reranker.
      ValueError: if an option has a value that cannot work.
    """
    return make_reranker(name, fn, options)


def make_retriever(name: str, fn: Callable[..., Any], options: RetrieverOptions) -> RetrieverAction:
    """Make a retriever of *fn*."""
    return _make("retriever", name, fn, options)


def make_indexer(name: str, fn: Callable[..., Any], options: IndexerOptions) -> IndexerAction:
    """Make an indexer of *fn*."""
    shown: dict[str, JsonValue] = {}
    if "embedder_info" in options:
        shown["embedderInfo"] = codec_of(EmbedderInfo).dump(options["embedder_info"])
    return _make("indexer", name, fn, options, shown)


def make_reranker(name: str, fn: Callable[..., Any], options: RetrieverOptions) -> RerankerAction:
    """Make a reranker of *fn*."""
    return _make("reranker", name, fn, options)


async def retrieve(
    registry: Registry,
    *,
    retriever: str | RetrieverAction,
    query: str | Document,
    options: Mapping[str, Any] | None = None,
) -> list[Document]:
    """Return the documents that *retriever* finds for *query*.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    action: RetrieverAction = await _resolve(registry, "retriever", retriever)
    return (await action(RetrieverRequest(query=_document_of(query), options=options))).documents


async def index(
    registry: Registry,
    *,
    indexer: str | IndexerAction,
    documents: Sequence[str | Document],
    options: Mapping[str, Any] | None = None,
) -> None:
    """Let *indexer* keep *documents*.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    action: IndexerAction = await _resolve(registry, "indexer", indexer)
    await action(IndexerRequest(documents=[_document_of(each) for each in documents], options=options))


async def rerank(
    registry: Registry,
    *,
    reranker: str | RerankerAction,
    query: str | Document,
    documents: Sequence[str | Document],
    options: Mapping[str, Any] | None = None,
) -> list[Document]:
    """Return *documents* as *reranker* orders them for *query*: the best first, with a ``score`` in their metadata.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    action: RerankerAction = await _resolve(registry, "reranker", reranker)
    asked = [_document_of(each) for each in documents]
    request = RerankerRequest(query=_document_of(query), documents=asked, options=options)
    return (await action(request)).documents


def _make(
    kind: RetrievalKind,
    name: str,
    fn: Callable[..., Any],
    options: RetrieverOptions,
    shown: Mapping[str, JsonValue] = MappingProxyType({}),
) -> Action[Any, Any, Any]:
    custom: dict[str, JsonValue] = {}
    if "config_schema" in options:
        custom["customOptions"] = dict(schema_of(options["config_schema"]))
    metadata: dict[str, JsonValue] = {"type": kind, kind: custom, **shown}
    if "info" in options:
        metadata["info"] = codec_of(RetrieverInfo).dump(options["info"])
    input_type, output_type = _TYPES[kind]
    signature = signature_of(ActionKey(kind, name), fn, input_type, output_type)
    declared = core_options(options, IndexerOptions, metadata)
    return Action(kind, name, fn, declared, signature=signature)


async def _resolve(registry: Registry, kind: RetrievalKind, given: str | AnyAction) -> Any:
    if isinstance(given, Action):
        return given
    found = await registry.find(ActionKey(kind, given))
    if found is None:
        raise PublicError(Status.NOT_FOUND, f"{kind} {given!r} not found")
    return found


def _document_of(content: str | Document) -> Document:
    return Document.from_text(content) if isinstance(content, str) else content
