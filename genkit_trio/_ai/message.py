"""Messages: what is said to a model, and what it says."""

import enum
from typing import Literal

import attrs

from .._wire import JsonValue
from .part import Media, Part, parts_of, reasoning_of_parts, text_of_parts
from .value import Metadata, WireValue


class Role(enum.StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    MODEL = "model"
    TOOL = "tool"


def role_of(role: Role | Literal["system", "user", "model", "tool"]) -> Role:
    """Give the role of this name."""
    return role if type(role) is Role else Role(role)


@attrs.frozen(repr=False)
class Message(WireValue):
    """What one side of a conversation says at a time.

    The content may be given as text, one part, or several of both.
    """

    role: Role = attrs.field(converter=role_of)
    content: list[Part] = attrs.field(converter=parts_of)
    metadata: Metadata | None = attrs.field(default=None, kw_only=True)

    @property
    def text(self) -> str:
        """The text of all text parts, joined."""
        return text_of_parts(self.content)

    @property
    def reasoning(self) -> str:
        """The reasoning of all parts, joined."""
        return reasoning_of_parts(self.content)

    @property
    def media(self) -> list[Media]:
        """What is in the media parts."""
        return [part.media for part in self.content if part.media is not None]

    @property
    def data(self) -> JsonValue:
        """What is in the first data part; None when there is none."""
        return next((part.data for part in self.content if part.data is not None), None)

    @property
    def tool_requests(self) -> list[Part]:
        """The parts that ask for a tool."""
        return [part for part in self.content if part.tool_request is not None]

    @property
    def tool_responses(self) -> list[Part]:
        """The parts that hold a tool's answer."""
        return [part for part in self.content if part.tool_response is not None]

    @property
    def interrupts(self) -> list[Part]:
        """The tool requests that wait for a human."""
        return [part for part in self.content if part.is_interrupt]
