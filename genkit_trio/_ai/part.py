"""Parts: what messages and documents are made of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import attrs

from .._wire import JsonValue, PublicError, Status
from .value import Metadata, WireValue

PartKind: TypeAlias = Literal[
    "text", "media", "tool_request", "tool_response", "data", "custom", "reasoning", "resource", "unknown"
]

_SEVERAL_KINDS: Final = (
    "a part has one of text, media, toolRequest, toolResponse, reasoning and resource; this one has several"
)


@attrs.frozen(repr=False)
class Media(WireValue):
    """An image, a video, a sound, a file.

    Attributes:
      url: where it is, or the content itself as a ``data:`` URL.
      content_type: its media type, such as ``image/png``.
    """

    url: str
    content_type: str | None = None


@attrs.frozen(kw_only=True, repr=False)
class ToolRequest(WireValue):
    """A model asks for a tool to be run.

    Attributes:
      name: the tool.
      ref: tells requests of one message apart; the response carries it too.
      input: the tool's input as JSON.
      partial: whether this is the part of a request that is still being streamed.
    """

    name: str
    ref: str | None = None
    input: Any = None
    partial: bool | None = None


@attrs.frozen(kw_only=True, repr=False)
class ToolResponse(WireValue):
    """What a tool answered.

    Attributes:
      name: the tool.
      ref: that of the request.
      output: the tool's output as JSON.
      content: parts for the model to look at, beside the output.
    """

    name: str
    ref: str | None = None
    output: Any = None
    content: "list[Part] | None" = None


@attrs.frozen(repr=False)
class ResourceRef(WireValue):
    """A resource that is to stand in this place, by its URI."""

    uri: str


@attrs.frozen(repr=False)
class Part(WireValue):
    """One piece of a message or document.

    It has one of the fields; `kind` tells which. ``data`` and ``custom`` may stand beside another. A part of a kind
    that this version does not know keeps everything in ``extra``.
    """

    text: str | None = None
    media: Media | None = attrs.field(default=None, kw_only=True)
    tool_request: ToolRequest | None = attrs.field(default=None, kw_only=True)
    tool_response: ToolResponse | None = attrs.field(default=None, kw_only=True)
    data: Any = attrs.field(default=None, kw_only=True)
    custom: Mapping[str, JsonValue] | None = attrs.field(default=None, kw_only=True)
    reasoning: str | None = attrs.field(default=None, kw_only=True)
    resource: ResourceRef | None = attrs.field(default=None, kw_only=True)
    metadata: Metadata | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        kinds = (
            (self.text is not None)
            + (self.media is not None)
            + (self.tool_request is not None)
            + (self.tool_response is not None)
            + (self.reasoning is not None)
            + (self.resource is not None)
        )
        if kinds > 1:
            raise PublicError(Status.INVALID_ARGUMENT, _SEVERAL_KINDS)

    @classmethod
    def from_text(cls, text: str, *, metadata: Metadata | None = None) -> "Part":
        """Make a text part."""
        return cls(text, metadata=metadata)

    @classmethod
    def from_media(cls, url: str, content_type: str | None = None, *, metadata: Metadata | None = None) -> "Part":
        """Make a media part."""
        return cls(media=Media(url, content_type), metadata=metadata)

    @classmethod
    def from_data(cls, data: JsonValue, *, metadata: Metadata | None = None) -> "Part":
        """Make a part that holds JSON."""
        # None stands for an absent key, so a null is kept beside it.
        return cls(data=data, metadata=metadata, extra={} if data is not None else {"data": None})

    @classmethod
    def from_tool_request(
        cls, name: str, input: Any = None, *, ref: str | None = None, metadata: Metadata | None = None
    ) -> "Part":
        """Make a part that asks for a tool to be run."""
        return cls(tool_request=ToolRequest(name=name, ref=ref, input=input), metadata=metadata)

    @classmethod
    def from_tool_response(
        cls, name: str, output: Any = None, *, ref: str | None = None, metadata: Metadata | None = None
    ) -> "Part":
        """Make a part that holds a tool's answer."""
        return cls(tool_response=ToolResponse(name=name, ref=ref, output=output), metadata=metadata)

    @classmethod
    def from_reasoning(cls, reasoning: str, *, metadata: Metadata | None = None) -> "Part":
        """Make a part that holds a model's thoughts."""
        return cls(reasoning=reasoning, metadata=metadata)

    @classmethod
    def from_custom(cls, custom: Mapping[str, JsonValue], *, metadata: Metadata | None = None) -> "Part":
        """Make a part that only one model understands."""
        return cls(custom=custom, metadata=metadata)

    @classmethod
    def from_resource(cls, uri: str, *, metadata: Metadata | None = None) -> "Part":
        """Make a part in whose place the content of a resource is put."""
        return cls(resource=ResourceRef(uri), metadata=metadata)

    @property
    def kind(self) -> PartKind:
        """Which of the fields the part is about; ``unknown`` for one from a newer peer."""
        if self.text is not None:
            return "text"
        for kind in _OTHER_KINDS:
            if getattr(self, kind) is not None:
                return kind
        # "{}" is a data part whose data is undefined.
        return "data" if self.data is not None or "data" in self.extra or not self.extra else "unknown"

    @property
    def is_interrupt(self) -> bool:
        """Whether it is a tool request that waits for a human."""
        return self.tool_request is not None and bool(self.metadata and self.metadata.get("interrupt"))


_OTHER_KINDS: Final[tuple[PartKind, ...]] = (
    "media", "tool_request", "tool_response", "reasoning", "resource", "custom",
)  # fmt: skip

Content: TypeAlias = str | Part | Sequence[str | Part]
"""What may be given where parts are wanted."""


def parts_of(content: Content) -> list[Part]:
    """Give the parts that *content* stands for; text stands for a text part."""
    if isinstance(content, str):
        return [Part(content)]
    if isinstance(content, Part):
        return [content]
    return [each if isinstance(each, Part) else Part(each) for each in content]


def text_of_parts(parts: Iterable[Part]) -> str:
    """Give the text of all text parts, joined."""
    return "".join([part.text for part in parts if part.text is not None])


def reasoning_of_parts(parts: Iterable[Part]) -> str:
    """Give the reasoning of all parts, joined."""
    return "".join([part.reasoning for part in parts if part.reasoning is not None])
