"""What a process holds: descriptors, child processes, worker processes at work.

What is not told by the system (descriptors outside Linux and macOS, children outside Linux) counts as not there.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from .clock import running_worker_processes
from .leak import Leak

_FOLDERS: Final = (Path("/proc/self/fd"), Path("/dev/fd"))
_TASKS: Final = Path("/proc/self/task")
_PROC: Final = Path("/proc")
_POOLED: Final = b"from multiprocessing."
"""In the command of each process of a pool: workers, which idle between calls, and what serves them."""


@attrs.frozen
class ProcessBaseline:
    """What the process held at a time."""

    descriptors: frozenset[tuple[int, str]]
    children: frozenset[int]
    at_work: int

    @classmethod
    def now(cls) -> "ProcessBaseline":
        """Return what the process holds."""
        return cls(frozenset(_descriptors()), frozenset(_children()), running_worker_processes())

    def plus_what_came_since(self, before: "ProcessBaseline") -> "ProcessBaseline":
        """Return this, with what the process holds now and did not hold at *before*."""
        now = ProcessBaseline.now()
        return ProcessBaseline(
            self.descriptors | (now.descriptors - before.descriptors),
            self.children | (now.children - before.children),
            self.at_work + now.at_work - before.at_work,
        )

    def leaks(self) -> list[Leak]:
        """Return what has come since and is there."""
        new = {pid: _command(pid) for pid in sorted(set(_children()) - self.children)}
        processes = [f"{pid}, {_shown(command)}" for pid, command in new.items() if _POOLED not in command]
        at_work = running_worker_processes() - self.at_work
        if at_work > 0:
            processes.append(f"{at_work} worker processes are at work")
        descriptors = sorted(set(_descriptors()) - self.descriptors)
        if descriptors:
            pooled = {target for pid in _children() if _POOLED in _command(pid) for target in _targets_of(pid)}
            descriptors = [(number, target) for number, target in descriptors if target not in pooled]
        return [
            *(Leak("process", process) for process in processes),
            *(Leak("descriptor", f"{number}, {target}") for number, target in descriptors),
        ]


def _descriptors() -> Iterator[tuple[int, str]]:
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    for name in os.listdir(folder) if folder is not None else ():
        try:
            target = os.readlink(f"{folder}/{name}") if folder == _FOLDERS[0] else str(os.fstat(int(name)).st_ino)
        except OSError:  # that of the listing itself
            continue
        yield int(name), target


def _children() -> Iterator[int]:
    for thread in os.listdir(_TASKS) if _TASKS.is_dir() else ():
        try:
            text = (_TASKS / thread / "children").read_text(encoding="ascii")
        except OSError:  # the thread has ended, or the system does not tell
            continue
        yield from map(int, text.split())


def _command(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _shown(command: bytes) -> str:
    return " ".join(command.decode("utf-8", "replace").split("\0")).strip() or "which has ended and was not waited for"


def _targets_of(pid: int) -> Iterator[str]:
    """The pipes of a child: their other ends are ours, and belong to it."""
    try:
        names = os.listdir(_PROC / str(pid) / "fd")
    except OSError:
        return
    for name in names:
        try:
            target = os.readlink(_PROC / str(pid) / "fd" / name)
        except OSError:
            continue
        if target.startswith("pipe:"):
            yield target
