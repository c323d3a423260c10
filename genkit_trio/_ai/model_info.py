"""What a model says about itself."""

import enum
from collections.abc import Mapping

import attrs

from .._wire import JsonValue
from .value import Number, WireValue


class Stage(enum.StrEnum):
    """How far a model is in its life."""

    FEATURED = "featured"
    STABLE = "stable"
    UNSTABLE = "unstable"
    LEGACY = "legacy"
    DEPRECATED = "deprecated"


class Constrained(enum.StrEnum):
    """When a model can keep to a schema by itself."""

    NONE = "none"
    ALL = "all"
    NO_TOOLS = "no-tools"


@attrs.frozen(kw_only=True, repr=False)
class Supports(WireValue):
    """What a model can do."""

    multiturn: bool | None = None
    media: bool | None = None
    tools: bool | None = None
    system_role: bool | None = None
    output: list[str] | None = None
    content_type: list[str] | None = None
    context: bool | None = None
    constrained: Constrained | str | None = None
    tool_choice: bool | None = None
    long_running: bool | None = None


@attrs.frozen(kw_only=True, repr=False)
class ModelInfo(WireValue):
    """What a model says about itself, for listings and for the requests that are made to it.

    Attributes:
      config_schema: the JSON Schema of its config.
    """

    label: str | None = None
    versions: list[str] | None = None
    supports: Supports | None = None
    stage: Stage | str | None = None
    config_schema: Mapping[str, JsonValue] | None = None


@attrs.frozen(kw_only=True, repr=False)
class ModelConfig(WireValue):
    """The settings that most models have; others are kept in ``extra``."""

    version: str | None = None
    temperature: Number | None = None
    max_output_tokens: Number | None = None
    top_k: Number | None = None
    top_p: Number | None = None
    stop_sequences: list[str] | None = None
    api_key: str | None = attrs.field(default=None, repr=False)
