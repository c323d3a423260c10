"""Evaluators: what scores the outputs of a flow or a model."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Required, TypeAlias, Unpack
from uuid import uuid4

import attrs

from .._core import (
    Action,
    ActionOptions,
    Around,
    Body,
    Registry,
    Run,
    RunContext,
    description_of,
    run_all,
    run_in_span,
    takes_context,
)
from .._tracing import Span, current_span
from .._wire import ActionKey, JsonValue, PublicError, Status
from .declaring import SchemaLike, core_options, schema_of, signature_of
from .evaluation import BaseDataPoint, EvalFnResponse, EvalRequest, Score

KIND: Final = "evaluator"

EvaluatorAction: TypeAlias = Action[EvalRequest, list[EvalFnResponse], Any]
_Scored: TypeAlias = EvalFnResponse | Score | list[Score]
EvaluatorFunction: TypeAlias = (
    Callable[[BaseDataPoint], Awaitable[_Scored] | _Scored]
    | Callable[[BaseDataPoint, Any], Awaitable[_Scored] | _Scored]
)
"""What an evaluator is made of: it takes a test case, and the options or the run context."""
BatchEvaluatorFunction: TypeAlias = (
    Callable[[EvalRequest], Awaitable[list[EvalFnResponse]] | list[EvalFnResponse]]
    | Callable[[EvalRequest, RunContext[Any]], Awaitable[list[EvalFnResponse]] | list[EvalFnResponse]]
)
"""What a batch evaluator is made of."""


class EvaluatorOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.evaluator``; those that tools show to people are required."""

    display_name: Required[str]
    """What people call it."""
    definition: Required[str]
    """What it measures."""
    is_billed: bool
    """Whether scoring costs money: tools then ask first."""
    config_schema: SchemaLike
    """The type of its options, or their JSON Schema."""


@attrs.frozen
class EvaluatorRef:
    """An evaluator by its name, with options for it: what ``evaluator=`` takes beside a name.

    Attributes:
      name: the name.
      config: options that go with every request, below those of the call.
    """

    name: str
    config: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True)


EvaluatorLike: TypeAlias = str | EvaluatorRef | EvaluatorAction
"""How a call names its evaluator: by name, by reference, or the evaluator itself."""


def evaluator(name: str, fn: EvaluatorFunction, **options: Unpack[EvaluatorOptions]) -> EvaluatorAction:
    """Make an evaluator that is not registered.

    Each test case is scored by itself, those of one batch at once. One that cannot be scored says so in its answer.

    Args:
      name: its name.
      fn: takes a `BaseDataPoint`, and the options if it wants them; returns an `EvalFnResponse`, or its score.
      options: those of `EvaluatorOptions`.

    Raises:
      TypeError: if the function cannot be an evaluator.
      ValueError: if an option has a value that cannot work.
    """
    return make_evaluator(name, fn, options)


def batch_evaluator(name: str, fn: BatchEvaluatorFunction, **options: Unpack[EvaluatorOptions]) -> EvaluatorAction:
    """Make an evaluator that is not registered and scores all test cases of a request in one call.

    Args:
      name: its name.
      fn: takes an `EvalRequest` and returns an `EvalFnResponse` for each of its test cases.
      options: those of `EvaluatorOptions`.

    Raises:
      TypeError: if the function cannot be an evaluator.
      ValueError: if an option has a value that cannot work.
    """
    return make_batch_evaluator(name, fn, options)


def make_evaluator(name: str, fn: Callable[..., Any], options: EvaluatorOptions) -> EvaluatorAction:
    """Make an evaluator of *fn*, which scores one test case."""
    paired = _takes_options(fn)
    return _make(name, fn, _paired(fn) if paired else fn, options, _EachCase(paired))


def make_batch_evaluator(name: str, fn: Callable[..., Any], options: EvaluatorOptions) -> EvaluatorAction:
    """Make an evaluator of *fn*, which scores all test cases of a request."""
    return _make(name, fn, fn, options, None)


async def evaluate(
    registry: Registry,
    *,
    evaluator: EvaluatorLike,
    dataset: Sequence[BaseDataPoint],
    options: Mapping[str, Any] | None = None,
    eval_run_id: str | None = None,
) -> list[EvalFnResponse]:
    """Return how *evaluator* scores the test cases of *dataset*.

    Args:
      registry: where the evaluator is looked up.
      evaluator: its name, a reference, or the evaluator.
      dataset: the test cases; those without an id get one.
      options: those of the evaluator, over those of a reference.
      eval_run_id: tells this evaluation from others in traces; by default a new one.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    action, merged = await _resolve(registry, evaluator, options)
    request = EvalRequest(dataset=list(dataset), options=merged, eval_run_id=eval_run_id or str(uuid4()))
    return await action(request)


@attrs.frozen
class _EachCase:
    """Calls the function for each test case: batches in turn, those of a batch at once."""

    paired: bool
    """Whether the function takes the options too."""

    async def __call__(self, body: Body, run: Run, request: EvalRequest) -> list[EvalFnResponse]:
        size = max(1, int(request.batch_size or 1))
        cases = [
            each if each.test_case_id else attrs.evolve(each, test_case_id=str(uuid4())) for each in request.dataset
        ]
        answers: list[EvalFnResponse] = []
        for start in range(0, len(cases), size):
            score = partial(self._answer, body, run, request)
            thunks = [partial(score, start + place, case) for place, case in enumerate(cases[start : start + size])]
            if len(thunks) == 1:
                answers.append(await thunks[0]())
            else:
                span = _span(f"Batch {start // size}", request)
                answers += await run_in_span(span, partial(run_all, *thunks))
        return answers

    async def _answer(
        self, body: Body, run: Run, request: EvalRequest, index: int, case: BaseDataPoint
    ) -> EvalFnResponse:
        span = _span(f"Test Case {case.test_case_id}", request)
        try:
            scored = await run_in_span(span, partial(self._score, body, run, request.options), case)
        except Exception as exc:
            error = f"Evaluation of test case {case.test_case_id} failed: \n{exc}"
            scored = EvalFnResponse(test_case_id=str(case.test_case_id), evaluation=Score(error=error))
        return attrs.evolve(scored, sample_index=index, trace_id=span.trace_id, span_id=span.span_id)

    async def _score(self, body: Body, run: Run, options: object, case: BaseDataPoint) -> EvalFnResponse:
        scored: _Scored = await body(run, (case, options) if self.paired else case)
        if isinstance(scored, EvalFnResponse):
            return scored
        return EvalFnResponse(test_case_id=str(case.test_case_id), evaluation=scored)


def _span(name: str, request: EvalRequest) -> Span:
    span = Span(name, "util", "", current_span.get())
    span.set_attribute("genkit:metadata:evaluator:evalRunId", request.eval_run_id or "")
    return span


def _make(
    name: str, fn: Callable[..., Any], called: Callable[..., Any], options: EvaluatorOptions, around: Around | None
) -> EvaluatorAction:
    key = ActionKey(KIND, name)
    declared = core_options(options, EvaluatorOptions, _metadata(key, options), description_of(fn))
    return Action(
        KIND,
        name,
        called,
        declared,
        signature=signature_of(key, called, EvalRequest, list[EvalFnResponse]),
        around=around,
    )


def _metadata(key: ActionKey, options: EvaluatorOptions) -> dict[str, JsonValue]:
    missing = {"display_name", "definition"} - options.keys()
    if missing:
        raise TypeError(f"{key} needs display_name= and definition=: what people call it, and what it measures")
    described: dict[str, JsonValue] = {
        "evaluatorIsBilled": options.get("is_billed", False),
        "evaluatorDisplayName": options["display_name"],
        "evaluatorDefinition": options["definition"],
    }
    if "config_schema" in options:
        described["customOptions"] = dict(schema_of(options["config_schema"]))
    return {"type": KIND, KIND: described}


def _takes_options(fn: Callable[..., Any]) -> bool:
    """Tell whether the second parameter of *fn* is for the options of a request."""
    return len(inspect.signature(fn).parameters) == 2 and not takes_context(fn)


def _paired(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return *fn* as a function of one argument, a pair of what it takes."""
    if inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(getattr(fn, "__call__", None)):  # noqa: B004  # what it is, is read

        async def score(pair: Any) -> Any:
            return await fn(*pair)

        return score

    def score_in_thread(pair: Any) -> Any:
        return fn(*pair)

    return score_in_thread


async def _resolve(
    registry: Registry, evaluator: EvaluatorLike, options: Mapping[str, Any] | None
) -> tuple[EvaluatorAction, Mapping[str, Any] | None]:
    """Return the evaluator, and the options for it."""
    if isinstance(evaluator, Action):
        return evaluator, options
    ref = EvaluatorRef(evaluator) if isinstance(evaluator, str) else evaluator
    action = await registry.find(ActionKey(KIND, ref.name))
    if action is None:
        raise PublicError(Status.NOT_FOUND, f"evaluator {ref.name!r} not found")
    return action, {**(ref.config or {}), **(options or {})} or None
