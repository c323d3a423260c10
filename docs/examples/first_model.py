"""A model, a tool, and a flow that asks."""

from datetime import time

import attrs
import trio

from genkit_trio import Genkit, Part
from genkit_trio.testing import scripted_model

# Stands where a real model would: it says what is written here, and needs no network.
model = scripted_model(
    Part.from_tool_request("next_departure", {"pier": "North", "after": "09:10:00"}),
    "The next ferry leaves North at 09:40.",
)
ai = Genkit()


@attrs.frozen
class Question:
    """Where someone stands, and when."""

    pier: str
    after: time


@ai.tool
async def next_departure(question: Question) -> time:
    """Look up when the next ferry leaves."""
    print("looking up", question.pier)
    return time(9, 40)


@ai.flow
async def ask(text: str) -> str:
    """Answer a passenger."""
    response = await ai.generate(
        model=model,
        system="You are at the ticket office. Be brief.",
        prompt=text,
        tools=[next_departure],
    )
    return response.text


async def main() -> None:
    print(await ask("I am at the north pier and it is ten past nine. When do I get away?"))

    told, after_the_tool = model.requests
    print([tool.name for tool in told.tools or ()])
    print([message.role.value for message in after_the_tool.messages])


trio.run(main)
