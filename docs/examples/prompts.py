"""Prompts: one in the program, others in files."""

from pathlib import Path

import attrs
import trio

from genkit_trio import Genkit
from genkit_trio.testing import echo_model

# Stands where a real model would: it says what it was asked.
ai = Genkit(model="echo", prompt_dir=Path(__file__).with_name("prompts"))
ai.register(echo_model())


@attrs.frozen
class Trip:
    """Where someone wants to go."""

    town: str
    days: int = 1


plan = ai.define_prompt("plan", input_schema=Trip, prompt="Plan a trip to {{town}}, days: {{days}}.")
welcome = ai.prompt("welcome")


async def main() -> None:
    print((await plan(Trip("Oslo"))).text)
    print((await plan({"town": "Bergen", "days": 3})).text)

    response = await welcome({"name": "Ada"}, context={"auth": {"member": True}})
    print(response.text.strip())
    rendered = await welcome.render({"name": "Bob", "piers": ["North", "South"]})
    for message in rendered.messages:
        print(message.role.value, "|", message.text.strip())
    print((await ai.prompt("welcome", variant="short")({"name": "Cleo"})).text)


trio.run(main)
