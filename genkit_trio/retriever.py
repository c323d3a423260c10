"""Retrievers, indexers and rerankers, for those who make them, and what they are asked and answer."""

from ._ai import IndexerAction as IndexerAction
from ._ai import IndexerOptions as IndexerOptions
from ._ai import IndexerRequest as IndexerRequest
from ._ai import RerankerAction as RerankerAction
from ._ai import RerankerRequest as RerankerRequest
from ._ai import RerankerResponse as RerankerResponse
from ._ai import RetrieverAction as RetrieverAction
from ._ai import RetrieverInfo as RetrieverInfo
from ._ai import RetrieverOptions as RetrieverOptions
from ._ai import RetrieverRequest as RetrieverRequest
from ._ai import RetrieverResponse as RetrieverResponse
from ._ai import RetrieverSupports as RetrieverSupports
from ._ai import new_indexer as indexer
from ._ai import new_reranker as reranker
from ._ai import new_retriever as retriever

__all__ = [
    "IndexerAction",
    "IndexerOptions",
    "IndexerRequest",
    "RerankerAction",
    "RerankerRequest",
    "RerankerResponse",
    "RetrieverAction",
    "RetrieverInfo",
    "RetrieverOptions",
    "RetrieverRequest",
    "RetrieverResponse",
    "RetrieverSupports",
    "indexer",
    "reranker",
    "retriever",
]
