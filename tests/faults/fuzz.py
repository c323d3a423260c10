"""Coverage-guided fuzzing of every parser, side by side: ``python -m tests.faults.fuzz json frames --seconds 60``.

Without a name, all that are in `tests.faults.parsers` have their turn. Each begins with its seeds and its corpus, in a
process of its own, and ends after so many seconds of the processor, or with the first input that breaks the rule, which
is written to ``findings/``. The exit code is 0 if there is none.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

KEPT, LARGEST_KEPT = 40, 1024
"""How many files of a corpus are kept, and how many bytes of each."""
ROOT: Final = Path(__file__).parents[2]
FINDINGS: Final = Path("findings")
EVERY: Final = 256
"""Of so many inputs one is made large, to see how long it takes."""


def main() -> None:
    """Fuzz the parsers that are named, and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="parsers of the table; all, by default")
    parser.add_argument("--seconds", type=float, default=600, help="how long each goes on, on the processor")
    parser.add_argument("--jobs", type=int, default=0, help="how many run at a time; all, by default")
    parser.add_argument("--keep", action="store_true", help="add what reaches new code to the corpora, and trim them")
    parser.add_argument("--folder", type=Path, help="where inputs are kept between two runs; by default they are not")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        fuzz(options.names[0], options.folder, options.seconds)
    names = options.names or _names()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows = list(fuzz_all(names, folder, options.seconds, options.jobs or len(names)))
        for name in names if options.keep else ():
            keep(name, folder / name)
    print(f"{'parser':16}{'runs':>12}{'seconds':>9}{'findings':>10}")
    for name, runs, seconds, findings in rows:
        print(f"{name:16}{runs:>12,}{seconds:>9.0f}{findings:>10}")
    sys.exit(any(findings for *_, findings in rows))


def fuzz_all(names: Sequence[str], folder: Path, seconds: float, jobs: int) -> Iterator[tuple[str, int, float, int]]:
    """Fuzz, as many at a time as there are *jobs*; yield the name, the runs, the seconds and the number of findings."""
    waiting, running = list(names), dict[int, tuple[str, Any, Path]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            (folder / name).mkdir(parents=True, exist_ok=True)
            told = folder / f"{name}.log"
            command = [sys.executable, "-m", __spec__.name, name, "--one", f"--seconds={seconds}", f"--folder={folder}"]
            process = subprocess.Popen(command, stdout=told.open("w"), stderr=subprocess.STDOUT)
            running[process.pid] = (name, process, told)
        pid, status, used = os.wait4(-1, 0)
        name, process, told = running.pop(pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        text = told.read_text(encoding="utf-8", errors="replace")
        if process.returncode:
            print(f"{name}:\n{text[-4000:]}", file=sys.stderr)
        runs = [int(line.split()[1]) for line in text.splitlines() if line.startswith("runs: ")]
        yield name, runs[-1] if runs else 0, used.ru_utime + used.ru_stime, int(process.returncode != 0)


def fuzz(name: str, folder: Path, seconds: float) -> None:
    """Fuzz one parser, and leave the process."""
    import atheris  # what only looks at the names does without

    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["genkit_trio", "h11", "dotpromptz"]):
        from tests.faults import parsers
        from tests.faults.seeds import WORDS

        table = parsers.PARSERS[name]
        for data in parsers.inputs_of(name):
            parsers.check(table, data)  # what is imported when it is first used is instrumented too
    FINDINGS.mkdir(exist_ok=True)
    runs = 0

    def one_input(data: bytes) -> None:
        nonlocal runs
        runs += 1
        if not runs % EVERY:
            print("runs:", runs, flush=not runs % (EVERY * 64))
            if time.process_time() > seconds:
                sys.stdout.flush()
                os._exit(0)  # what was found is on the disk
        parsers.check(table, data)
        if not zlib.crc32(data) % EVERY:
            parsers.check_time(table, data)

    corpus, words = folder / name, folder / f"{name}.words"
    for data in parsers.inputs_of(name):
        (corpus / _file_name(data)).write_bytes(data)
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS[name]), encoding="ascii")
    limits = [f"-max_len={table.largest}", "-timeout=120", "-rss_limit_mb=2048", "-report_slow_units=20"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-dict={words}", f"-artifact_prefix={FINDINGS}/{name}-", str(corpus)], one_input
    )
    atheris.Fuzz()


def keep(name: str, found: Path) -> None:
    """Make the corpus of *name* anew: the fewest inputs, of it and of those that were found, that reach all code."""
    from tests.faults import parsers
    from tests.faults.seeds import SEEDS

    inputs = {*parsers.inputs_of(name), *(file.read_bytes() for file in found.iterdir())}
    seeds = {*SEEDS[name]}
    short = sorted((each for each in inputs - seeds if len(each) <= LARGEST_KEPT), key=lambda each: (len(each), each))
    check = partial(parsers.check, parsers.PARSERS[name])
    for each in inputs:
        check(each)  # what is done once, at the first use, is no input's merit
    reached = set[object]().union(*(arcs_of(partial(check, each)) for each in seeds))
    added = {each: arcs_of(partial(check, each)) - reached for each in short}
    corpus = parsers.CORPORA / name
    corpus.mkdir(parents=True, exist_ok=True)
    for file in corpus.iterdir():
        file.unlink()
    for _ in range(KEPT):
        best = max(added, key=lambda each: (len(added[each]), -len(each)), default=b"")
        if not added.get(best):
            return
        (corpus / _file_name(best)).write_bytes(best)
        arcs = added.pop(best)
        added = {each: others - arcs for each, others in added.items() if others - arcs}


def arcs_of(act: Callable[[], object]) -> set[object]:
    """Return which line of the package follows which when *act* is called, and about how often."""
    counts = dict[object, int]()
    package = str(ROOT / "genkit_trio")

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(package):
            return None
        last = 0

        def trace_lines(frame: FrameType, event: str, _: object) -> Any:
            nonlocal last
            if event == "line":
                arc = (frame.f_code, last, frame.f_lineno)
                counts[arc] = counts.get(arc, 0) + 1
                last = frame.f_lineno
            return trace_lines

        return trace_lines

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return {(arc, min(3, count.bit_length())) for arc, count in counts.items()}


def _names() -> list[str]:
    from tests.faults import parsers

    return list(parsers.PARSERS)


def _file_name(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


def _escaped(word: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
