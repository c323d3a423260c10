"""The cases of ``core --dev`` in genkit_trio; `benchmarks.peers.genkit_dev_cases` has the same ones in genkit."""

import os
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from time import thread_time
from typing import Final
from urllib.parse import urlsplit

import trio

from benchmarks.trio_cases import ai, call_str, nested
from benchmarks.worker import Case, answer
from genkit_trio import __version__, open_runtime

CALLS: Final = 200


async def arrived(spans: int) -> None:
    """Wait until the collector has that many more spans that ended."""
    url = urlsplit(os.environ["GENKIT_TELEMETRY_SERVER"])
    assert url.hostname is not None
    assert url.port is not None
    async with await trio.open_tcp_stream(url.hostname, url.port) as stream:
        await stream.send_all(b"GET /ended/%d HTTP/1.1\r\n\r\n" % spans)
        await stream.receive_some()


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


CASES: Final = {
    "call_alone": Case(call_str_alone, CALLS),
    "call_str": Case(call_str_delivered, CALLS),
    "nested": Case(nested_delivered, CALLS),
}


def run(fn: Callable[[Case, int], Awaitable[float]], case: Case, rounds: int, /) -> float:
    """Run *fn* as a program in development is run."""

    async def main() -> float:
        async with open_runtime(ai):
            return await fn(case, rounds)

    return trio.run(main)


if __name__ == "__main__":
    about = {"name": "genkit_trio", "version": __version__, "on": f"trio {version('trio')}"}
    answer(CASES, run, {**about, "tracing": "on: every span reaches the collector"})
