"""What calls, fan-out and chunks cost in one process, side by side with genkit on asyncio.

``python -m benchmarks core`` prints microseconds of CPU time; with ``--check`` it fails where an aim is missed.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import attrs

from benchmarks.environments import default_cache, python_with
from benchmarks.machine import machine
from benchmarks.sides import Comparison, Side, compare, open_side

PEER: Final = "genkit==0.12.*"


@attrs.frozen
class Row:
    """A line of the table.

    Args:
      label: the work, and its unit.
      ours: its case in `benchmarks.trio_cases`.
      theirs: its case in the peer's module.
      aim: how many times cheaper ours is to be; 0 where nothing is promised.
    """

    label: str
    ours: str
    theirs: str
    aim: float = 0


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
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every row, print the table, and return the exit code."""
    options = _options(arguments)
    peer_python = python_with(PEER, options.cache)
    with (
        open_side(sys.executable, "benchmarks.trio_cases", options.seconds) as ours,
        open_side(str(peer_python), "benchmarks.peers.genkit_cases", options.seconds) as theirs,
    ):
        _print_head(ours, theirs, options)
        missed = [row.label for row in ROWS if not _measure(row, ours, theirs, options.repetitions)]
    if options.check and missed:
        print(f"\naims missed: {'; '.join(missed)}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks core", description="Measure calls, fan-out and chunks.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if an aim is missed")
    parser.add_argument("--repetitions", type=int, default=21, help="measurements per side and row (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.06, help="CPU time of one measurement (%(default)s)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the peer is installed (%(default)s)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1 or not options.seconds > 0:
        parser.error("--repetitions and --seconds must be greater than 0")
    return options


def _print_head(ours: Side, theirs: Side, options: Namespace) -> None:
    print(machine())
    for side in (ours, theirs):
        print("{name} {version} on {on}; tracing {tracing}".format_map(side.about))
    print(f"µs of CPU time, median of {options.repetitions} in turn, {options.seconds} s each\n")
    print(f"{'':34} {ours.about['name']:>11} {theirs.about['name']:>9} {'ratio':>6} {'pairs':>6}  {'from':13} aim")


def _measure(row: Row, ours: Side, theirs: Side, repetitions: int) -> bool:
    """Measure and print *row*, and return whether its aim is met."""
    found = compare(ours, row.ours, theirs, row.theirs, repetitions)
    met = found.ratio >= row.aim
    aim = f"≥ {row.aim:g} {'met' if met else 'MISSED'}" if row.aim else ""
    print(f"{row.label:34} {_figures(found)} {aim}".rstrip(), flush=True)
    return met


def _figures(found: Comparison) -> str:
    ratios = f"{found.ratio:6.2f} {median(found.ratios):6.2f}  {min(found.ratios):.2f} to {max(found.ratios):.2f}"
    return f"{median(found.ours):11.2f} {median(found.theirs):9.2f} {ratios:28}"


if __name__ == "__main__":
    sys.exit(main())
