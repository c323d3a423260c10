"""What ``generate`` and its siblings give, and what they refuse."""

import enum
from typing import Any, assert_type

import attrs

from genkit_trio import Genkit
from genkit_trio._ai import GeneratedChunk, Message, ModelResponse, Operation, Part, Role, model_ref

ai = Genkit(model="vendor/small")


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen
class Recipe:
    title: str


async def outputs() -> None:
    """The type of the output is that of the schema."""
    assert_type(await ai.generate(prompt="hi"), ModelResponse[Any])
    assert_type((await ai.generate(prompt="hi", output_schema=Recipe)).output, Recipe)
    assert_type((await ai.generate(prompt="hi", output_schema=list[int])).output, list[int])
    assert_type((await ai.generate(prompt="hi", output_schema=Colour)).output, Colour)
    assert_type(await ai.generate(prompt="hi", output_schema={"type": "object"}), ModelResponse[Any])
    assert_type(await ai.generate(prompt="hi", output_schema="Recipe"), ModelResponse[Any])
    await ai.generate(prompt="hi", output_schema=int | None)


async def streams() -> None:
    """A stream has chunks, and the response of the same type."""
    async with ai.generate_stream(prompt="hi", output_schema=Recipe) as stream:
        async for chunk in stream:
            assert_type(chunk, GeneratedChunk)
        assert_type(await stream.output(), ModelResponse[Recipe])
    async with ai.generate_stream(prompt="hi") as plain:
        assert_type(await plain.output(), ModelResponse[Any])


async def options() -> None:
    """The options are the same for all."""
    await ai.generate(
        model=model_ref("vendor/large", version="2"),
        system="Be kind.",
        prompt=["see", Part.from_media("data:,x")],
        messages=[Message(Role.USER, "hi")],
        tools=["search"],
        tool_choice="auto",
        max_turns=3,
        context={"auth": None},
    )
    assert_type(await ai.generate_operation(model="vendor/film", prompt="a tree"), Operation)
    await ai.generate(prompt=3)  # type: ignore[call-overload]  # because it is text or parts  # pyright: ignore[reportArgumentType]  # because it is text or parts
    await ai.generate("hi")  # type: ignore[call-overload]  # because all is given by name  # pyright: ignore[reportCallIssue]  # because all is given by name
    await ai.generate(prompt="hi", warmth=1)  # type: ignore[call-overload]  # because there is no such option  # pyright: ignore[reportCallIssue]  # because there is no such option
