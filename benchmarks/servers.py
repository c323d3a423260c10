"""The servers that ``serve`` compares: how each is started and asked, and what its process has cost."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import attrs

from benchmarks.environments import node_modules_with_express, python_with, quiet_environ
from benchmarks.sides import NOTHING, ROOT
from genkit_trio import __version__

START: Final = 30.0
"""Seconds that a server may take until it accepts connections."""
ON_UVICORN: Final = ("genkit", "uvicorn", "uvloop", "httptools")


@attrs.frozen
class Program:
    """A server that can be started.

    Args:
      name: what its column is called.
      about: what it is, with versions.
      command: the program and its arguments, but for the port and the descriptor of the notes.
      environ: variables that are set in addition.
      is_reflection: whether it is asked as the reflection API is.
      trusted: the file with the certificate that it shows, `None` without TLS.
    """

    name: str
    about: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = NOTHING
    is_reflection: bool = False
    trusted: Path | None = None

    def request(self, flow: str, data: object, *, is_stream: bool = False) -> bytes:
        """Return the bytes of a request that runs *flow*."""
        target = "/api/runAction" if self.is_reflection else f"/{flow}"
        document = {"key": f"/flow/{flow}", "input": data} if self.is_reflection else {"data": data}
        body = json.dumps(document, separators=(",", ":"))
        accept = "text/event-stream" if is_stream else "application/json"
        head = f"POST {target} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: {accept}\r\ncontent-type: application/json\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()


def programs(cache: Path) -> list[Program]:
    """Return the servers, ours first, and install what those of peers need into *cache*."""
    # With the fast loop and parser: genkit does not ask for them, but its users may well have them.
    peer_python = str(python_with(cache, "genkit-fastapi==0.12.*", "uvicorn[standard]"))
    peers = (peer_python, "-m", "benchmarks.peers.genkit_servers")
    of_genkit, of_fastapi = _versions(peer_python, ON_UVICORN), _versions(peer_python, ("genkit-fastapi", "fastapi"))
    found = [
        *_ours(),
        *_guest(),
        Program("reflection", f"reflection API of {of_genkit}", (*peers, "reflection"), is_reflection=True),
        Program("fastapi", f"{of_fastapi} on the same", (*peers, "fastapi")),
    ]
    node_modules = node_modules_with_express(cache)
    return found if node_modules is None else [*found, _express(node_modules)]


def _express(node_modules: Path) -> Program:
    package = json.loads((node_modules / "@genkit-ai" / "express" / "package.json").read_text(encoding="utf-8"))
    node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    environ = {"NODE_PATH": str(node_modules), "NODE_ENV": "production"}
    command = ("node", str(ROOT / "benchmarks" / "peers" / "express_server.cjs"))
    return Program("express", f"@genkit-ai/express {package['version']} on Node.js {node}", command, environ)


def _versions(python: str, packages: Sequence[str]) -> str:
    program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    done = subprocess.run([python, "-c", program, *packages], stdout=subprocess.PIPE, text=True, check=True)
    return ", ".join(f"{name} {found}" for name, found in zip(packages, done.stdout.split(), strict=True))


def secure_programs(folder: Path) -> list[Program]:
    """Return ours and Hypercorn's servers with TLS, and put their certificate into *folder*; none without openssl."""
    if shutil.which("openssl") is None:
        return []
    chain, key = folder / "chain.pem", folder / "key.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    command = ["openssl", "req", "-x509", *curve, *names, "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return _ours(chain)


def _ours(trusted: Path | None = None) -> list[Program]:
    """Return the servers of this repository's flows."""
    hypercorn, trio = f"Hypercorn {version('hypercorn')}", f"trio {version('trio')}"
    about = {
        "fast": ("genkit_trio", f"genkit_trio {__version__}, its serve, httptools {version('httptools')}, {trio}"),
        "ours": ("h1=hypercorn", f"the same with the HTTP/1.1 of {hypercorn}"),
        "hypercorn": ("hypercorn", f"the same application on {hypercorn} as it is, {trio}"),
    }
    files = "-" if trusted is None else str(trusted.parent)
    command = (sys.executable, "-m", "benchmarks.serve_app")
    return [Program(name, text, (*command, server, files), trusted=trusted) for server, (name, text) in about.items()]


def _guest() -> list[Program]:
    """Return the same flows as guests of uvicorn, with the fast loop and parser, where these are installed."""
    packages = ("uvicorn", "uvloop", "httptools")
    if not all(map(find_spec, packages)):
        print(f"left out: flows under uvicorn, because one of {', '.join(packages)} is not installed", file=sys.stderr)
        return []
    about = ", ".join(f"{name} {version(name)}" for name in packages)
    command = (sys.executable, "-m", "benchmarks.serve_app", "guest", "-")
    return [Program("guest", f"the same application as a guest of {about}, trio {version('trio')}", command)]


class Server:
    """A server that runs. Use `open_server`."""

    def __init__(self, program: Program, process: "subprocess.Popen[bytes]", port: int, notes: int) -> None:
        self.program: Final = program
        self.address: Final = ("127.0.0.1", port)
        self.notes: Final = notes
        """The descriptor on which runs that were cancelled tell the time."""
        self._pid: Final = process.pid

    def cpu(self) -> float:
        """Return the seconds of CPU time that the process has taken, in user and system mode, all threads."""
        # What clock_getcpuclockid() gives on Linux: the same figure as /proc/PID/stat has, which steps by 10 ms.
        return time.clock_gettime(~self._pid << 3 | 2)

    def resident(self) -> float:
        """Return how many KiB of memory the process holds."""
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8")
        return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))


@contextmanager
def open_server(program: Program) -> Generator[Server, None, None]:
    """Run *program* for a block.

    Raises:
      RuntimeError: if it does not accept connections in time.
    """
    port = _free_port()
    notes, notes_of_child = os.pipe()
    variables = {**quiet_environ(), "PYTHONPATH": str(ROOT), **program.environ}
    command = [*program.command, str(port), str(notes_of_child)]
    try:
        with subprocess.Popen(command, pass_fds=[notes_of_child], cwd=ROOT, env=variables) as process:
            try:
                _wait_until_accepting(program, process, port)
                yield Server(program, process, port, notes)
            finally:
                # What a server does at its end is not measured here, and takes some of them long.
                process.kill()
    finally:
        os.close(notes)
        os.close(notes_of_child)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_until_accepting(program: Program, process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{program.name} does not accept connections; its error is printed above")
