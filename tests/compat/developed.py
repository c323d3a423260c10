"""An application as a developer writes it, for Genkit's tools: run by them as a script.

The kinds of actions other than flows are written out as plain actions with the metadata that tools look for.
"""

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import trio

from genkit_trio import Genkit, PublicError, RunContext, run_all, run_step
from genkit_trio.lowlevel import ActionDecorator

print("began", flush=True)  # noqa: T201  # the tests look for it
logging.basicConfig(level=logging.WARNING)
logger = logging.getLogger("developed")
logger.setLevel(logging.INFO)
ai = Genkit()
model = ActionDecorator("model", ai.registry)
evaluator = ActionDecorator("evaluator", ai.registry)


@model("scripted", metadata={"model": {"label": "Scripted", "supports": {"multiturn": True, "output": ["text"]}}})
async def scripted(request: dict[str, Any], ctx: RunContext[dict[str, Any]]) -> dict[str, Any]:
    """Say again what was said."""
    text = " ".join(part["text"] for message in request["messages"] for part in message["content"])
    if ctx.is_streaming:
        await ctx.send_chunk({"role": "model", "content": [{"text": text}]})
    message = {"role": "model", "content": [{"text": text}]}
    return {"message": message, "finishReason": "stop", "usage": {"inputTokens": 1, "outputTokens": 1}}


@evaluator(
    "exact",
    metadata={
        "type": "evaluator",
        "evaluator": {
            "evaluatorIsBilled": False,
            "evaluatorDisplayName": "Exact",
            "evaluatorDefinition": "Whether the output is the reference.",
        },
    },
)
async def exact(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Compare the output with the reference."""
    return [
        {"testCaseId": case["testCaseId"], "evaluation": {"score": case.get("output") == case.get("reference")}}
        for case in request["dataset"]
    ]


@ai.flow
async def greet(name: str) -> str:
    """Greet someone by name."""
    logger.info("greeting %s", name)
    return f"Hello, {name}! é"


@ai.flow
async def outer(name: str) -> str:
    """Call a flow, a step and a model."""
    greeting = await greet(name)
    text = await run_step("polish", polish, greeting)
    answer = await scripted({"messages": [{"role": "user", "content": [{"text": text}]}]})
    return str(answer["message"]["content"][0]["text"])


async def polish(text: str) -> str:
    """Take the accent away."""
    return text.removesuffix(" é")


@ai.flow
async def countdown(start: int, ctx: RunContext[int]) -> str:
    """Count down to zero."""
    for second in range(start, 0, -1):
        await ctx.send_chunk(second)
    return "liftoff"


@ai.flow
async def boom(x: int) -> str:
    """Fail."""
    raise PublicError("NOT_FOUND", f"no {x} here")


@ai.flow
async def caller(ctx: RunContext) -> str:
    """Say who is calling."""
    return str(ctx.context["auth"]["uid"])


@ai.flow
async def forever(ctx: RunContext[str]) -> None:
    """Run until somebody cancels it."""
    await ctx.send_chunk("begun")
    await endless()


@ai.flow
async def endless() -> None:
    """Wait in a nested flow."""
    await trio.sleep_forever()


@contextmanager
def told(what: str) -> Generator[None, None, None]:
    """Print when the block has been left."""
    try:
        yield
    finally:
        print(f"left {what} {time.time()}", flush=True)  # noqa: T201  # the tests look for it


@ai.flow
async def waiting() -> None:
    """Wait in a nested flow."""
    with told("flow"):
        await trio.sleep_forever()


@ai.flow
def polling(ctx: RunContext[str]) -> None:
    """Work in a thread that asks now and then."""
    with told("thread"):
        while True:
            time.sleep(0.01)
            ctx.check_cancelled()


@ai.flow(run_in="process")
def spinning() -> None:
    """Work in a process that asks nobody."""
    print("the process is busy", flush=True)  # noqa: T201  # the tests look for it
    while True:
        pass


async def spin() -> None:
    """Wait for the process."""
    with told("process"):
        await spinning()


@ai.flow
async def everything(ctx: RunContext[str]) -> None:
    """Keep a flow, a thread and a process busy until somebody cancels it."""
    await ctx.send_chunk("begun")
    await run_all(waiting, polling, spin)


@ai.flow
def blocking(seconds: float) -> str:
    """Hold a worker thread."""
    time.sleep(seconds)
    return "slept"


async def main() -> None:
    """Run one flow; in development the program then stays."""
    print(await greet("main"), flush=True)  # noqa: T201  # a script prints


if __name__ == "__main__":
    ai.run_main(main)
