"""The two sides of a comparison, asked in turn, and what their answers say."""

import json
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Final

import attrs

from benchmarks.environments import quiet_environ

ROOT: Final = Path(__file__).parents[1]
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Side:
    """A process that runs `benchmarks.worker.answer`. Use `open_side`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process: Final = process
        # Before it says what it is, a library may have printed lines of its own.
        while not (line := self._read()).startswith("{"):
            pass
        self.about: Final[dict[str, str]] = json.loads(line)

    def cost(self, case: str) -> float:
        """Measure *case* once, and return microseconds per unit."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{case}\n")
        self._process.stdin.flush()
        return float(self._read())

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended without an answer; its error is printed above")
        return line


@contextmanager
def open_side(
    python: str, module: str, seconds: float, *, folder: Path = ROOT, environ: Mapping[str, str] = NOTHING
) -> Generator[Side, None, None]:
    """Run *module* with *python* for a block; a measurement takes *seconds* at least.

    Args:
      python: the interpreter.
      module: one that runs `benchmarks.worker.answer`.
      seconds: of CPU time.
      folder: where it runs.
      environ: variables that are set in addition.
    """
    command = [python, "-m", module, str(seconds)]
    variables = {**quiet_environ(), "PYTHONPATH": str(ROOT), **environ}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, env=variables
    ) as process:
        # Leaving the block closes its input, which ends it.
        yield Side(process)


@attrs.frozen
class Comparison:
    """Costs of the same work on two sides, measured in turn: ours, theirs, ours, theirs."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """How many times cheaper ours is, by the medians."""
        return median(self.theirs) / median(self.ours)

    @property
    def ratios(self) -> list[float]:
        """How many times cheaper ours was, in each pair of neighbours in time."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def compare(ours: Side, our_case: str, theirs: Side, their_case: str, repetitions: int) -> Comparison:
    """Measure a case on both sides, in turn."""
    # The first answers come from a cold side.
    ours.cost(our_case)
    theirs.cost(their_case)
    pairs = [(ours.cost(our_case), theirs.cost(their_case)) for _ in range(repetitions)]
    return Comparison([pair[0] for pair in pairs], [pair[1] for pair in pairs])
