"""What a model is asked."""

import enum
from collections.abc import Mapping
from typing import Any, Generic

import attrs
from typing_extensions import TypeVar

from .._wire import JsonValue
from .document import Document
from .message import Message
from .value import Metadata, WireValue

ConfigT = TypeVar("ConfigT", default=Any)


class ToolChoice(enum.StrEnum):
    """Whether a model may, must or must not ask for tools."""

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"


@attrs.frozen(kw_only=True, repr=False)
class ToolDefinition(WireValue):
    """A tool as a model is told about it.

    Attributes:
      name: the last segment of the tool's name; the whole one is in ``metadata``.
      key: the tool's action key.
    """

    name: str
    description: str
    input_schema: Mapping[str, JsonValue] | None = None
    output_schema: Mapping[str, JsonValue] | None = None
    key: str | None = None
    metadata: Metadata | None = None


@attrs.frozen(kw_only=True, repr=False)
class OutputConfig(WireValue):
    """What form a model's answer shall have.

    Attributes:
      constrained: whether the model itself keeps to the schema.
    """

    format: str | None = None
    schema: Mapping[str, JsonValue] | None = None
    constrained: bool | None = None
    instructions: str | None = None
    content_type: str | None = None


@attrs.frozen(kw_only=True, repr=False)
class ModelRequest(WireValue, Generic[ConfigT]):
    """What a model is asked.

    Attributes:
      config: settings as the model declares them.
      docs: what the answer is to be based on.
    """

    messages: list[Message]
    config: ConfigT | None = None
    tools: list[ToolDefinition] | None = None
    tool_choice: ToolChoice | None = None
    output: OutputConfig | None = None
    docs: list[Document] | None = None
