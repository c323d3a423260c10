"""The command as a process of its own."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager

from tests.source import ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@contextmanager
def started(*arguments: str) -> Generator[subprocess.Popen[str], None, None]:
    """Start the command; it is killed if the block does not wait for it."""
    command = [sys.executable, "-m", "genkit_trio.cli", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def serving(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    """Start a command that serves, and give it with its URL once it listens."""
    with started(*arguments, "--port", "0") as process:
        for line in process.stderr:
            if " running on " in line:
                yield process, line.partition(" running on ")[2].strip()
                return
        raise AssertionError(f"{arguments} did not serve")


def post(url: str, body: bytes = b"{}", **headers: str) -> tuple[int, str]:
    """Send a request with curl's patience, and give the status and the body of the answer."""
    request = urllib.request.Request(url, body, {"content-type": "application/json", **headers}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()
