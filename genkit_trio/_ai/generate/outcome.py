"""What a generation returns: the model's answer, what was interrupted, or what was reached when it failed."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import attrs

from ..._core import status_of
from ..._wire import GenkitError, PublicError, Status
from ..error_data import ErrorData
from ..format.output import OutputParser
from ..message import Message
from ..request import ModelRequest, OutputConfig
from ..response import FinishReason, GenerationUsage, ModelResponse
from ..value import is_mapping

logger = logging.getLogger("genkit_trio")

MAX_TURNS_EXCEEDED: Final = "MAX_TURNS_EXCEEDED"
_ABNORMAL: Final = frozenset(("blocked", "aborted", "failed", "interrupted", "other"))
"""The reasons to stop after which an output that does not fit is no further error."""


def response_of(answer: ModelResponse, request: ModelRequest, parser: OutputParser[Any] | None) -> ModelResponse:
    """Return *answer*, a model's, with what a response has beside it: the request, and how the output is read."""
    message = answer.message
    if message is not None and request.output is not None:
        message = _marked(message, request.output)
    return attrs.evolve(
        answer,
        message=message,
        usage=answer.usage or GenerationUsage(),
        custom={} if answer.custom is None else answer.custom,
        request=request,
        parser=None if parser is None else parser.parse,
    )


def checked(response: ModelResponse, parser: OutputParser[Any] | None) -> ModelResponse:
    """Return *response*, the last one, with an error if its output is not what was asked for."""
    if parser is None or response.message is None or response.error is not None or response.finish_reason in _ABNORMAL:
        return response
    try:
        value = parser.parse(response.message)
    except GenkitError as exc:
        return attrs.evolve(response, error=_error_data(exc, exc.message, None), exception=exc)
    return attrs.evolve(response, parser=_Parsed(response.message, value, parser))


def interrupted(response: ModelResponse, message: Message) -> ModelResponse:
    """Return *response* of a turn in which tools were interrupted; *message* has what became of each request."""
    return attrs.evolve(
        response,
        message=message,
        finish_reason=FinishReason.INTERRUPTED,
        finish_message="One or more tool calls resulted in interrupts.",
    )


def failed(answer: ModelResponse | None, request: ModelRequest, exc: Exception, reason: str | None) -> ModelResponse:
    """Return the response of a generation that *exc* has ended after a model had answered.

    Args:
      answer: what the model has said in the turn that failed, if it has; its cost is kept, its message is not.
      request: the request of that turn: its messages can be sent again.
      exc: the failure.
      reason: what kind of failure it is, for programs.
    """
    message = exc.message if isinstance(exc, GenkitError) else status_of(exc).sentence
    stopped = status_of(exc) is Status.CANCELLED or _details_of(exc).get("reason") == MAX_TURNS_EXCEEDED
    if not isinstance(exc, PublicError):
        # Whoever reads only the response is told a sentence.
        logger.warning("a generation failed after its model had answered: %s", message, exc_info=exc)
    base = ModelResponse() if answer is None else answer
    return attrs.evolve(
        base,
        message=None,
        finish_reason=FinishReason.ABORTED if stopped else FinishReason.FAILED,
        finish_message=message,
        error=_error_data(exc, message, reason),
        exception=exc,
        usage=base.usage or GenerationUsage(),
        custom={} if base.custom is None else base.custom,
        request=request,
        parser=None,
    )


class _Parsed:
    """The output of one message, which was read when it was checked."""

    __slots__ = ("_message", "_parser", "_value")

    def __init__(self, message: Message, value: Any, parser: OutputParser[Any]) -> None:
        self._message: Final = message
        self._value: Final = value
        self._parser: Final[OutputParser[Any]] = parser

    def __call__(self, message: Message) -> Any:
        return self._value if message is self._message else self._parser.parse(message)


def _marked(message: Message, output: OutputConfig) -> Message:
    """Return *message* with its format in the metadata, where tools look for it."""
    form: dict[str, Any] = {}
    if output.content_type is not None:
        form["contentType"] = output.content_type
    if output.format is not None:
        form["format"] = output.format
    if not form:
        return message
    metadata = message.metadata or {}
    marks: object = metadata.get("generate")
    form = {"output": form}
    return attrs.evolve(message, metadata={**metadata, "generate": {**marks, **form} if is_mapping(marks) else form})


def _error_data(exc: Exception, message: str, reason: str | None) -> ErrorData:
    details = _details_of(exc)
    if reason is not None:
        details = {**details, "reason": reason}
    return ErrorData(status=status_of(exc).name, message=message, details=details or None)


def _details_of(exc: Exception) -> Mapping[str, Any]:
    details = exc.details if isinstance(exc, GenkitError) else None
    return details if is_mapping(details) else {}
