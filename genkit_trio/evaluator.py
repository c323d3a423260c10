"""Evaluators, for those who make them, and what they are asked and answer."""

from ._ai import BaseDataPoint as BaseDataPoint
from ._ai import Details as Details
from ._ai import EvalFnResponse as EvalFnResponse
from ._ai import EvalRequest as EvalRequest
from ._ai import EvalStatusEnum as EvalStatusEnum
from ._ai import EvaluatorAction as EvaluatorAction
from ._ai import EvaluatorOptions as EvaluatorOptions
from ._ai import EvaluatorRef as EvaluatorRef
from ._ai import Score as Score
from ._ai import new_batch_evaluator as batch_evaluator
from ._ai import new_evaluator as evaluator

__all__ = [
    "BaseDataPoint",
    "Details",
    "EvalFnResponse",
    "EvalRequest",
    "EvalStatusEnum",
    "EvaluatorAction",
    "EvaluatorOptions",
    "EvaluatorRef",
    "Score",
    "batch_evaluator",
    "evaluator",
]
