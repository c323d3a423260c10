"""A chat: two tools at once, an answer in pieces, and a question that goes on from there."""

import trio

from genkit_trio import Genkit, Message, Part, Role
from genkit_trio.testing import ScriptedAnswer, scripted_model

ai = Genkit()

# Stands where a real model would, and needs no network.
model = scripted_model(
    [
        Part.from_tool_request("departures", "North", ref="1"),
        Part.from_tool_request("departures", "South", ref="2"),
    ],
    ScriptedAnswer(chunks=["The first one ", "is at 09:15, ", "from South."]),
    ScriptedAnswer(chunks=["It takes ", "ten minutes."]),
)


@ai.tool
async def departures(pier: str) -> list[str]:
    """List the departures of today from a pier."""
    timetable = {"North": ["09:40", "11:00"], "South": ["09:15"]}
    return timetable[pier]


async def answer(messages: list[Message], question: str) -> list[Message]:
    """Print an answer while it comes, and return the conversation up to it."""
    print("you:", question)
    async with ai.generate_stream(model=model, messages=messages, prompt=question, tools=["departures"]) as stream:
        async for chunk in stream:
            if chunk.role is Role.TOOL:
                print("tools:", [part.tool_response.output for part in chunk.content if part.tool_response])
            elif chunk.text:
                print("model:", chunk.text)
        return (await stream.output()).messages


async def main() -> None:
    messages = await answer([], "When is the first ferry?")
    messages = await answer(messages, "And how long does it take?")
    print([message.role.value for message in messages])


trio.run(main)
