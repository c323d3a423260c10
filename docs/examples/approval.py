"""A person decides: one tool asks whether it may, another is answered by a person."""

import attrs
import trio

from genkit_trio import FinishReason, Genkit, Interrupt, Part, ToolRunContext, respond_to_interrupt, restart_tool
from genkit_trio.testing import scripted_model

ai = Genkit()


@attrs.frozen
class Refund:
    """Money that goes back."""

    ticket: str
    euros: int


@ai.tool
async def refund(input: Refund, ctx: ToolRunContext) -> str:
    """Give the money for a ticket back."""
    if input.euros > 20 and not ctx.is_resumed():
        raise Interrupt({"question": f"{input.euros} € for {input.ticket}?"})
    print("refunded", input.euros)
    return "done"


ask_passenger = ai.define_interrupt(
    "ask_passenger", description="Ask the passenger something.", input_schema=str, output_schema=str
)

# Stands where a real model would, and needs no network.
model = scripted_model(
    [
        Part.from_tool_request("refund", {"ticket": "A7", "euros": 60}, ref="1"),
        Part.from_tool_request("ask_passenger", "Which account?", ref="2"),
    ],
    "60 € are on their way to your account.",
)


async def main() -> None:
    tools = [refund, ask_passenger]
    response = await ai.generate(model=model, prompt="My ferry did not sail.", tools=tools)
    assert response.finish_reason is FinishReason.INTERRUPTED

    # Here the program may end: response.messages has JSON, and is all that is needed to go on.
    to_approve, to_answer = response.interrupts
    print((to_approve.metadata or {})["interrupt"])
    response = await ai.generate(
        model=model,
        messages=response.messages,
        tools=tools,
        resume_restart=restart_tool(interrupt=to_approve),
        resume_respond=respond_to_interrupt("the one that I paid from", interrupt=to_answer),
    )
    print(response.text)


trio.run(main)
