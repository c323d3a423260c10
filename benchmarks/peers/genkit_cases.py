"""The cases of ``core`` in genkit, on asyncio; `benchmarks.trio_cases` has the same ones in genkit_trio."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Final

from genkit import (
    ActionRunContext,
    Genkit,
    Message,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    Part,
    Role,
)
from pydantic import BaseModel

from benchmarks.worker import Case, answer

WIDTH: Final = 100
CHUNKS: Final = 10_000
ANSWER_CHUNKS: Final = 3_000
PIECE: Final = "The quick brown fox jumps over. "
DATA: Final = {"id": 7, "customer": "Ada", "tags": ["new", "paid"], "total": 12.5}

ai: Final = Genkit()


class Order(BaseModel):
    """An input and output of four fields."""

    id: int
    customer: str
    tags: list[str]
    total: float


ORDER: Final = Order(id=7, customer="Ada", tags=["new", "paid"], total=12.5)


async def plain(text: str) -> str:
    """Give back *text*: what an await costs without an action."""
    return text


@ai.flow()
async def echo(text: str) -> str:
    """Give back *text*."""
    return text


@ai.flow()
async def book(order: Order) -> Order:
    """Give back *order*."""
    return order


@ai.flow()
async def middle(text: str) -> str:
    """Call the innermost of three flows."""
    return await echo(text)


@ai.flow()
async def outer(text: str) -> str:
    """Call the second of three flows."""
    return await middle(text)


@ai.flow()
async def fan(rounds: int) -> None:
    """Run a hundred children at once, so many times."""
    await fan_root(rounds)


@ai.flow()
async def burst(count: int, ctx: ActionRunContext) -> None:
    """Send chunks without ever yielding."""
    for number in range(count):
        ctx.send_chunk(number)


@ai.flow()
async def yielding(count: int, ctx: ActionRunContext) -> None:
    """Send chunks that come one per scheduler pass."""
    for number in range(count):
        ctx.send_chunk(number)
        await asyncio.sleep(0)


async def local(request: ModelRequest) -> ModelResponse:
    """Answer at once."""
    return ModelResponse(message=Message(role=Role.MODEL, content=[Part.from_text(PIECE)]), finish_reason="stop")


async def talking(request: ModelRequest, ctx: ActionRunContext) -> ModelResponse:
    """Answer in many chunks."""
    for _ in range(ANSWER_CHUNKS):
        ctx.send_chunk(ModelResponseChunk(role=Role.MODEL, content=[Part.from_text(PIECE)]))
    answer = Message(role=Role.MODEL, content=[Part.from_text(PIECE * ANSWER_CHUNKS)])
    return ModelResponse(message=answer, finish_reason="stop")


@ai.tool()
async def lookup(text: str) -> str:
    """Give back *text*."""
    return text


async def asking(request: ModelRequest) -> ModelResponse:
    """Ask for a tool, then answer."""
    if request.messages[-1].role == Role.TOOL:
        return ModelResponse(message=Message(role=Role.MODEL, content=[Part.from_text(PIECE)]), finish_reason="stop")
    asked = Part.from_tool_request("lookup", "x", ref="1")
    return ModelResponse(message=Message(role=Role.MODEL, content=[asked]), finish_reason="stop")


ai.define_model("local", local)
ai.define_model("talking", talking)
ai.define_model("asking", asking)


async def await_plain(rounds: int) -> None:
    """Await a plain function."""
    for _ in range(rounds):
        await plain("x")


async def call_str(rounds: int) -> None:
    """Call a flow with a string."""
    for _ in range(rounds):
        await echo("x")


async def call_class(rounds: int) -> None:
    """Call a flow with a value of a class."""
    for _ in range(rounds):
        await book(ORDER)


async def call_json(rounds: int) -> None:
    """Call a flow as an edge does: from JSON and to JSON. ``run`` validates what it is given."""
    for _ in range(rounds):
        (await book.run(DATA)).response.model_dump(mode="json")  # type: ignore[arg-type]  # because run validates JSON too


async def nested(rounds: int) -> None:
    """Call a flow that calls a flow that calls a flow."""
    for _ in range(rounds):
        await outer("x")


async def fan_root(rounds: int) -> None:
    """Run a hundred children at once."""
    for _ in range(rounds):
        await asyncio.gather(*[echo("x") for _ in range(WIDTH)])


async def fan_flow(rounds: int) -> None:
    """Run a hundred children at once inside a flow."""
    await fan(rounds)


async def receive_burst(rounds: int) -> None:
    """Receive every chunk of a producer that never yields."""
    for _ in range(rounds):
        response = burst.stream(CHUNKS)
        async for _ in response.stream:
            pass
        await response.response


async def receive_yielding(rounds: int) -> None:
    """Receive every chunk of a producer that yields after each."""
    for _ in range(rounds):
        response = yielding.stream(CHUNKS)
        async for _ in response.stream:
            pass
        await response.response


async def generate(rounds: int) -> None:
    """Ask a model that answers at once."""
    for _ in range(rounds):
        await ai.generate(model="local", prompt="hi")


async def generate_tool(rounds: int) -> None:
    """Ask a model that asks for a tool and is asked again."""
    for _ in range(rounds):
        await ai.generate(model="asking", prompt="hi", tools=["lookup"])


async def generate_stream(rounds: int) -> None:
    """Receive every chunk of an answer, and read its text."""
    for _ in range(rounds):
        stream = ai.generate_stream(model="talking", prompt="hi")
        async for chunk in stream.stream:
            _ = chunk.text
        await stream.response


CASES: Final = {
    "await_plain": Case(await_plain),
    "call_str": Case(call_str),
    "call_class": Case(call_class),
    "call_json": Case(call_json),
    "nested": Case(nested),
    "fan_root": Case(fan_root, WIDTH),
    "fan_flow": Case(fan_flow, WIDTH),
    "burst": Case(receive_burst, CHUNKS),
    "yielding": Case(receive_yielding, CHUNKS),
    "generate": Case(generate),
    "generate_tool": Case(generate_tool),
    "generate_stream": Case(generate_stream, ANSWER_CHUNKS),
}


def run(fn: Callable[[Case, int], Awaitable[float]], case: Case, rounds: int, /) -> float:
    """Do what `trio.run` does, in asyncio."""

    async def main() -> float:
        return await fn(case, rounds)

    return asyncio.run(main())


async def tracing() -> str:
    """Tell whether spans are recorded: genkit's tracer that does nothing gives out an id of zeros."""
    response = await echo.run("x")
    return "on" if response.trace_id.strip("0") else "idle: a tracer that does nothing"


if __name__ == "__main__":
    about = {"name": "genkit", "version": version("genkit"), "on": f"asyncio, pydantic {version('pydantic')}"}
    answer(CASES, run, {**about, "tracing": asyncio.run(tracing())})
