"""The environments of peers: each is made once, outside the repository, and kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

NPM_PACKAGES: Final = ("@genkit-ai/express@1.42", "genkit@1.42", "express@5")


def default_cache() -> Path:
    """Return the folder that environments are kept in unless another is given."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "genkit-trio-benchmarks"


def python_with(cache: Path, *requirements: str) -> Path:
    """Return the Python of an environment in which *requirements* are installed, making it if there is none.

    Raises:
      subprocess.CalledProcessError: if they cannot be installed.
    """
    names = "-".join(requirements).replace("=", "").replace("*", "x").replace("[", "-").replace("]", "")
    folder = cache.resolve() / f"{sys.implementation.cache_tag}-{names}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Written last, so an installation that was interrupted starts over.
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing {', '.join(requirements)} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
        finished.touch()
    return python


def node_modules_with_express(cache: Path) -> Path | None:
    """Return a folder of npm packages with ``@genkit-ai/express``, making it if there is none.

    `None`, and the reason printed, where Node.js is missing or the packages cannot be installed: that peer is optional.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("left out: @genkit-ai/express, because node and npm are not on the PATH", file=sys.stderr)
        return None
    folder = cache.resolve() / "npm-genkit-express"
    finished = folder / "finished"
    if not finished.exists():
        print(f"installing {', '.join(NPM_PACKAGES)} into {folder}", file=sys.stderr)
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), *NPM_PACKAGES]
        if subprocess.run(install, check=False, cwd=folder).returncode:
            print("left out: @genkit-ai/express, because npm could not install it", file=sys.stderr)
            return None
        finished.touch()
    return folder / "node_modules"


def quiet_environ() -> dict[str, str]:
    """Return the environment variables without those that would switch tracing on."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GENKIT_", "OTEL_"))}
