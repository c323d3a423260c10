"""What ``import genkit_trio`` costs beyond ``import trio, attrs, cattrs``, in fresh processes.

``python -m benchmarks imports`` prints milliseconds; with ``--check`` it fails where the aim is missed, or where a
module is loaded that must wait until it is used.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from benchmarks.environments import quiet_environ
from benchmarks.machine import machine, versions
from benchmarks.sides import ROOT

AIM: Final = 60.0
OURS: Final = "import genkit_trio"
FLOOR: Final = "import trio, attrs, cattrs"
HTTP: Final = frozenset({"h11", "h2", "httpcore2", "httpx2", "hypercorn", "wsproto"})
OTHER_LOOPS: Final = frozenset({"anyio", "asyncio"})
OPTIONAL: Final = frozenset({"click", "msgspec", "opentelemetry", "pydantic", "rich", "trio_parallel"})

PROGRAM: Final = """
import json, sys, time
wall, cpu = time.perf_counter(), time.process_time()
{statement}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(json.dumps([wall * 1e3, cpu * 1e3, sorted(sys.modules)]))
"""


@attrs.frozen
class Import:
    """One import in a fresh process, in milliseconds."""

    wall: float
    cpu: float
    modules: Sequence[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both imports in turn, print the difference, and return the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks imports", description="Measure the import.")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the aim is missed")
    parser.add_argument("--repetitions", type=int, default=20, help="processes per side (%(default)s)")
    options = parser.parse_args(arguments)
    if options.repetitions < 1:
        parser.error("--repetitions must be greater than 0")
    with TemporaryDirectory() as bytecode:
        # The first ones compile, as an installer does.
        import_once(FLOOR, bytecode)
        import_once(OURS, bytecode)
        pairs = [(import_once(FLOOR, bytecode), import_once(OURS, bytecode)) for _ in range(options.repetitions)]
    print(f"{machine()}\n{versions('trio', 'attrs', 'cattrs')}")
    print(f"ms, median of {len(pairs)} processes in turn\n\n{'':30} {'wall':>8} {'CPU':>8}")
    added = _print_costs(pairs)
    loaded = heavy(pairs[0][1].modules, beyond=pairs[0][0].modules)
    print(f"loaded, and should not be: {', '.join(loaded) or 'nothing'}")
    return int(options.check and (added > AIM or bool(loaded)))


def import_once(statement: str, bytecode: str) -> Import:
    """Execute the import *statement* in a fresh process that keeps compiled modules in the folder *bytecode*."""
    command = [sys.executable, "-c", PROGRAM.format(statement=statement)]
    # Whether the user's own Python keeps compiled modules is not what is measured.
    environ = {**quiet_environ(), "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT, env=environ)
    wall, cpu, modules = json.loads(done.stdout)
    return Import(wall, cpu, modules)


def heavy(modules: Sequence[str], *, beyond: Sequence[str]) -> list[str]:
    """Return the heavy packages among *modules* that the dependencies have not loaded themselves."""
    return sorted({name.partition(".")[0] for name in set(modules) - set(beyond)} & (HTTP | OTHER_LOOPS | OPTIONAL))


def _print_costs(pairs: Sequence[tuple[Import, Import]]) -> float:
    """Print both sides and their difference, and return that of the CPU time."""
    for name, side in ((FLOOR, [floor for floor, _ in pairs]), (OURS, [ours for _, ours in pairs])):
        _print_line(name, [one.wall for one in side], [one.cpu for one in side])
    walls = [ours.wall - floor.wall for floor, ours in pairs]
    cpus = [ours.cpu - floor.cpu for floor, ours in pairs]
    # Wall time includes what else the machine does, so the aim is held against CPU time.
    added = median(cpus)
    _print_line("difference, of pairs", walls, cpus, f"  aim ≤ {AIM:g} of CPU {'met' if added <= AIM else 'MISSED'}")
    return added


def _print_line(label: str, walls: Sequence[float], cpus: Sequence[float], note: str = "") -> None:
    print(f"{label:30} {median(walls):8.1f} {median(cpus):8.1f}{note}")


if __name__ == "__main__":
    sys.exit(main())
