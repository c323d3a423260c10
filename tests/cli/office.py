"""An application of which several actions belong to one thing."""

from genkit_trio import Genkit, ModelRequest, Operation, Part

ai = Genkit()


@ai.tool
async def look() -> str:
    """Look."""
    return "seen"


async def start(request: ModelRequest) -> Operation:
    return Operation(id="1")


async def check(operation: Operation) -> Operation:
    return operation


ai.define_background_model("painter", start, check, check)
ai.define_prompt("greet", prompt=[Part("Hello!")])
