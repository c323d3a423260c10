"""Embedders, for those who make them, and what they are asked and answer."""

from ._ai import EmbedderAction as EmbedderAction
from ._ai import EmbedderInfo as EmbedderInfo
from ._ai import EmbedderOptions as EmbedderOptions
from ._ai import EmbedderRef as EmbedderRef
from ._ai import EmbedderSupports as EmbedderSupports
from ._ai import Embedding as Embedding
from ._ai import EmbedRequest as EmbedRequest
from ._ai import EmbedResponse as EmbedResponse
from ._ai import new_embedder as embedder

__all__ = [
    "EmbedRequest",
    "EmbedResponse",
    "EmbedderAction",
    "EmbedderInfo",
    "EmbedderOptions",
    "EmbedderRef",
    "EmbedderSupports",
    "Embedding",
    "embedder",
]
