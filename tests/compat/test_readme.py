"""The README's own lines, typed by nobody else before: a clean checkout, fresh environments, the network for pip.

The lines run exactly as they are printed. Two things around them are set: where curl finds ``localhost:8000``, so that
the demo may listen on a port that is free; and, for the line that runs all tests, which environments tox leaves out,
because this test is in one of them.
"""

import os
import shutil
import signal
import subprocess

import pytest

from tests.readme import lines_below
from tests.source import ROOT

PATIENCE = 300
# What a person who has just opened a terminal does not have set.
INSIDE = ("TOX", "VIRTUAL_ENV", "PYTHON", "PYTEST", "COV", "GENKIT")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The repository without anything that git ignores."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    target = tmp_path_factory.mktemp("clean") / "checkout"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".git", *ignored))
    return target


@pytest.fixture
def environment(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(INSIDE)}
    return {**clean, "HOME": str(tmp_path), "CURL_HOME": str(tmp_path)}


def test_one_line_installs_and_starts_the_demo_and_the_others_get_their_answers(checkout, environment, tmp_path):
    start, *requests = lines_below("Run it")
    with _started(start.command, checkout, {**environment, "GENKIT_TRIO_DEMO_PORT": "0"}) as demo:
        try:
            address = _address_of(demo)
            (tmp_path / ".curlrc").write_text(f'connect-to = "localhost:8000:{address}"\n', encoding="utf-8")
            shown = [_output_of(request.command, checkout, environment) for request in requests]
        finally:
            os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(timeout=PATIENCE) == 0, demo.stderr.read()
    # A terminal shows the answer of a unary request without a newline of its own at the end.
    assert [output.rstrip("\n") for output in shown] == [request.output.rstrip("\n") for request in requests]


def test_one_line_runs_all_tests(checkout, environment):
    [line] = lines_below("Run all tests")
    output = _output_of(line.command, checkout, {**environment, "TOX_SKIP_ENV": "^(?!news$)"})
    assert "  news: OK" in output
    assert "  congratulations :)" in output


def _started(command, folder, environment):
    return subprocess.Popen(
        # A shell that ends as its last command does when both get Ctrl-C; others end by the signal.
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C reaches all that the line has started, as in a terminal.
        start_new_session=True,
    )


def _address_of(demo):
    told = []
    for line in demo.stderr:
        told.append(line)
        if " running on http://" in line:
            return line.rpartition("http://")[2].strip()
    raise AssertionError("".join(told))


def _output_of(command, folder, environment):
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
