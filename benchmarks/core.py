"""What calls, fan-out, chunks and generations cost in one process, side by side with genkit on asyncio.

``python -m benchmarks core`` prints microseconds of CPU time; with ``--check`` it fails where an aim is missed.
With ``--dev`` it measures both sides in development, with a collector of traces.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.dev import main as measure_dev
from benchmarks.environments import default_cache, python_with
from benchmarks.sides import open_side
from benchmarks.table import Row, measure, print_head

PEER: Final = "genkit==0.12.*"

ROWS: Final = (
    Row("await of a plain function", "await_plain", "await_plain"),
    Row("call, str", "call_str", "call_str", aim=7),
    Row("call, class of 4 fields", "call_class", "call_class", aim=7),
    Row("call, the same from and to JSON", "call_json", "call_json"),
    Row("3 nested calls", "nested", "nested"),
    Row("child of 100 at once, at the root", "fan_root", "fan_root", aim=3),
    Row("child of 100 at once, in a flow", "fan_flow", "fan_flow", aim=3),
    Row("chunk of a burst, buffer of 64", "burst_64", "burst", aim=1),
    Row("chunk of a burst, buffer of 16", "burst_16", "burst"),
    Row("chunk of a producer that yields", "yielding", "yielding"),
    Row("generate, local model", "generate", "generate", aim=5),
    Row("generate, a tool and two turns", "generate_tool", "generate_tool"),
    Row("chunk of a streamed answer", "generate_stream", "generate_stream", aim=1),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every row, print the table, and return the exit code."""
    options = _options(arguments)
    peer_python = str(python_with(options.cache, PEER))
    missed = measure_dev(peer_python, options) if options.dev else _measure_rows(peer_python, options)
    if options.check and missed:
        print(f"\naims missed: {'; '.join(missed)}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks core", description="Measure calls, fan-out and chunks.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if an aim is missed")
    parser.add_argument("--dev", action="store_true", help="measure calls with GENKIT_ENV=dev and a collector instead")
    parser.add_argument("--repetitions", type=int, default=21, help="measurements per side and row (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.06, help="CPU time of one measurement (%(default)s)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the peer is installed (%(default)s)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1 or not options.seconds > 0:
        parser.error("--repetitions and --seconds must be greater than 0")
    return options


def _measure_rows(peer_python: str, options: Namespace) -> list[str]:
    with (
        open_side(sys.executable, "benchmarks.trio_cases", options.seconds) as ours,
        open_side(peer_python, "benchmarks.peers.genkit_cases", options.seconds) as theirs,
    ):
        print_head(ours, theirs, options.repetitions, options.seconds)
        return [row.label for row in ROWS if not measure(row, ours, theirs, options.repetitions)]


if __name__ == "__main__":
    sys.exit(main())
