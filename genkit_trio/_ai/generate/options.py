"""What a call of ``generate`` may say."""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Literal, TypeAlias, TypedDict

from ..._core import Context
from ..._wire import Codec, JsonValue
from ..document import Document
from ..message import Message
from ..middleware.resolve import Use
from ..model_lookup import ModelLike
from ..part import Content, Part
from ..request import ToolChoice
from ..resource import Resource
from ..tool import Tool

OutputSchema: TypeAlias = Mapping[str, JsonValue] | Codec[Any] | UnionType | str
"""What ``output_schema=`` takes beside a type: a JSON Schema, a codec, a union, the name of a defined schema."""

ToolChoiceLike: TypeAlias = ToolChoice | Literal["auto", "required", "none"]


class SharedOptions(TypedDict, total=False):
    """What a prompt may declare, and a call may say."""

    model: ModelLike
    """The model, by name, reference or itself; the default model if left out."""
    config: Any
    """Settings for the model: what it declares, or a mapping."""
    tools: Sequence[str | Tool]
    """What the model may ask for: tools, their names, or ``provider:tool/*``."""
    resources: Sequence[str | Resource]
    """What ``resource`` parts are looked up in first."""
    tool_choice: ToolChoiceLike
    """Whether the model may, must or must not ask for tools."""
    return_tool_requests: bool
    """Whether the model's tool requests are returned instead of being run."""
    max_turns: int
    """How often tools may be run before the model must have answered; 5 by default."""
    max_parallel_tools: int
    """How many tools of one turn may run at once; all of them by default."""
    use: Sequence[Use]
    """Middleware, the first is the outermost."""
    docs: Sequence[Document]
    """What the answer is to be based on."""
    output_format: str
    """``text``, ``json``, ``array``, ``enum``, ``jsonl``, or one of your own; ``json`` where there is a schema."""
    output_content_type: str
    """The media type of the output, where it is not that of the format."""
    output_instructions: bool | str
    """What the model is told about the format: text, true for the format's own, false for nothing."""
    output_constrained: bool
    """Whether the model itself is to keep to the schema."""


class PromptGenerateOptions(SharedOptions, total=False):
    """What a call of a prompt may say besides its input."""

    messages: Sequence[Message]
    """The conversation so far."""
    resume_respond: Part | Sequence[Part]
    """Answers for interrupted tool requests; see `respond_to_interrupt`."""
    resume_restart: Part | Sequence[Part]
    """Interrupted tool requests to run again; see `restart_tool`."""
    resume_metadata: Mapping[str, Any]
    """What the answers are marked with."""
    context: Context
    """Who is calling; given, it replaces what is inherited from the current run."""
    step_name: str
    """What the trace calls it."""


class GenerateOptions(PromptGenerateOptions, total=False):
    """What a call of ``generate`` may say; everything may be left out."""

    prompt: Content
    """What the user says: text, a part, or several of both."""
    system: Content
    """What the model is told before everything else."""
