"""``core --dev``: what a call costs while a collector gets its trace, and how little it waits for a bad one."""

import os
import socket
import sys
from argparse import Namespace
from collections.abc import Generator, Mapping, Sequence
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

ROWS: Final = (
    Row("call, str, without delivery", "call_alone", "call_alone", aim=5),
    Row("call, str, with delivery", "call_str", "call_str", aim=5),
    Row("3 nested calls, with delivery", "nested", "nested"),
)
MOST_REPETITIONS: Final = 9
"""Deliveries take long, and differ less from each other than calls do."""
GROWTH: Final = 5.0
"""Milliseconds that the 99th percentile may grow by."""
ROUNDS: Final = 5
RUNS: Final = 200
PAUSE: Final = 0.001

ai: Final = Genkit()


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
        return missed + _measure_latencies(collectors)


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


def _measure_latencies(collectors: Mapping[str, str | None]) -> list[str]:
    taken: dict[str, list[float]] = {name: [] for name in collectors}
    for _ in range(ROUNDS):
        for name, url in collectors.items():
            with _environment(url):
                taken[name] += trio.run(_latencies)
    print(
        f"\nms from a call to its result, {ROUNDS * RUNS} each, one every {PAUSE * 1e3:g} ms, {ROUNDS} times in turn\n"
    )
    print(f"{'collector':34} {'p50':>11} {'p99':>9} {'more':>6}")
    least = _p99(taken["none"])
    return [name for name, values in taken.items() if not _print_latency(name, values, least)]


def _print_latency(name: str, values: Sequence[float], least: float) -> bool:
    growth = _p99(values) - least
    met = growth < GROWTH
    aim = "" if name == "none" else f"  aim < {GROWTH:g} {'met' if met else 'MISSED'}"
    print(f"{name:34} {median(values):11.3f} {_p99(values):9.3f} {growth:6.2f}{aim}")
    return met


async def _latencies() -> list[float]:
    taken: list[float] = []
    async with open_runtime(ai):
        for _ in range(RUNS):
            start = perf_counter()
            await work("x")
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
