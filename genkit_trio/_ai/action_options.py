"""The input of ``/util/generate``: a request that names its model and tools."""

from collections.abc import Mapping
from typing import Any

import attrs

from .._wire import JsonValue
from .document import Document
from .message import Message
from .part import Part
from .request import ToolChoice
from .value import Metadata, Number, WireValue


@attrs.frozen(kw_only=True, repr=False)
class GenerateOutput(WireValue):
    """What form the answer shall have.

    Attributes:
      instructions: text for the model; True for the format's own, False for none.
    """

    format: str | None = None
    content_type: str | None = None
    instructions: bool | str | None = None
    json_schema: Mapping[str, JsonValue] | None = None
    constrained: bool | None = None


@attrs.frozen(kw_only=True, repr=False)
class Resume(WireValue):
    """How interrupted tool requests go on.

    Attributes:
      respond: tool responses to take as they are.
      restart: tool requests to run again.
      metadata: what the responses are marked with.
    """

    respond: list[Part] | None = None
    restart: list[Part] | None = None
    metadata: Metadata | None = None


@attrs.frozen(repr=False)
class MiddlewareRef(WireValue):
    """A middleware by its name, with its settings."""

    name: str
    config: Any = None


@attrs.frozen(kw_only=True, repr=False)
class GenerateActionOptions(WireValue):
    """A request to generate.

    Attributes:
      model: the name of a model; None for the default one.
      tools: names or keys of tools.
      return_tool_requests: give the model's tool requests back instead of running them.
      max_turns: how often tools may be run before the model must have answered.
      step_name: what the trace calls it.
    """

    messages: list[Message]
    model: str | None = None
    docs: list[Document] | None = None
    tools: list[str] | None = None
    resources: list[str] | None = None
    tool_choice: ToolChoice | None = None
    config: Any = None
    output: GenerateOutput | None = None
    resume: Resume | None = None
    return_tool_requests: bool | None = None
    max_turns: Number | None = None
    step_name: str | None = None
    use: list[MiddlewareRef] | None = None
