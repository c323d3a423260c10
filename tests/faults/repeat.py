"""Running the unit tests again and again: ``python -m tests.faults.repeat``.

Each time in another order, and beside a process that keeps a core busy, so that what depends on the order or on the
machine's having time shows. A time that failed is run again in the same way by its seed:
``python -m tests.faults.repeat --times 1 --seed <seed>``.

The exit code is 1 when any test failed at any time.
"""

import argparse
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import attrs

from tests.source import ROOT

UNIT: Final = ("-m", "not io and not slow")
_QUIET: Final = ("-q", "--tb=short", "--no-header", "-rfE", "-p", "no:cacheprovider")
_BUSY: Final = "while True: pass"
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.MULTILINE)


@attrs.frozen
class Time:
    """One time of many."""

    seed: int
    code: int
    said: str
    seconds: float

    @property
    def failed(self) -> list[str]:
        """The tests that did; or, where it came to no test, that it did not."""
        names = _FAILED.findall(self.said)
        return names if names or not self.code else [f"pytest ended with {self.code}"]

    def row(self, number: int) -> str:
        summary = self.said.rstrip().rpartition("\n")[2]
        return f"{number:>4}  seed {self.seed:<10}  {self.seconds:>6.1f} s  {summary}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Repeat, and tell of each time; arguments that are not its own are pytest's."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.repeat", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=50, help="how often")
    parser.add_argument("--seed", type=int, help="of the first time; at random unless given")
    options, rest = parser.parse_known_args(arguments)
    failed: Counter[str] = Counter()
    with _busy_core():
        for number, seed in enumerate(_seeds(options.times, options.seed), 1):
            done = _run(seed, rest or UNIT)
            print(done.row(number), *done.failed, sep="\n      ", flush=True)
            if done.failed:
                print(done.said, file=sys.stderr)
            failed.update(done.failed)
    print(f"{options.times} times, {failed.total()} failures")
    print(*(f"  {count} times {name}" for name, count in failed.most_common()), sep="\n")
    return 1 if failed else 0


def _seeds(times: int, first: int | None) -> Iterator[int]:
    first = random.randrange(2**31) if first is None else first
    return iter(range(first, first + times))


def _run(seed: int, arguments: Sequence[str]) -> Time:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", f"--randomly-seed={seed}", *_QUIET, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return Time(seed, done.returncode, done.stdout, time.monotonic() - began)


@contextmanager
def _busy_core() -> Generator[None, None, None]:
    """Keep one core busy for the length of the block."""
    with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
        try:
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
