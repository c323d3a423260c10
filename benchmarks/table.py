"""The table of ``core``: a line for each work, with both sides, their ratio and the aim."""

from statistics import median

import attrs

from benchmarks.machine import machine
from benchmarks.sides import Comparison, Side, compare


@attrs.frozen
class Row:
    """A line of the table.

    Args:
      label: the work, and its unit.
      ours: its case in our module.
      theirs: its case in the peer's module.
      aim: how many times cheaper ours is to be; 0 where nothing is promised.
    """

    label: str
    ours: str
    theirs: str
    aim: float = 0


def print_head(ours: Side, theirs: Side, repetitions: int, seconds: float) -> None:
    """Say what is compared, and how."""
    print(machine())
    for side in (ours, theirs):
        print("{name} {version} on {on}; tracing {tracing}".format_map(side.about))
    print(f"µs of CPU time, median of {repetitions} in turn, {seconds} s each\n")
    print(f"{'':34} {ours.about['name']:>11} {theirs.about['name']:>9} {'ratio':>6} {'pairs':>6}  {'from':13} aim")


def measure(row: Row, ours: Side, theirs: Side, repetitions: int) -> bool:
    """Measure and print *row*, and return whether its aim is met."""
    found = compare(ours, row.ours, theirs, row.theirs, repetitions)
    met = found.ratio >= row.aim
    aim = f"≥ {row.aim:g} {'met' if met else 'MISSED'}" if row.aim else ""
    print(f"{row.label:34} {_figures(found)} {aim}".rstrip(), flush=True)
    return met


def _figures(found: Comparison) -> str:
    ratios = f"{found.ratio:6.2f} {median(found.ratios):6.2f}  {min(found.ratios):.2f} to {max(found.ratios):.2f}"
    return f"{median(found.ours):11.2f} {median(found.theirs):9.2f} {ratios:28}"
