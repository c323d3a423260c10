"""Embedding: documents as vectors."""

from typing import Any

import attrs

from .document import Document
from .value import Metadata, WireValue


@attrs.frozen(kw_only=True, repr=False)
class EmbedRequest(WireValue):
    """What an embedder is asked."""

    input: list[Document]
    options: Any = None


@attrs.frozen(kw_only=True, repr=False)
class Embedding(WireValue):
    """A vector; one document may have several, told apart by their metadata."""

    embedding: list[float]
    metadata: Metadata | None = None


@attrs.frozen(kw_only=True, repr=False)
class EmbedResponse(WireValue):
    """What an embedder answers."""

    embeddings: list[Embedding]
