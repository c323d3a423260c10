"""The cases of ``core`` in genkit_trio; `benchmarks.peers.genkit_cases` has the same ones in genkit."""

from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from typing import Final

import attrs
import trio

from benchmarks.worker import Case, answer
from genkit_trio import (
    Action,
    Genkit,
    Message,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    Part,
    Role,
    RunContext,
    __version__,
    run_all,
)
from genkit_trio.lowlevel import JsonValue

WIDTH: Final = 100
CHUNKS: Final = 10_000
ANSWER_CHUNKS: Final = 3_000
PIECE: Final = "The quick brown fox jumps over. "
DATA: Final[JsonValue] = {"id": 7, "customer": "Ada", "tags": ["new", "paid"], "total": 12.5}

ai: Final = Genkit()


@attrs.frozen
class Order:
    """An input and output of four fields."""

    id: int
    customer: str
    tags: list[str]
    total: float


ORDER: Final = Order(7, "Ada", ["new", "paid"], 12.5)


async def plain(text: str) -> str:
    """Give back *text*: what an await costs without an action."""
    return text


@ai.flow
async def echo(text: str) -> str:
    """Give back *text*."""
    return text


@ai.flow
async def book(order: Order) -> Order:
    """Give back *order*."""
    return order


@ai.flow
async def middle(text: str) -> str:
    """Call the innermost of three flows."""
    return await echo(text)


@ai.flow
async def outer(text: str) -> str:
    """Call the second of three flows."""
    return await middle(text)


@ai.flow
async def fan(rounds: int) -> None:
    """Run a hundred children at once, so many times."""
    await fan_root(rounds)


async def _burst(count: int, ctx: RunContext[int]) -> None:
    for number in range(count):
        await ctx.send_chunk(number)


@ai.flow
async def yielding(count: int, ctx: RunContext[int]) -> None:
    """Send chunks that come one per scheduler pass."""
    for number in range(count):
        await ctx.send_chunk(number)
        await trio.lowlevel.checkpoint()


burst_64: Final = ai.flow(name="burst_64", chunk_buffer=64)(_burst)
burst_16: Final = ai.flow(name="burst_16", chunk_buffer=16)(_burst)


@ai.model
async def local(request: ModelRequest) -> ModelResponse:
    """Answer at once."""
    return ModelResponse(message=Message(Role.MODEL, [Part.from_text(PIECE)]), finish_reason="stop")


@ai.model
async def talking(request: ModelRequest, ctx: RunContext[ModelResponseChunk]) -> ModelResponse:
    """Answer in many chunks."""
    for _ in range(ANSWER_CHUNKS):
        await ctx.send_chunk(ModelResponseChunk(role=Role.MODEL, content=[Part.from_text(PIECE)]))
    return ModelResponse(message=Message(Role.MODEL, [Part.from_text(PIECE * ANSWER_CHUNKS)]), finish_reason="stop")


@ai.tool
async def lookup(text: str) -> str:
    """Give back *text*."""
    return text


@ai.model
async def asking(request: ModelRequest) -> ModelResponse:
    """Ask for a tool, then answer."""
    if request.messages[-1].role == Role.TOOL:
        return ModelResponse(message=Message(Role.MODEL, [Part.from_text(PIECE)]), finish_reason="stop")
    asked = Part.from_tool_request("lookup", "x", ref="1")
    return ModelResponse(message=Message(Role.MODEL, [asked]), finish_reason="stop")


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
    """Call a flow as an edge does: from JSON and to JSON."""
    for _ in range(rounds):
        book.dump_output(await book(book.load_input(DATA)))


async def nested(rounds: int) -> None:
    """Call a flow that calls a flow that calls a flow."""
    for _ in range(rounds):
        await outer("x")


async def fan_root(rounds: int) -> None:
    """Run a hundred children at once."""
    for _ in range(rounds):
        await run_all(*[partial(echo, "x") for _ in range(WIDTH)])


async def fan_flow(rounds: int) -> None:
    """Run a hundred children at once inside a flow."""
    await fan(rounds)


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
        async with ai.generate_stream(model="talking", prompt="hi") as stream:
            async for chunk in stream:
                _ = chunk.text
            await stream.output()


def receiving(flow: Action[int, None, int]) -> Case:
    """Return the case that receives every chunk of *flow*."""

    async def receive(rounds: int) -> None:
        for _ in range(rounds):
            async with flow.stream(CHUNKS) as stream:
                async for _ in stream:
                    pass

    return Case(receive, CHUNKS)


CASES: Final = {
    "await_plain": Case(await_plain),
    "call_str": Case(call_str),
    "call_class": Case(call_class),
    "call_json": Case(call_json),
    "nested": Case(nested),
    "fan_root": Case(fan_root, WIDTH),
    "fan_flow": Case(fan_flow, WIDTH),
    "burst_64": receiving(burst_64),
    "burst_16": receiving(burst_16),
    "yielding": receiving(yielding),
    "generate": Case(generate),
    "generate_tool": Case(generate_tool),
    "generate_stream": Case(generate_stream, ANSWER_CHUNKS),
}


def run(fn: Callable[[Case, int], Awaitable[float]], case: Case, rounds: int, /) -> float:
    """Run *fn* in trio. Type checkers do not see that `trio.run` has this type already."""
    return trio.run(fn, case, rounds)


if __name__ == "__main__":
    about = {"name": "genkit_trio", "version": __version__, "on": f"trio {version('trio')}"}
    answer(CASES, run, {**about, "tracing": "idle: spans are made, and nothing exports them"})
