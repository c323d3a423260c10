"""What the tests of the exporter share: some flows, an exporter that runs, and ways for a server to be bad."""

import math
from contextlib import asynccontextmanager

import trio
import trio.testing

from genkit_trio import Genkit
from genkit_trio._runtime import open_runtime
from genkit_trio._tracing import SpanExporter
from tests.tracing.telemetry_server import URL, TelemetryServer

ai = Genkit()


@ai.flow
async def echo(text: str) -> str:
    return text


@ai.flow
async def slow(seconds: float) -> str:
    await trio.sleep(seconds)
    return "done"


@ai.flow
async def parent(number: int) -> str:
    await ai.run("step1", trio.sleep, 0)
    return await echo(str(number))


@ai.flow
async def fails(number: int) -> str:
    await ai.run("step1", trio.sleep, 0)
    raise ValueError("bad n")


def exporter_to(server: TelemetryServer, **options) -> SpanExporter:
    return SpanExporter(URL, transport=server.transport, **{"realtime": False, **options})


@asynccontextmanager
async def running(exporter: SpanExporter):
    async with open_runtime(ai.registry, [exporter]) as runtime:
        yield runtime


def hanging(seconds: float = math.inf):
    async def before(path: str) -> int:
        await trio.sleep(seconds)
        return 200

    return before


async def broken(path: str) -> int:
    return 500


async def idle() -> None:
    await trio.testing.wait_all_tasks_blocked()
