"""What an application defines to find, keep, order and score documents and outputs.

Inherited by `Genkit`, so it loads what it needs when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._core import Registry
    from .embedder import EmbedderAction, EmbedderFunction, EmbedderOptions
    from .evaluator import BatchEvaluatorFunction, EvaluatorAction, EvaluatorFunction, EvaluatorOptions
    from .retriever import (
        IndexerAction,
        IndexerFunction,
        IndexerOptions,
        RerankerAction,
        RerankerFunction,
        RetrieverAction,
        RetrieverFunction,
        RetrieverOptions,
    )


class RetrievalDefinitions:
    """Defines embedders, evaluators, retrievers, indexers and rerankers."""

    registry: Registry

    @overload
    def embedder(self, fn: EmbedderFunction, /) -> EmbedderAction: ...
    @overload
    def embedder(
        self, name: str | None = None, /, **options: Unpack[EmbedderOptions]
    ) -> Callable[[EmbedderFunction], EmbedderAction]: ...
    @overload
    def embedder(
        self, /, *, name: str, **options: Unpack[EmbedderOptions]
    ) -> Callable[[EmbedderFunction], EmbedderAction]: ...
    def embedder(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make an embedder of a function, which takes an `EmbedRequest` and returns an `EmbedResponse`.

        ``@ai.embedder``, ``@ai.embedder()``, ``@ai.embedder("name")`` and ``@ai.embedder(info=…)`` are all valid.

        Raises:
          TypeError: if the function cannot be an embedder.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .embedder import make_embedder

        return decorated(self.registry, make_embedder, given, name, options)

    def define_embedder(self, name: str, fn: EmbedderFunction, **options: Unpack[EmbedderOptions]) -> EmbedderAction:
        """Do what `embedder` does, without a decorator."""
        from .embedder import make_embedder

        return self.registry.register(make_embedder(name, fn, options))

    @overload
    def evaluator(
        self, name: str | None = None, /, **options: Unpack[EvaluatorOptions]
    ) -> Callable[[EvaluatorFunction], EvaluatorAction]: ...
    @overload
    def evaluator(
        self, /, *, name: str, **options: Unpack[EvaluatorOptions]
    ) -> Callable[[EvaluatorFunction], EvaluatorAction]: ...
    def evaluator(self, given: str | None = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make an evaluator of a function that scores one test case.

        ``@ai.evaluator(display_name="…", definition="…")``: the two are what tools show to people. The function takes a
        `BaseDataPoint`, and the options if it wants them; it returns an `EvalFnResponse`, or its score. The test cases
        of one batch are scored at once; one that cannot be scored says so in its answer.

        Raises:
          TypeError: if the function cannot be an evaluator, or one of the two is missing.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .evaluator import make_evaluator

        return decorated(self.registry, make_evaluator, given, name, options)

    def define_evaluator(
        self, *, name: str, fn: EvaluatorFunction, **options: Unpack[EvaluatorOptions]
    ) -> EvaluatorAction:
        """Do what `evaluator` does, without a decorator."""
        from .evaluator import make_evaluator

        return self.registry.register(make_evaluator(name, fn, options))

    def define_batch_evaluator(
        self, *, name: str, fn: BatchEvaluatorFunction, **options: Unpack[EvaluatorOptions]
    ) -> EvaluatorAction:
        """Make an evaluator of a function that takes an `EvalRequest` and scores all its test cases.

        Raises:
          TypeError: if the function cannot be an evaluator, or an option is missing.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .evaluator import make_batch_evaluator

        return self.registry.register(make_batch_evaluator(name, fn, options))

    @overload
    def retriever(self, fn: RetrieverFunction, /) -> RetrieverAction: ...
    @overload
    def retriever(
        self, name: str | None = None, /, **options: Unpack[RetrieverOptions]
    ) -> Callable[[RetrieverFunction], RetrieverAction]: ...
    @overload
    def retriever(
        self, /, *, name: str, **options: Unpack[RetrieverOptions]
    ) -> Callable[[RetrieverFunction], RetrieverAction]: ...
    def retriever(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make a retriever of a function, which takes a `RetrieverRequest` and returns a `RetrieverResponse`.

        Raises:
          TypeError: if the function cannot be a retriever.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .retriever import make_retriever

        return decorated(self.registry, make_retriever, given, name, options)

    def define_retriever(
        self, name: str, fn: RetrieverFunction, **options: Unpack[RetrieverOptions]
    ) -> RetrieverAction:
        """Do what `retriever` does, without a decorator."""
        from .retriever import make_retriever

        return self.registry.register(make_retriever(name, fn, options))

    @overload
    def indexer(self, fn: IndexerFunction, /) -> IndexerAction: ...
    @overload
    def indexer(
        self, name: str | None = None, /, **options: Unpack[IndexerOptions]
    ) -> Callable[[IndexerFunction], IndexerAction]: ...
    @overload
    def indexer(
        self, /, *, name: str, **options: Unpack[IndexerOptions]
    ) -> Callable[[IndexerFunction], IndexerAction]: ...
    def indexer(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make an indexer of a function, which takes an `IndexerRequest` and keeps its documents.

        Raises:
          TypeError: if the function cannot be an indexer.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .retriever import make_indexer

        return decorated(self.registry, make_indexer, given, name, options)

    def define_indexer(self, name: str, fn: IndexerFunction, **options: Unpack[IndexerOptions]) -> IndexerAction:
        """Do what `indexer` does, without a decorator."""
        from .retriever import make_indexer

        return self.registry.register(make_indexer(name, fn, options))

    @overload
    def reranker(self, fn: RerankerFunction, /) -> RerankerAction: ...
    @overload
    def reranker(
        self, name: str | None = None, /, **options: Unpack[RetrieverOptions]
    ) -> Callable[[RerankerFunction], RerankerAction]: ...
    @overload
    def reranker(
        self, /, *, name: str, **options: Unpack[RetrieverOptions]
    ) -> Callable[[RerankerFunction], RerankerAction]: ...
    def reranker(self, given: Any = None, /, *, name: str | None = None, **options: Any) -> Any:
        """Make a reranker of a function, which takes a `RerankerRequest` and returns a `RerankerResponse`.

        Raises:
          TypeError: if the function cannot be a reranker.
          ValueError: if an option has a value that cannot work, or the name is taken.
        """
        from .decorating import decorated
        from .retriever import make_reranker

        return decorated(self.registry, make_reranker, given, name, options)

    def define_reranker(self, name: str, fn: RerankerFunction, **options: Unpack[RetrieverOptions]) -> RerankerAction:
        """Do what `reranker` does, without a decorator."""
        from .retriever import make_reranker

        return self.registry.register(make_reranker(name, fn, options))
