"""A real Redis server, on a private socket, for a test or for all of them."""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

PROGRAM: Final = shutil.which("redis-server")
IS_THERE: Final = PROGRAM is not None and importlib.util.find_spec("coredis") is not None
needs_redis: Final = pytest.mark.skipif(not IS_THERE, reason="needs redis-server and coredis")


class RedisServer:
    """A server that can be stopped, killed and started again.

    Args:
      folder: where its socket and its data are; the path of a socket must be short.
    """

    def __init__(self, folder: Path):
        self._folder: Final = folder
        self._process: subprocess.Popen[str] | None = None
        self.url: Final = f"unix://{folder}/redis.sock"

    def start(self, *options: str) -> None:
        """Start it, and return when it takes connections; the data of the last time is there if it was saved."""
        options = (
            "--port",
            "0",
            "--unixsocket",
            str(self._folder / "redis.sock"),
            "--dir",
            str(self._folder),
            *options,
        )
        self._process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        """Stop it in order: it saves what it has."""
        self._process.terminate()
        self._end()

    def kill(self) -> None:
        """Kill it: it saves nothing."""
        self._process.kill()
        self._end()

    def _end(self) -> None:
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def redis_server(*options: str) -> Generator[RedisServer, None, None]:
    """Start a server for a block."""
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        server = RedisServer(Path(folder))
        server.start(*options)
        try:
            yield server
        finally:
            server.kill()
