"""``core --dev``: what a call costs while a collector gets its trace, and how little it waits for a bad one."""

import os
import socket
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import trio

from benchmarks.collector import open_collector
from benchmarks.sides import open_side
from benchmarks.table import Row, measure, print_head
from genkit_trio import Genkit, open_runtime
from genkit_trio.asgi import FlowApp, flow_app

ROWS: Final = (
    # What a call costs its caller. Delivery is off its path; the next rows say what it costs the program.
    Row("call, str", "call_alone", "call_alone", aim=5),
    Row("call, str, with delivery", "call_str", "call_str"),
    Row("3 nested calls, with delivery", "nested", "nested"),
)
MOST_REPETITIONS: Final = 9
"""Deliveries take long, and differ less from each other than calls do."""
GROWTH: Final = 5.0
"""Milliseconds that the 99th percentile may grow by."""
ROUNDS: Final = 5
RUNS: Final = 200
PAUSE: Final = 0.001

Do = Callable[[], Awaitable[None]]

ai: Final = Genkit()
app: Final[FlowApp] = flow_app(ai)


@ai.flow
async def work(text: str) -> str:
    """Let others have three turns, as a flow that waits for something does."""
    for _ in range(3):
        await trio.lowlevel.checkpoint()
    return text


def main(peer_python: str, options: Namespace) -> list[str]:
    """Measure and print both tables, and return the labels of the aims that are missed."""
    with TemporaryDirectory() as folder, chdir(folder), ExitStack() as stack:
        ok, slow, failing = (stack.enter_context(open_collector(mode)) for mode in ("ok", "slow", "failing"))
        missed = _measure_costs(peer_python, options, ok, Path(folder))
        collectors = {
            "none": None,
            "one that works": ok,
            "one that is down": stack.enter_context(_port_of_nobody()),
            "one that never answers": slow,
            "one that answers 500": failing,
        }
        return missed + [
            label
            for what, do in (("a call to its result", _call), ("a request to its answer, in memory", _request))
            for label in _measure_latencies(what, do, collectors)
        ]


def _measure_costs(peer_python: str, options: Namespace, collector: str, folder: Path) -> list[str]:
    environ = _environ(collector)
    with (
        open_side(sys.executable, "benchmarks.dev_cases", options.seconds, folder=folder, environ=environ) as ours,
        open_side(
            peer_python, "benchmarks.peers.genkit_dev_cases", options.seconds, folder=folder, environ=environ
        ) as theirs,
    ):
        repetitions = min(options.repetitions, MOST_REPETITIONS)
        print_head(ours, theirs, repetitions, options.seconds)
        return [row.label for row in ROWS if not measure(row, ours, theirs, repetitions)]


def _measure_latencies(what: str, do: Do, collectors: Mapping[str, str | None]) -> list[str]:
    taken: dict[str, list[float]] = {name: [] for name in collectors}
    for _ in range(ROUNDS):
        for name, url in collectors.items():
            with _environment(url):
                taken[name] += trio.run(_latencies, do)
    print(f"\nms from {what}, {ROUNDS * RUNS} each, one every {PAUSE * 1e3:g} ms, {ROUNDS} times in turn\n")
    print(f"{'collector':34} {'p50':>11} {'p99':>9} {'more':>6}")
    least = _p99(taken["none"])
    return [name for name, values in taken.items() if not _print_latency(name, values, least)]


def _print_latency(name: str, values: Sequence[float], least: float) -> bool:
    growth = _p99(values) - least
    met = growth < GROWTH
    aim = "" if name == "none" else f"  aim < {GROWTH:g} {'met' if met else 'MISSED'}"
    print(f"{name:34} {median(values):11.3f} {_p99(values):9.3f} {growth:6.2f}{aim}")
    return met


async def _call() -> None:
    await work("x")


async def _request() -> None:
    messages: list[MutableMapping[str, object]] = [
        {"type": "http.request", "body": b'{"data": "x"}', "more_body": False}
    ]
    answered = trio.Event()

    async def receive() -> MutableMapping[str, object]:
        if not messages:
            await answered.wait()
            return {"type": "http.disconnect"}
        return messages.pop()

    async def send(message: MutableMapping[str, object]) -> None:
        if message["type"] == "http.response.body":
            answered.set()

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/work", "query_string": b"", "headers": headers}
    await app(scope, receive, send)


async def _latencies(do: Do) -> list[float]:
    taken: list[float] = []
    async with open_runtime(ai):
        for _ in range(RUNS):
            start = perf_counter()
            await do()
            taken.append((perf_counter() - start) * 1e3)
            await trio.sleep(PAUSE)
    return taken


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]


@contextmanager
def _port_of_nobody() -> Generator[str, None, None]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def _environment(collector: str | None) -> Generator[None, None, None]:
    changed = _environ(collector)
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _environ(collector: str | None) -> dict[str, str]:
    """Return what Genkit's CLI sets for the program that it starts."""
    return {
        "GENKIT_ENV": "dev",
        # Not the tools': at its usual level genkit prints lines, which is not what is measured.
        "GENKIT_LOG": "error",
        "GENKIT_ENABLE_REALTIME_TELEMETRY": "true",
        "GENKIT_TELEMETRY_SERVER": collector or "",
    }
