"""Genkit's own command line tool, in a project folder and a home of its own, without the internet."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import httpx2

ROOT = pathlib.Path(__file__).parents[2]
APP = pathlib.Path(__file__).with_name("developed.py")
CLI_VERSION = "1.43.0"

T = TypeVar("T")


class Project:
    """A folder that the tool takes for a project."""

    def __init__(self, folder: pathlib.Path, node_modules: pathlib.Path, app: pathlib.Path = APP):
        self.folder = folder
        self.home = folder / "home"
        self._genkit = [node(), str(node_modules / ".bin" / "genkit"), "--non-interactive"]
        self.app = [sys.executable, str(app)]
        (folder / "package.json").write_text("{}")
        # What the tool would download on its first use.
        docs = self.home / ".genkit" / "docs" / CLI_VERSION
        docs.mkdir(parents=True)
        (docs / "bundle.json").write_text("{}")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GENKIT_")}
        self.env = {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "GENKIT_CLI_DISABLE_UPDATE_NOTIFICATIONS": "1",
        }

    def genkit(self, *args: str) -> str:
        """Run a command to its end and return what it printed."""
        done = subprocess.run(
            [*self._genkit, *args],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout.decode()

    @contextmanager
    def started(self, *args: str, stdin: int | None = None) -> Generator[subprocess.Popen[bytes]]:
        """Run a command that stays, in a process group of its own; Ctrl-C ends it."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*self._genkit, *args],
                cwd=self.folder,
                env=self.env,
                stdin=stdin,
                stdout=log if stdin is None else subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=20)

    @contextmanager
    def developed(self, *flags: str) -> Generator["ToolsServer"]:
        """Run ``genkit start`` with the application, and talk to the server when it knows the application."""
        port = free_port()
        command = ("start", "-p", str(port), *flags, "--", *self.app)
        with self.started(*command), ToolsServer.at(port) as server:
            until(server.actions)
            yield server
        self.until_forgotten()

    def runtime_files(self) -> list[dict[str, Any]]:
        """Read the files by which the tool finds runtimes."""
        files = []
        for path in (self.folder / ".genkit" / "runtimes").glob("*.json"):
            with suppress(FileNotFoundError):
                files.append(json.loads(path.read_text()))
        return files

    def until_forgotten(self) -> None:
        """Wait until no runtime is announced: the command does not wait for the application that it has ended."""
        until(lambda: not self.runtime_files())

    def log(self) -> str:
        """Read what commands that stay have printed."""
        return (self.folder / "log").read_text()


class ToolsServer:
    """The tools server: what the pages of the developer UI talk to."""

    def __init__(self, client: httpx2.Client):
        self.client = client

    @classmethod
    @contextmanager
    def at(cls, port: int) -> Generator["ToolsServer"]:
        """Talk to the server at *port*."""
        # A connection is kept by nobody: a client that several tests share must not leave one behind in any of them.
        limits = httpx2.Limits(max_keepalive_connections=0)
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{port}/api", trust_env=False, timeout=20, limits=limits
        ) as client:
            yield cls(client)

    def query(self, name: str, **input: object) -> Any:
        response = self.client.get(f"/{name}", params={"input": json.dumps(input)})
        return _data_of(response)

    def mutate(self, name: str, **input: object) -> Any:
        return _data_of(self.client.post(f"/{name}", json=input))

    def actions(self) -> dict[str, Any]:
        """List the actions of the application; none while it is not there."""
        try:
            return dict(self.query("listActions"))
        except (AssertionError, httpx2.TransportError):
            return {}

    def run(self, key: str, input: object) -> Any:
        """Run an action and return its output."""
        answer = self.client.post("/runAction", json={"key": key, "input": input}).json()
        assert "result" in answer, answer
        return answer["result"]

    def stream(self, key: str, input: object) -> tuple[list[Any], Any]:
        """Run an action and return its chunks and its output."""
        answer = self.client.post("/streamAction", json={"key": key, "input": input})
        *chunks, final = answer.text.split("\n")
        return [json.loads(chunk) for chunk in chunks], json.loads(final)["result"]

    def trace(self, trace_id: str) -> dict[str, Any]:
        """Return the spans of a trace by their display names; empty while the server does not know it."""
        try:
            return {span["displayName"]: span for span in self.query("getTrace", traceId=trace_id)["spans"].values()}
        except (AssertionError, KeyError, TypeError):
            return {}


def _data_of(response: httpx2.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["result"]["data"]


def node() -> str:
    """Return where Node is."""
    found = shutil.which("node")
    assert found, "these tests need node and npm; install them, or leave tests/compat out"
    return found


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(look: Callable[[], T], seconds: float = 20) -> T:
    """Look again and again until there is something to see, and return it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "nothing to be seen"
        time.sleep(0.02)
    return found
