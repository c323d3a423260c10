"""What may be given to the values of the AI layer, and what is read off them."""

from typing import Any, assert_type

import attrs

from genkit_trio._ai import (
    Document,
    FinishReason,
    GeneratedChunk,
    Message,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    Part,
    Role,
    ToolChoice,
)


@attrs.frozen
class City:
    name: str


@attrs.frozen
class Config:
    temperature: float = 1.0


def messages() -> None:
    """Write content the short way, read it the long way."""
    message = Message("user", "hi", metadata={"purpose": "test"})
    assert_type(message.role, Role)
    assert_type(message.content, list[Part])
    Message(Role.MODEL, [Part("a"), "b", Part.from_media("data:,")])
    Message("robot", "hi")  # type: ignore[arg-type]  # because there is no such role  # pyright: ignore[reportArgumentType]  # because there is no such role
    Message("user", 3)  # type: ignore[arg-type]  # because numbers are no parts  # pyright: ignore[reportArgumentType]  # because numbers are no parts
    Message("user")  # type: ignore[call-arg]  # because something is to be said  # pyright: ignore[reportCallIssue]  # because something is to be said
    Part("a", "b")  # type: ignore[call-arg, arg-type]  # because only text has a place  # pyright: ignore[reportCallIssue]  # because only text has a place
    message.metadata = None  # type: ignore[misc]  # because values are frozen  # pyright: ignore[reportAttributeAccessIssue]  # because values are frozen
    assert_type(Document("a", {"page": 1}).text, str)
    assert_type(message.tool_requests, list[Part])


def requests() -> None:
    """Say what the config is, or leave it open."""
    open_request = ModelRequest(messages=[], tool_choice=ToolChoice.AUTO)
    assert_type(open_request.tool_choice, ToolChoice | None)
    request: ModelRequest[Config] = ModelRequest(messages=[], config=Config())
    assert_type(request.config, Config | None)


def responses() -> None:
    """Read the output as what the parser makes."""

    def parse(message: Message) -> City:
        return City(message.text)

    response = ModelResponse(message=Message("model", "Rome"), parser=parse)
    assert_type(response.output, City)
    assert_type(response.finish_reason, FinishReason | str | None)
    plain: ModelResponse = ModelResponse(message=Message("model", "{}"))
    assert_type(plain.output, Any)
    assert_type(ModelResponseChunk("a").text, str)
    assert_type(GeneratedChunk("a").accumulated_text, str)
