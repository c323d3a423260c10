"""Evaluation: test cases and how they are scored."""

import enum
from typing import Any

import attrs

from .value import Number, WireValue


class EvalStatusEnum(enum.StrEnum):
    """Whether a case has passed."""

    UNKNOWN = "UNKNOWN"
    PASS = "PASS"
    FAIL = "FAIL"


@attrs.frozen(kw_only=True, repr=False)
class BaseDataPoint(WireValue):
    """One test case: what went in, what came out, and what should have.

    Attributes:
      context: what the answer was based on.
      reference: the answer that would be right.
      trace_ids: where the runs are recorded.
    """

    input: Any = None
    output: Any = None
    context: list[Any] | None = None
    reference: Any = None
    test_case_id: str | None = None
    trace_ids: list[str] | None = None


@attrs.frozen(kw_only=True, repr=False)
class EvalRequest(WireValue):
    """What an evaluator is asked."""

    dataset: list[BaseDataPoint]
    eval_run_id: str | None = None
    options: Any = None
    batch_size: Number | None = None


@attrs.frozen(kw_only=True, repr=False)
class Details(WireValue):
    """Why a case has its score."""

    reasoning: str | None = None


@attrs.frozen(kw_only=True, repr=False)
class Score(WireValue):
    """How good an output is.

    Attributes:
      id: tells the scores of one case apart.
      error: why there is no score.
    """

    id: str | None = None
    score: Number | str | bool | None = None
    status: EvalStatusEnum | str | None = None
    error: str | None = None
    details: Details | None = None


@attrs.frozen(kw_only=True, repr=False)
class EvalFnResponse(WireValue):
    """The score or scores of one case."""

    test_case_id: str
    evaluation: Score | list[Score]
    sample_index: Number | None = None
    trace_id: str | None = None
    span_id: str | None = None
