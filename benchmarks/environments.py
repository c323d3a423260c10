"""The environments of peers: each is made once, outside the repository, and kept."""

import os
import subprocess
import sys
from pathlib import Path


def default_cache() -> Path:
    """Return the folder that environments are kept in unless another is given."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genkit-trio-benchmarks"


def python_with(requirement: str, cache: Path) -> Path:
    """Return the Python of an environment in which *requirement* is installed, making it if there is none.

    Raises:
      subprocess.CalledProcessError: if it cannot be installed.
    """
    tag = f"{sys.implementation.cache_tag}-{requirement}".replace("=", "").replace("*", "x")
    folder = cache.resolve() / tag
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Written last, so an installation that was interrupted starts over.
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing {requirement} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", requirement]
        subprocess.run(install, check=True)
        finished.touch()
    return python


def quiet_environ() -> dict[str, str]:
    """Return the environment variables without those that would switch tracing on."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GENKIT_", "OTEL_"))}
