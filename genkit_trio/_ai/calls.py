"""What an application asks of models and their like, by the names that Genkit gives it.

Inherited by `Genkit`, so it loads what it needs when it is called: who only calls flows does not pay for the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from .._wire import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from .._core import ActionStream, Context, Registry
    from .._wire import JsonValue
    from .chunk import GeneratedChunk
    from .document import Document
    from .embedder import EmbedderLike
    from .embedding import Embedding
    from .evaluation import BaseDataPoint, EvalFnResponse
    from .evaluator import EvaluatorLike
    from .generate import GenerateOptions, OutputSchema
    from .operation import Operation
    from .response import ModelResponse
    from .retriever import IndexerAction, RerankerAction, RetrieverAction

OutputT = TypeVar("OutputT")


class Calls:
    """Calls of models and their like. What has a registry inherits them."""

    registry: Registry

    @overload
    async def generate(
        self, *, output_schema: type[OutputT], **options: Unpack[GenerateOptions]
    ) -> ModelResponse[OutputT]: ...
    @overload
    async def generate(
        self, *, output_schema: OutputSchema | None = None, **options: Unpack[GenerateOptions]
    ) -> ModelResponse[Any]: ...
    async def generate(self, *, output_schema: Any = None, **options: Unpack[GenerateOptions]) -> ModelResponse[Any]:
        """Ask a model, run the tools that it asks for, and ask it again until it has answered.

        The tools of one turn run at once; the first that fails cancels the others. Cancelling the call, by a scope
        around it for instance, cancels the model and all tools, and waits for their cleanup.

        Args:
          output_schema: the type of the output, which `ModelResponse.output` then is: whatever the actions of this
            library take, so ``list[int]`` or an enum too; a JSON Schema; or the name of a schema that was defined.
          options: those of `GenerateOptions`.

        Returns:
          The response. What fails after the model has answered for the first time is told there, as
          `ModelResponse.error`, with the conversation up to there, which can be sent again; so is an output that is not
          what was asked for. A generation that waits for a human has `ModelResponse.interrupts`.

        Raises:
          PublicError: for a model, a tool or something else that does not exist, or does not go together.
          Exception: what fails before the model has answered for the first time; the same object.
        """
        from .generate import generate_of, new_generation

        generation = new_generation(self.registry, options, output_schema)
        return await generate_of(self.registry, generation, context=options.get("context", ABSENT))

    @overload
    def generate_stream(
        self, *, output_schema: type[OutputT], **options: Unpack[GenerateOptions]
    ) -> AbstractAsyncContextManager[ActionStream[ModelResponse[OutputT], GeneratedChunk]]: ...
    @overload
    def generate_stream(
        self, *, output_schema: OutputSchema | None = None, **options: Unpack[GenerateOptions]
    ) -> AbstractAsyncContextManager[ActionStream[ModelResponse[Any], GeneratedChunk]]: ...
    def generate_stream(
        self, *, output_schema: Any = None, **options: Unpack[GenerateOptions]
    ) -> AbstractAsyncContextManager[ActionStream[ModelResponse[Any], GeneratedChunk]]:
        """Do what `generate` does, and receive the answer piece by piece.

        Use it as ``async with ai.generate_stream(prompt=…) as stream:``, then ``async for chunk in stream:`` and
        ``await stream.output()``, which gives the response. Leaving the block early cancels the generation, its model
        and its tools, and waits for their cleanup. Each chunk has a role and the index of its message; the answers of
        tools come as one chunk per turn.

        Args:
          output_schema: as in `generate`; `GeneratedChunk.output` is what has come of the output so far.
          options: those of `GenerateOptions`.
        """
        from .generate import new_generation, stream_of

        generation = new_generation(self.registry, options, output_schema)
        return stream_of(self.registry, generation, context=options.get("context", ABSENT))

    async def generate_operation(self, **options: Unpack[GenerateOptions]) -> Operation:
        """Let a background model start what *options*, the arguments of `generate`, ask for.

        Returns:
          The operation, for `check_operation` and `cancel_operation`.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if the model is none that works in the background.
        """
        from .generate import generate_operation

        return await generate_operation(self.registry, options)

    async def check_operation(
        self,
        operation: Operation,
        *,
        context: Context | Absent = ABSENT,
        config: Mapping[str, JsonValue] | None = None,
    ) -> Operation:
        """Return *operation* as it is now; its *config* is for the model's client."""
        from .background import check_operation

        return await check_operation(self.registry, operation, context=context, config=config)

    async def cancel_operation(
        self,
        operation: Operation,
        *,
        context: Context | Absent = ABSENT,
        config: Mapping[str, JsonValue] | None = None,
    ) -> Operation:
        """Cancel *operation* and return it as it is then; unchanged, where its model cannot cancel."""
        from .background import cancel_operation

        return await cancel_operation(self.registry, operation, context=context, config=config)

    async def embed(
        self,
        *,
        embedder: EmbedderLike,
        content: str | Document,
        metadata: Mapping[str, JsonValue] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[Embedding]:
        """Return the embeddings of one document: one, where the embedder does not split it.

        Args:
          embedder: its name, a reference, or the embedder.
          content: what is embedded.
          metadata: that of the document, if *content* is text.
          options: those of the embedder, over those of a reference.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        from .embedder import embed

        return await embed(self.registry, embedder=embedder, content=content, metadata=metadata, options=options)

    async def embed_many(  # noqa: PLR0913  # all by name
        self,
        *,
        embedder: EmbedderLike,
        content: Sequence[str | Document],
        metadata: Mapping[str, JsonValue] | None = None,
        options: Mapping[str, Any] | None = None,
        batch_size: int | None = None,
        limit: int | None = None,
    ) -> list[Embedding]:
        """Return the embeddings of several documents, in order.

        The batches run at once; the first that fails cancels the others.

        Args:
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
        from .embedder import embed_many

        return await embed_many(
            self.registry,
            embedder=embedder,
            content=content,
            metadata=metadata,
            options=options,
            batch_size=batch_size,
            limit=limit,
        )

    async def evaluate(
        self,
        *,
        evaluator: EvaluatorLike,
        dataset: Sequence[BaseDataPoint],
        options: Mapping[str, Any] | None = None,
        eval_run_id: str | None = None,
    ) -> list[EvalFnResponse]:
        """Return the scores of the test cases in *dataset*.

        Args:
          evaluator: its name, a reference, or the evaluator.
          dataset: the test cases; those without an id get one.
          options: those of the evaluator, over those of a reference.
          eval_run_id: tells this evaluation from others in traces; by default a new one.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        from .evaluator import evaluate

        return await evaluate(
            self.registry, evaluator=evaluator, dataset=dataset, options=options, eval_run_id=eval_run_id
        )

    async def retrieve(
        self, *, retriever: str | RetrieverAction, query: str | Document, options: Mapping[str, Any] | None = None
    ) -> list[Document]:
        """Return the documents that a retriever finds for *query*.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        from .retriever import retrieve

        return await retrieve(self.registry, retriever=retriever, query=query, options=options)

    async def index(
        self,
        *,
        indexer: str | IndexerAction,
        documents: Sequence[str | Document],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Let an indexer take in *documents*, to be found later.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        from .retriever import index

        await index(self.registry, indexer=indexer, documents=documents, options=options)

    async def rerank(
        self,
        *,
        reranker: str | RerankerAction,
        query: str | Document,
        documents: Sequence[str | Document],
        options: Mapping[str, Any] | None = None,
    ) -> list[Document]:
        """Return *documents* in the order in which a reranker finds that they suit *query*, with their scores.

        Raises:
          PublicError: ``NOT_FOUND``.
        """
        from .retriever import rerank

        return await rerank(self.registry, reranker=reranker, query=query, documents=documents, options=options)
