"""What a model answers."""

import enum
import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic

import attrs
from typing_extensions import TypeVar

from .._wire import GenkitError, InvalidJson, Status, json_in
from .error_data import ErrorData
from .message import Message
from .operation import Operation
from .part import Media, Part
from .request import ModelRequest
from .value import Number, WireValue

OutputT = TypeVar("OutputT", default=Any)


class FinishReason(enum.StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    BLOCKED = "blocked"
    ABORTED = "aborted"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    OTHER = "other"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True, repr=False)
class GenerationUsage(WireValue):
    """What an answer cost."""

    input_tokens: Number | None = None
    output_tokens: Number | None = None
    total_tokens: Number | None = None
    input_characters: Number | None = None
    output_characters: Number | None = None
    input_images: Number | None = None
    output_images: Number | None = None
    input_videos: Number | None = None
    output_videos: Number | None = None
    input_audio_files: Number | None = None
    output_audio_files: Number | None = None
    thoughts_tokens: Number | None = None
    cached_content_tokens: Number | None = None
    custom: Mapping[str, Any] | None = None


@attrs.frozen(kw_only=True, repr=False)
class ModelResponse(WireValue, Generic[OutputT]):
    """What a model answered.

    Attributes:
      message: what it said; None if it failed before it said anything.
      finish_reason: why it stopped; text for a reason that this version does not know.
      error: why it failed, for an answer that holds the conversation up to there.
      request: the last request that led to the answer.
      operation: the work that a background model started.
      output: the answer as a value of the type that was asked for; made when it is first read. Where no form was
        asked for, it is the data part, or the JSON that is in the text. Without a message, or with one that does not
        fit the type, reading it raises `GenkitError`.
      parser: what makes the output of the message; not on the wire.
      exception: what the error was in this process; not on the wire.
    """

    message: Message | None = None
    finish_reason: FinishReason | str | None = None
    finish_message: str | None = None
    error: ErrorData | None = None
    latency_ms: Number | None = None
    usage: GenerationUsage | None = None
    custom: Any = None
    raw: Any = None
    request: ModelRequest | None = None
    operation: Operation | None = None
    parser: Callable[[Message], OutputT] | None = attrs.field(
        default=None, repr=False, eq=False, metadata={"wire": False}
    )
    exception: Exception | None = attrs.field(default=None, repr=False, eq=False, metadata={"wire": False})

    @property
    def text(self) -> str:
        """The text of the message; empty when there is none."""
        return self.message.text if self.message else ""

    @property
    def reasoning(self) -> str:
        """The reasoning in the message."""
        return self.message.reasoning if self.message else ""

    @functools.cached_property
    def output(self) -> OutputT:
        """The answer as a value of the type that was asked for; made when it is first read.

        Where no form was asked for, it is the data part, or the JSON that is in the text.

        Raises:
          GenkitError: if there is no message, or it does not fit the type.
        """
        if self.message is None:
            raise self._error_without_message() from self.exception
        output: OutputT = (self.parser or _json_in)(self.message)
        return output

    @property
    def messages(self) -> list[Message]:
        """The conversation: those of the request, then this one."""
        asked = self.request.messages if self.request else []
        return [*asked, self.message] if self.message else list(asked)

    @property
    def media(self) -> list[Media]:
        """What is in the media parts of the message."""
        return self.message.media if self.message else []

    @property
    def tool_requests(self) -> list[Part]:
        """The parts of the message that ask for a tool."""
        return self.message.tool_requests if self.message else []

    @property
    def interrupts(self) -> list[Part]:
        """The tool requests that wait for a human."""
        return self.message.interrupts if self.message else []

    def _error_without_message(self) -> GenkitError:
        if self.error is not None:
            return self.error.to_exception()
        reason = self.finish_message or self.finish_reason or "it has no message"
        return GenkitError(Status.FAILED_PRECONDITION, f"the response has no output: {reason}")


def _json_in(message: Message) -> Any:
    if message.data is not None:
        return message.data
    try:
        return json_in(message.text)
    except InvalidJson as exc:
        raise GenkitError(Status.INTERNAL, f"the answer is not JSON: {exc}") from exc
