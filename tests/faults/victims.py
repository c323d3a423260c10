"""Servers that are killed: processes of their own, forked by one that has imported everything.

``python -m tests.faults.victims`` forks for each line of its input, a JSON object with the arguments of `main`, and
writes the id of the process and the port on which it serves.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import partial

import attrs
import trio
from hypercorn.config import Config

from genkit_trio.asgi import flow_app, serve
from genkit_trio.plugins.redis import RedisStreamStore
from genkit_trio.testing import Trial
from tests.faults.scenes import PACE, TRIAL
from tests.faults.works import ai
from tests.source import ROOT


@attrs.frozen
class Victim:
    """A server that runs, until it is killed."""

    process: int
    port: int

    def kill(self):
        """Kill it, unless it is dead."""
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)


class Victims:
    """The process that forks them."""

    def __init__(self, process):
        self._process = process

    @contextmanager
    def serving(self, **options):
        """Have a server for a block."""
        self._process.stdin.write(json.dumps(options).encode() + b"\n")
        self._process.stdin.flush()
        victim = Victim(*map(int, self._process.stdout.readline().split()))
        try:
            yield victim
        finally:
            victim.kill()


@contextmanager
def victims():
    """Have what forks servers, for a block."""
    command = [sys.executable, "-m", "tests.faults.victims"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **pipes) as process:
        try:
            yield Victims(process)
        finally:
            process.kill()


async def main(pace: float, redis: str | None = None, heartbeat: float = 10) -> None:
    """Serve, and say where."""
    TRIAL.set(Trial())
    PACE.set(pace)
    store = None if redis is None else RedisStreamStore(redis, heartbeat=heartbeat)
    config = Config()
    config.bind = ["127.0.0.1:0"]
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(_serve, flow_app(ai, stream_store=store), config)
        # In one piece, for who reads it.
        os.write(1, f"{os.getpid()} {url.rpartition(':')[2]}\n".encode())


async def _serve(app, config, *, task_status):  # noqa: ASYNC114, ASYNC128  # the server says when it has started
    await serve(app, config, task_status=task_status)


def fork_for_each_line() -> None:
    """Fork, again and again."""
    # Nobody waits for the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        if os.fork() == 0:
            trio.run(partial(main, **json.loads(line)))


if __name__ == "__main__":
    fork_for_each_line()
