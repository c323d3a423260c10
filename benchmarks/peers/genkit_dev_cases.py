"""The cases of ``core --dev`` in genkit, on asyncio; `benchmarks.dev_cases` has the same ones in genkit_trio."""

import asyncio
import os
from importlib.metadata import version
from time import thread_time
from typing import Final
from urllib.parse import urlsplit

from benchmarks.peers.genkit_cases import call_str, nested, run, tracing
from benchmarks.worker import Case, answer

CALLS: Final = 200


async def arrived(spans: int) -> None:
    """Wait until the collector has that many more spans that ended."""
    url = urlsplit(os.environ["GENKIT_TELEMETRY_SERVER"])
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(b"GET /ended/%d HTTP/1.1\r\n\r\n" % spans)
    await reader.readexactly(1)
    writer.close()
    await writer.wait_closed()


async def call_str_alone(rounds: int) -> float:
    """Call a flow, two hundred times, and count what its thread spends on that, without the delivery."""
    spent = 0.0
    for _ in range(rounds):
        start = thread_time()
        await call_str(CALLS)
        spent += thread_time() - start
        await arrived(CALLS)
    return spent


async def call_str_delivered(rounds: int) -> None:
    """Call a flow, two hundred times, and wait until all is known to the collector."""
    for _ in range(rounds):
        await call_str(CALLS)
        await arrived(CALLS)


async def nested_delivered(rounds: int) -> None:
    """Do the same with a flow that calls a flow that calls a flow."""
    for _ in range(rounds):
        await nested(CALLS)
        await arrived(3 * CALLS)


async def tracing_delivered() -> str:
    """Tell whether spans are recorded, and leave none of that behind."""
    told = await tracing()
    if told == "on":
        await arrived(1)
    return f"{told}: every span reaches the collector"


CASES: Final = {
    "call_alone": Case(call_str_alone, CALLS),
    "call_str": Case(call_str_delivered, CALLS),
    "nested": Case(nested_delivered, CALLS),
}

if __name__ == "__main__":
    told = asyncio.run(tracing_delivered())
    about = {"name": "genkit", "version": version("genkit"), "on": f"asyncio, pydantic {version('pydantic')}"}
    answer(CASES, run, {**about, "tracing": told})
