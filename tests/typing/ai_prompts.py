"""What prompts are typed as: by the types of their input and output, or as anything."""

from typing import Any, assert_type

import attrs

from genkit_trio import Genkit
from genkit_trio._ai import (
    ExecutablePrompt,
    GenerateActionOptions,
    HelperOptions,
    Message,
    ModelResponse,
    Role,
)


@attrs.frozen
class Dish:
    """What is asked for."""

    name: str


@attrs.frozen
class Recipe:
    """What is answered."""

    title: str


ai = Genkit()


def defined() -> None:
    """The schemas are types, or something that says nothing to a type checker."""
    assert_type(
        ai.define_prompt("a", prompt="x", input_schema=Dish, output_schema=Recipe), ExecutablePrompt[Dish, Recipe]
    )
    assert_type(ai.define_prompt("a", prompt="x", input_schema=Dish), ExecutablePrompt[Dish, Any])
    assert_type(
        ai.define_prompt("a", prompt="x", output_schema=list[Recipe], input_schema={"type": "object"}),
        ExecutablePrompt[Any, list[Recipe]],
    )
    assert_type(ai.define_prompt("a", messages=[Message(Role.USER, "x")]), ExecutablePrompt[Any, Any])
    assert_type(ai.define_prompt("a", system="x", input_schema="Dish"), ExecutablePrompt[Any, Any])
    ai.define_prompt("a", model="m", config={"temperature": 1}, max_turns=3, tool_choice="auto", output_format="json")
    ai.define_prompt("a", text="x")  # type: ignore[call-overload]  # because there is no such option  # pyright: ignore[reportCallIssue]  # because there is no such option


def looked_up() -> None:
    """As it is defined."""
    assert_type(ai.prompt("a", input_schema=Dish, output_schema=Recipe), ExecutablePrompt[Dish, Recipe])
    assert_type(ai.prompt("a", variant="b", input_schema=Dish), ExecutablePrompt[Dish, Any])
    assert_type(ai.prompt("a", output_schema=Recipe), ExecutablePrompt[Any, Recipe])
    assert_type(ai.prompt("a"), ExecutablePrompt[Any, Any])


async def called() -> None:
    """The output is that of the response."""
    suggest = ai.prompt("suggest", input_schema=Dish, output_schema=Recipe)
    assert_type(await suggest(Dish("soup")), ModelResponse[Recipe])
    assert_type((await suggest({"name": "soup"}, config={"a": 1}, messages=[])).output, Recipe)
    assert_type(await suggest.render(Dish("soup")), GenerateActionOptions)
    async with suggest.stream(Dish("soup"), max_turns=1) as stream:
        async for chunk in stream:
            assert_type(chunk.text, str)
        assert_type((await stream.output()).output, Recipe)
    await suggest(Recipe("soup"))  # type: ignore[arg-type]  # because it is no dish  # pyright: ignore[reportArgumentType]  # because it is no dish
    await suggest(Dish("soup"), prompt="x")  # type: ignore[call-arg]  # because the prompt has one  # pyright: ignore[reportCallIssue]  # because the prompt has one
    async for _ in suggest.stream(Dish("soup")):  # type: ignore[attr-defined]  # because it is a context manager  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]  # because it is a context manager
        pass


def helper() -> None:
    """A helper may say what it takes."""

    def shout(args: list[Any], options: HelperOptions) -> str:
        return str(args[0]).upper() + options.fn() + str(options.hash.get("x"))

    ai.define_helper("shout", shout)
    ai.define_helper("whisper", lambda args, options: args[0].lower())
    ai.define_partial("card", "{{name}}")
    ai.load_prompts("prompts", namespace="acme")
