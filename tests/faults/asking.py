"""A generation with parallel tools, and flows that are made of it."""

from genkit_trio import Part, RunContext
from genkit_trio.testing import ScriptedAnswer, scripted_model
from tests.faults.scenes import work
from tests.faults.works import ai


@ai.tool
async def look_up(number: int) -> int:
    """Look something up."""
    await work(name="tool")
    return number


def asked():
    """Return the arguments of a generation in two turns: three tools at once, then the answer in two chunks."""
    calls = [Part.from_tool_request("look_up", number, ref=str(number)) for number in range(3)]
    model = scripted_model(ScriptedAnswer(calls, delay=0.5), ScriptedAnswer(chunks=["do", "ne"], delay=0.5))
    return {"model": model, "prompt": "hi", "tools": [look_up]}


@ai.flow
async def ask(count: int) -> str:
    """Give the answer."""
    return _text_of(await ai.generate(**asked()))


@ai.flow
async def ask_stream(count: int, ctx: RunContext[str]) -> str:
    """Give the answer as it comes."""
    async with ai.generate_stream(**asked()) as stream:
        async for chunk in stream:
            if chunk.text:
                await ctx.send_chunk(chunk.text)
        return _text_of(await stream.output())


def _text_of(response):
    if response.error is not None:
        raise response.error
    return response.text
