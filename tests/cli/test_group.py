"""The command and its subcommands."""

import subprocess
import sys

import pytest

from genkit_trio import __version__
from tests.source import ROOT

pytestmark = pytest.mark.extra


def test_the_command_runs_as_a_module():
    command = [sys.executable, "-m", "genkit_trio.cli", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"genkit-trio, version {__version__}\n"


def test_the_help_lists_the_subcommands(invoke):
    shown = invoke("--help").stdout
    assert [name for name in ("demo", "list", "run", "serve", "work") if f"\n  {name} " not in shown] == []
