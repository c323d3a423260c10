"""Retrieval: what retrievers, indexers and rerankers are asked and answer."""

from typing import Any

import attrs

from .document import Document
from .value import WireValue


@attrs.frozen(kw_only=True, repr=False)
class RetrieverRequest(WireValue):
    """What a retriever is asked."""

    query: Document
    options: Any = None


@attrs.frozen(kw_only=True, repr=False)
class RetrieverResponse(WireValue):
    """What a retriever answers."""

    documents: list[Document]


@attrs.frozen(kw_only=True, repr=False)
class IndexerRequest(WireValue):
    """What an indexer is given."""

    documents: list[Document]
    options: Any = None


@attrs.frozen(kw_only=True, repr=False)
class RerankerRequest(WireValue):
    """What a reranker is asked."""

    query: Document
    documents: list[Document]
    options: Any = None


@attrs.frozen(kw_only=True, repr=False)
class RerankerResponse(WireValue):
    """What a reranker answers: documents, the best first, with ``metadata.score``."""

    documents: list[Document]
