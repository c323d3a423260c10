"""What reading ``chunk.output`` on every chunk of a long answer in JSON costs, and whether it stays linear.

``python -m benchmarks partial_json`` prints seconds of CPU time; with ``--check`` it fails where an aim is missed.
"""

import gc
import math
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median
from time import process_time
from typing import Final

import trio

from benchmarks.environments import default_cache, python_with
from benchmarks.machine import machine
from benchmarks.model_answers import ANSWERS, CHUNK, chunks_of, small_objects
from benchmarks.sides import Side, open_side
from genkit_trio import Genkit, __version__
from genkit_trio.testing import ScriptedAnswer, scripted_model

PEER: Final = "genkit==0.12.*"
SIZES: Final = (16_000, 64_000, 256_000, 1_000_000)
PEER_SIZES: Final = (500, 1_000, 2_000, 4_000)
"""Those that the peer can finish."""
SECONDS_AIM: Final = 5.0
EXPONENT_AIM: Final = 1.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every kind of answer, print the table, and return the exit code."""
    options = _options(arguments)
    print(f"{machine()}\ngenkit_trio {__version__}; {CHUNK} characters a chunk, the output of every chunk is read")
    print(f"s of CPU time for the whole answer, median of {options.repetitions}\n")
    _print_head(SIZES)
    missed = [label for label, answer in ANSWERS.items() if not _measure(label, answer, options.repetitions)]
    if not options.no_peer:
        _print_peer(options.cache)
    if options.check and missed:
        print(f"\naims missed: {'; '.join(missed)}", file=sys.stderr)
        return 1
    return 0


async def read_every_output(answer: str) -> float:
    """Stream *answer* from a model, read the output of every chunk, and return the seconds of CPU time that took."""
    ai = Genkit()
    model = scripted_model(ScriptedAnswer(response=answer, chunks=chunks_of(answer)))
    output: object = None
    gc.collect()
    start = process_time()
    async with ai.generate_stream(model=model, prompt="Answer in JSON.", output_format="json") as stream:
        async for chunk in stream:
            output = chunk.output
        response = await stream.output()
    spent = process_time() - start
    if output != response.output:
        raise RuntimeError("what was streamed is not what was answered")
    return spent


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Return how fast the cost grows: 1 for linear, 2 for quadratic; the slope of a line through the logarithms."""
    x, y = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    mean_x, mean_y = fmean(x), fmean(y)
    steepness = sum((each - mean_x) * (cost - mean_y) for each, cost in zip(x, y, strict=True))
    return steepness / sum((each - mean_x) ** 2 for each in x)


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks partial_json", description="Measure the output of chunks.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if an aim is missed")
    parser.add_argument("--repetitions", type=int, default=3, help="measurements per size (%(default)s)")
    parser.add_argument("--no-peer", action="store_true", help="leave genkit out, which takes half a minute")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the peer is installed (%(default)s)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1:
        parser.error("--repetitions must be greater than 0")
    return options


def _measure(label: str, answer: Callable[[int], str], repetitions: int) -> bool:
    """Measure and print one kind of answer, and return whether its aims are met."""
    answers = [answer(size) for size in SIZES]
    trio.run(read_every_output, answers[0])  # what only a first call costs
    costs = [median(trio.run(read_every_output, each) for _ in range(repetitions)) for each in answers]
    growth = exponent([len(each) for each in answers], costs)
    met = costs[-1] < SECONDS_AIM and growth < EXPONENT_AIM
    note = f"aim < {SECONDS_AIM:g} s, < {EXPONENT_AIM:g} {'met' if met else 'MISSED'}"
    _print_row(label, costs, growth, note)
    return met


def _print_peer(cache: Path) -> None:
    # It measures each size once before it answers, so the least time is enough.
    with open_side(str(python_with(cache, PEER)), "benchmarks.peers.genkit_partial_json", 1e-6) as peer:
        print(f"\ngenkit {peer.about['version']} on {peer.about['on']}, measured once\n")
        _print_head(PEER_SIZES)
        costs = [_cost(peer, size) for size in PEER_SIZES]
    _print_row("array of small objects", costs, exponent([len(small_objects(size)) for size in PEER_SIZES], costs), "")


def _cost(peer: Side, size: int) -> float:
    return peer.cost(str(size)) / 1e6


def _print_head(sizes: Sequence[int]) -> None:
    columns = "".join(f"{size:>11,}" for size in sizes)
    print(f"{'characters':24}{columns}  exponent")


def _print_row(label: str, costs: Sequence[float], growth: float, note: str) -> None:
    print(f"{label:24}{''.join(f'{cost:11.4f}' for cost in costs)}  {growth:8.2f}  {note}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
