"""Flows of Genkit for Python on FastAPI, as genkit-fastapi serves them; express_flows.cjs has the same ones.

It tells its clients of every failure as an internal one.
It prints its port.
"""

import socket
import sys

import uvicorn
from fastapi import FastAPI
from genkit import ActionRunContext, Genkit
from genkit_fastapi import serve_flow
from pydantic import BaseModel

ai = Genkit()


class Person(BaseModel):
    """An input and output."""

    name: str
    age: int


@ai.flow()
async def older(person: Person) -> Person:
    """Add a year."""
    return Person(name=person.name, age=person.age + 1)


@ai.flow()
async def count(count: int, ctx: ActionRunContext) -> str:
    """Send numbers."""
    for number in range(count):
        ctx.send_chunk(number)
    return "end"


@ai.flow()
async def nothing() -> None:
    """Return nothing."""


@ai.flow()
async def fail(count: int, ctx: ActionRunContext) -> str:
    """Send numbers, then fail."""
    for number in range(count):
        ctx.send_chunk(number)
    raise ValueError("čeká se")


app = FastAPI()
for flow in (older, count, nothing, fail):
    app.include_router(serve_flow(flow))

if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).run(sockets=[listening])
