"""The command where its extra is not installed, and how it starts."""

import subprocess
import sys

import pytest

from tests.source import ROOT


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_its_extra_the_command_names_it(missing):
    program = f"import sys; sys.modules[{missing!r}] = None; from genkit_trio.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith("install it with: pip install 'genkit-trio[cli]'\n")
    assert len(done.stderr.splitlines()) == 1


def test_a_module_of_ours_that_is_missing_is_not_called_an_extra():
    program = "import sys; sys.modules['genkit_trio.cli.group'] = None; from genkit_trio.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError" in done.stderr
