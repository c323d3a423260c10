"""Embedders: what makes vectors of documents."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, Unpack

import attrs

from .._core import Action, ActionOptions, Registry, RunContext, run_all
from .._wire import ActionKey, JsonValue, PublicError, Status, Wire, codec_of
from .declaring import SchemaLike, core_options, schema_of, signature_of
from .document import Document
from .embedding import Embedding, EmbedRequest, EmbedResponse
from .value import Number, WireValue

KIND = "embedder"

EmbedderAction: TypeAlias = Action[EmbedRequest, EmbedResponse, Any]
EmbedderFunction: TypeAlias = (
    Callable[[EmbedRequest], Awaitable[EmbedResponse] | EmbedResponse]
    | Callable[[EmbedRequest, RunContext[Any]], Awaitable[EmbedResponse] | EmbedResponse]
)
"""What an embedder is made of."""


@attrs.frozen(kw_only=True, repr=False)
class EmbedderSupports(WireValue):
    """What an embedder can do.

    Attributes:
      input: what it embeds: ``text``, ``image``, ``video``.
      multilingual: whether it knows several languages.
    """

    input: list[str] | None = None
    multilingual: bool | None = None


@attrs.frozen(kw_only=True, repr=False)
class EmbedderInfo(WireValue):
    """What an embedder says about itself.

    Attributes:
      dimensions: the length of its vectors.
    """

    label: str | None = None
    supports: EmbedderSupports | None = None
    dimensions: Number | None = None


@attrs.frozen
class EmbedderRef:
    """An embedder by its name, with options for it: what ``embedder=`` takes beside a name.

    Attributes:
      name: the name.
      config: options that go with every request, below those of the call.
      version: the version of the embedder, the ``version`` of its options.
    """

    __wire__ = Wire(names="camel", none="omit")

    name: str
    config: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)
    version: str | None = attrs.field(default=None, kw_only=True)


class EmbedderOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.embedder``; all may be left out."""

    info: EmbedderInfo
    """What the embedder says about itself."""
    config_schema: SchemaLike
    """The type of its options, or their JSON Schema."""


EmbedderLike: TypeAlias = str | EmbedderRef | EmbedderAction
"""How a call names its embedder: by name, by reference, or the embedder itself."""


def embedder(name: str, fn: EmbedderFunction, **options: Unpack[EmbedderOptions]) -> EmbedderAction:
    """Make an embedder that is not registered: for a plugin, or to be given to ``ai.embed`` as it is.

    Args:
      name: its name.
      fn: takes an `EmbedRequest` and returns an `EmbedResponse`, with the vectors in the order of the documents.
      options: those of `EmbedderOptions`.

    Raises:
      TypeError: if the function cannot be an embedder.
      ValueError: if an option has a value that cannot work.
    """
    return make_embedder(name, fn, options)


def make_embedder(name: str, fn: Callable[..., Any], options: EmbedderOptions) -> EmbedderAction:
    """Make an embedder of *fn*."""
    custom: dict[str, JsonValue] = {}
    if "config_schema" in options:
        custom["customOptions"] = dict(schema_of(options["config_schema"]))
    metadata: dict[str, JsonValue] = {"type": KIND, KIND: custom}
    if "info" in options:
        metadata["info"] = codec_of(EmbedderInfo).dump(options["info"])
    signature = signature_of(ActionKey(KIND, name), fn, EmbedRequest, EmbedResponse)
    return Action(KIND, name, fn, core_options(options, EmbedderOptions, metadata), signature=signature)


async def embed(
    registry: Registry,
    *,
    embedder: EmbedderLike,
    content: str | Document,
    metadata: Mapping[str, JsonValue] | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Embedding]:
    """Return the vectors of one text or document; most embedders give one.

    Args:
      registry: where the embedder is looked up.
      embedder: its name, a reference, or the embedder.
      content: what is embedded.
      metadata: that of the document, if *content* is text.
      options: those of the embedder, over those of a reference.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    action, merged = await _resolve(registry, embedder, options)
    document = _document_of(content, metadata)
    return (await action(EmbedRequest(input=[document], options=merged))).embeddings


async def embed_many(  # noqa: PLR0913  # all but the registry by name
    registry: Registry,
    *,
    embedder: EmbedderLike,
    content: Sequence[str | Document],
    metadata: Mapping[str, JsonValue] | None = None,
    options: Mapping[str, Any] | None = None,
    batch_size: int | None = None,
    limit: int | None = None,
) -> list[Embedding]:
    """Return the vectors of several texts and documents, in their order.

    The batches run at once; the first that fails cancels the others.

    Args:
      registry: where the embedder is looked up.
      embedder: its name, a reference, or the embedder.
      content: what is embedded.
      metadata: that of the documents which *content* gives as text.
      options: those of the embedder, over those of a reference.
      batch_size: how many documents go into one request; by default all.
      limit: how many requests may run at once; by default all.

    Raises:
      PublicError: ``NOT_FOUND``.
      ValueError: if *batch_size* or *limit* is less than 1.
    """
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be 1 or more")
    action, merged = await _resolve(registry, embedder, options)
    documents = [_document_of(each, metadata) for each in content]
    if batch_size is None:
        return (await action(EmbedRequest(input=documents, options=merged))).embeddings
    requests = [
        EmbedRequest(input=documents[start : start + batch_size], options=merged)
        for start in range(0, len(documents), batch_size)
    ]
    responses = await run_all(*(partial(action, request) for request in requests), limit=limit)
    return [embedding for response in responses for embedding in response.embeddings]


async def _resolve(
    registry: Registry, embedder: EmbedderLike, options: Mapping[str, Any] | None
) -> tuple[EmbedderAction, Mapping[str, Any] | None]:
    """Return the embedder, and the options for it."""
    if isinstance(embedder, Action):
        return embedder, options
    ref = EmbedderRef(embedder) if isinstance(embedder, str) else embedder
    action = await registry.find(ActionKey(KIND, ref.name))
    if action is None:
        raise PublicError(Status.NOT_FOUND, f"embedder {ref.name!r} not found")
    version = {} if ref.version is None else {"version": ref.version}
    return action, {**version, **(ref.config or {}), **(options or {})} or None


def _document_of(content: str | Document, metadata: Mapping[str, JsonValue] | None) -> Document:
    return Document.from_text(content, metadata) if isinstance(content, str) else content
