"""Two models race, and a slow one is asked again."""

import trio

from genkit_trio import Genkit, Message, ModelRequest, ModelResponse, Role
from genkit_trio.model import hedge, limit, race

ai = Genkit()
asked = 0


@ai.model
async def near(request: ModelRequest) -> ModelResponse:
    """Answer soon."""
    await trio.sleep(0.01)
    return ModelResponse(message=Message(Role.MODEL, "here I am"))


@ai.model
async def far(request: ModelRequest) -> ModelResponse:
    """Answer late."""
    try:
        await trio.sleep(60)
        return ModelResponse(message=Message(Role.MODEL, "here I am too"))
    finally:
        print("far: connection closed")


@ai.model
async def moody(request: ModelRequest) -> ModelResponse:
    """Hang the first time."""
    global asked
    asked += 1
    if asked == 1:
        await trio.sleep(60)
    return ModelResponse(message=Message(Role.MODEL, f"answered at request {asked}"))


async def main() -> None:
    print((await ai.generate(model=race([near, far]), prompt="Where are you?")).text)
    print((await ai.generate(model=hedge(moody, after=0.05), prompt="Well?")).text)

    polite = limit(near, per_minute=60, concurrent=4)
    print((await ai.generate(model=polite, prompt="And now?")).text)


trio.run(main)
