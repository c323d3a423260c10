"""Node packages for the tests against other implementations."""

import json
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def node_modules() -> pathlib.Path:
    """The folder of the packages in package-lock.json, installed when one of them is missing."""
    folder = HERE / "node_modules"
    if not all((HERE / place).is_dir() for place in locked_packages()):
        npm = shutil.which("npm")
        assert npm, "these tests need node and npm; install them, or leave tests/compat out"
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return folder


def locked_packages() -> list[str]:
    """The places of the packages that are not for another platform only."""
    lock = json.loads((HERE / "package-lock.json").read_text())
    return [place for place, package in lock["packages"].items() if place and not package.get("optional")]
