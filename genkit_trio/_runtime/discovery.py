"""How tools find a runtime: a file in the project that names its address (reflection v1).

A tool that sees the file asks the address at once, and deletes the file where nobody answers. So it is written when
the runtime listens, and appears whole; it goes when the runtime ends.
"""

import json
import logging
import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs

from .._version import __version__
from .._wire import SPEC_VERSION, InvalidJson, JsonValue, loads

logger = logging.getLogger("genkit_trio")

GENKIT_VERSION: Final = f"py/{__version__}"
"""What the runtime calls itself: tools know the language by what stands before the slash."""
MARKERS: Final = (
    "package.json",
    "go.mod",
    "pyproject.toml",
    "requirements.txt",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "pubspec.yaml",
)
"""The files that make a directory the root of a project, for Genkit's CLI and so for its runtimes."""
_UNSAFE: Final = re.compile(r"[^\w.-]")

_written: Final[set[Path]] = set()  # for ends of the process that run no finally


@attrs.frozen
class RuntimeFile:
    """What the file says."""

    id: str
    """By which tools know the runtime; it must answer to it."""
    url: str
    """Where the reflection API listens."""


def find_project_root(start: Path) -> Path:
    """Return the directory that Genkit's CLI takes for the root of the project when it is started in *start*."""
    start = start.absolute()
    # The CLI does not look into the root of the file system.
    for folder in (start, *start.parents)[:-1]:
        if any((folder / marker).exists() for marker in MARKERS):
            return folder
    return start


@contextmanager
def announced(file: RuntimeFile, root: Path) -> Generator[None, None, None]:
    """Let tools find the runtime for the length of the block.

    A project that cannot be written to is said so, and is no error: the runtime works, and tools do not find it.

    Args:
      file: what to tell them.
      root: the root of the project.
    """
    try:
        path = _write(file, root / ".genkit")
    except OSError as exc:
        logger.warning("tools will not find this runtime, as its file cannot be written: %s", exc)
        yield
        return
    _written.add(path)
    try:
        yield
    finally:
        # In this order: a signal that ends the process between the two still finds the path.
        _remove(path)
        _written.discard(path)


def forget_runtimes() -> None:
    """Remove the files that this process has written: for an end of the process that runs no ``finally``."""
    while _written:
        _remove(_written.pop())


def _write(file: RuntimeFile, folder: Path) -> Path:
    runtimes = folder / "runtimes"
    runtimes.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = runtimes / f"{_UNSAFE.sub('_', file.id)[:80]}-{round(now.timestamp() * 1000)}.json"
    content = {
        "id": file.id,
        "pid": os.getpid(),
        "reflectionServerUrl": file.url,
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "genkitVersion": GENKIT_VERSION,
        "reflectionApiSpecVersion": SPEC_VERSION,
    }
    # Tools take every file in runtimes/ for a runtime, so the half-written one is outside.
    half = folder / f"{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        half.write_text(json.dumps(content), encoding="utf-8")
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    return path


def _remove(path: Path) -> None:
    # A tool may have removed it, and a forked child must leave that of its parent alone.
    with suppress(OSError):
        if _pid_in(path.read_bytes()) == os.getpid():
            path.unlink()


def _pid_in(text: bytes) -> JsonValue:
    """Return the process that a file names; None where somebody has made something else of it."""
    try:
        content = loads(text)
    except InvalidJson:
        return None
    return content.get("pid") if isinstance(content, dict) else None
