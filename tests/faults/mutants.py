"""Taking safeguards out, one at a time: ``python -m tests.faults.mutants``.

A safeguard is a shield, a close, a release, a flag, an order or a bound of the concurrency code. The table says what of
the text is one, and which tests do not pass without it. Each mutant is made in a copy of the package; the tests are
run against that copy, and one must fail, or hang. Before, all of them must pass against a copy that is whole.

The exit code is 1 when a safeguard is not missed, or is no longer where the table says.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import attrs
import trio

from tests.faults.mutant import Mutant
from tests.faults.mutants_table import TABLE
from tests.source import ROOT

PATIENCE: Final = 10
"""Seconds after which a test hangs, also where nothing is missing: a machine that is too slow is noticed first."""
LIMIT: Final = 900.0
"""Seconds for everything that is run at once."""
_PLUGINS: Final = ("-p", "pytest_trio.plugin", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider")
"""Those that the tests need, and no other: some change the order of tests, and all take time."""
_ARGS: Final = (*_PLUGINS, "-x", "-v", "--tb=no", "--no-header", "-rfE")
_ALONE: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_IMPATIENT: Final = ("-o", f"faulthandler_timeout={PATIENCE}", "-o", "faulthandler_exit_on_timeout=true")
_HANGS: Final = re.compile(r"\bTimeout \(\d")
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) tests/(\S+::[^\[\s]+)", re.MULTILINE)
_BEGUN: Final = re.compile(r"^tests/(\S+::[^\[\s]+)", re.MULTILINE)


@attrs.frozen
class Verdict:
    """What became of one mutant."""

    mutant: Mutant
    word: str
    """``noticed``, ``hangs``, ``survives``, ``skipped`` or ``broken``."""
    test: str
    """The test that noticed it."""
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether a test notices that the safeguard is missing, or none can be run here."""
        return self.word in {"noticed", "hangs", "skipped"}

    def row(self) -> str:
        """Return the row of the table."""
        cells = (self.mutant.name, self.mutant.clause, self.mutant.file, self.word, self.test, f"{self.seconds:.1f}")
        return f"| {' | '.join(cells)} |"


class Copy:
    """A copy of the package and its tests, in which one text at a time is another one."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder
        for name in ("genkit_trio", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", "node_modules", "_build")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, folder / name)

    async def try_out(self, mutant: Mutant) -> Verdict:
        """Run the tests of *mutant* without its safeguard."""
        path = self._folder / "genkit_trio" / mutant.file
        text = path.read_text(encoding="utf-8")
        self._write(path, mutant.applied_to(text))
        began = trio.current_time()
        try:
            word, test = _read(*await self.run(*_IMPATIENT, *_paths(mutant.tests)))
        finally:
            self._write(path, text)
        return Verdict(mutant, word, test, trio.current_time() - began)

    async def run(self, *args: str) -> tuple[int | None, str]:
        """Run tests; return the exit code, `None` where there is none in time, and what they print."""
        command = [sys.executable, "-m", "pytest", *_ARGS, *args]
        environ = {**os.environ, "PYTHONPATH": str(self._folder), "PYTHONUNBUFFERED": "1", **_ALONE}
        output = self._folder / "output.txt"
        with output.open("wb") as out, trio.move_on_after(LIMIT):
            done = await trio.run_process(
                command,
                cwd=self._folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                start_new_session=True,
                deliver_cancel=_kill,
            )
            return done.returncode, output.read_text(errors="replace")
        return None, output.read_text(errors="replace")

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        # What was compiled a second ago looks as new as the text.
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)


async def _kill(process: trio.Process) -> None:  # noqa: ASYNC124  # trio awaits it
    os.killpg(process.pid, signal.SIGKILL)


def _paths(tests: Iterable[str]) -> list[str]:
    return [f"tests/{test}" for test in tests]


def _read(code: int | None, output: str) -> tuple[str, str]:
    """Return what the tests say, and which of them."""
    failed = _FAILED.findall(output)
    if code is None or _HANGS.search(output):
        begun = _BEGUN.findall(output)
        return "hangs", begun[-1] if begun else ""
    if code == 1 and failed:
        return "noticed", failed[0]
    if code == 0:
        return ("survives" if " passed" in output else "skipped"), ""
    return "broken", output[-400:].replace("\n", " ")


async def main(mutants: Sequence[Mutant], jobs: int) -> int:
    """Try all of *mutants*, so many at once, and return the exit code."""
    missing = [mutant for mutant in mutants if not mutant.fits]
    for mutant in missing:
        print(f"not found exactly once in {mutant.file}: {mutant.name}")
    rest = iter([mutant for mutant in mutants if mutant.fits])
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as folder:
        copies = [Copy(Path(folder, str(number))) for number in range(jobs)]
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        code, output = await copies[0].run(*_IMPATIENT, *_paths(tests))
        if code != 0:
            print(f"the tests do not pass as they are\n{output}")
            return 1
        print("| safeguard | clause | file | without it | the test | seconds |\n|---|---|---|---|---|---|")
        async with trio.open_nursery() as nursery:
            for copy in copies:
                nursery.start_soon(_work, copy, rest, verdicts)
    bad = [verdict for verdict in verdicts if not verdict.is_good]
    print(f"{len(verdicts)} safeguards, {len(verdicts) - len(bad)} missed where they are missing")
    return 1 if bad or missing else 0


async def _work(copy: Copy, rest: Iterator[Mutant], verdicts: list[Verdict]) -> None:
    for mutant in rest:
        verdict = await copy.try_out(mutant)
        verdicts.append(verdict)
        print(verdict.row(), flush=True)


def _chosen(options: argparse.Namespace) -> list[Mutant]:
    return [mutant for mutant in TABLE if options.only is None or options.only in f"{mutant.file} {mutant.name}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", help="a part of the name of a safeguard, or of its file")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once")
    given = parser.parse_args()
    sys.exit(trio.run(partial(main, _chosen(given), given.jobs)))
