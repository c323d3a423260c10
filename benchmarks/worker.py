"""One side of a comparison, in a process of its own: it reads the name of a case and answers with its cost.

Only the standard library is imported here, because peers run this in environments of their own.
"""

import gc
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import process_time
from typing import Protocol


@dataclass(frozen=True)
class Case:
    """Work to be measured.

    Args:
      run: does the work, so many rounds of it. It returns the seconds of CPU time that count, or `None`: all.
      units: calls, children or chunks in one round.
    """

    run: Callable[[int], Awaitable[float | None]]
    units: int = 1


class Runner(Protocol):
    """Runs an async function in an event loop: `trio.run`, or its like."""

    def __call__(self, fn: Callable[[Case, int], Awaitable[float]], case: Case, rounds: int, /) -> float: ...


def answer(cases: Mapping[str, Case], run: Runner, about: Mapping[str, str]) -> None:
    """Say what this side is, then answer each name read from stdin with microseconds of CPU time per unit.

    The argument of the program is how many seconds a measurement takes at least. The rounds which that needs are
    found when a case is first asked for, and so is the cost of a first call, which is not part of any answer.
    """
    seconds = float(sys.argv[1])
    rounds: dict[str, int] = {}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        name = line.strip()
        case = cases[name]
        if name not in rounds:
            rounds[name] = _enough_rounds(case, run, seconds)
        spent = _measure(case, run, rounds[name])
        print(spent / (rounds[name] * case.units) * 1e6, flush=True)


def _enough_rounds(case: Case, run: Runner, seconds: float) -> int:
    rounds = 1
    while (spent := _measure(case, run, rounds)) < seconds / 2:
        rounds *= 2
    return max(1, round(rounds * seconds / spent))


def _measure(case: Case, run: Runner, rounds: int) -> float:
    # What the measurement before has left behind is not this one's to collect.
    gc.collect()
    return run(_timed, case, rounds)


async def _timed(case: Case, rounds: int) -> float:
    start = process_time()
    counted = await case.run(rounds)
    return process_time() - start if counted is None else counted
