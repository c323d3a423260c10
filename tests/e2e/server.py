"""A server in a process of its own, and what it says."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from tests.server import serving as in_process
from tests.source import ROOT


class Server:
    """A running server.

    Args:
      process: its process; it writes a line of JSON for each event.
    """

    def __init__(self, process: trio.Process):
        self.process = process
        self.url = ""
        self._text = b""

    async def event(self, name: str) -> dict[str, Any]:
        """Wait for an event, skipping others, and return it."""
        while True:
            event = json.loads(await self.line(self.process.stdout))
            if event["event"] == name:
                return event

    async def line(self, stream: trio.abc.ReceiveStream) -> bytes:
        while b"\n" not in self._text:
            part = await stream.receive_some()
            assert part, "the server has ended"
            self._text += part
        line, _, self._text = self._text.partition(b"\n")
        return line

    def memory(self, field: str) -> int:
        """Return the resident memory in bytes: now (``VmRSS``) or at its highest (``VmHWM``)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) * 1024


@asynccontextmanager
async def serving() -> AsyncGenerator[Server, None]:
    """Serve `tests.e2e.flows` for a block, by the class that the fixture ``h1`` says."""
    async with serving_module("tests.e2e.flows", *filter(None, [in_process.h1])) as server:
        yield server


@asynccontextmanager
async def serving_module(module: str, *arguments: str) -> AsyncGenerator[Server, None]:
    """Run a module that serves, and says where, for a block."""
    async with _process("-m", module, *arguments, stdout=subprocess.PIPE) as server:
        server.url = (await server.event("serving"))["url"]
        yield server


@asynccontextmanager
async def serving_by_hypercorn() -> AsyncGenerator[Server, None]:
    """Serve it by Hypercorn's own command."""
    arguments = ["-m", "hypercorn", "-k", "trio", "-b", "127.0.0.1:0", "tests.e2e.flows:asgi"]
    async with _process(*arguments, stderr=subprocess.PIPE) as server:
        while not server.url:
            found = re.search(rb"http://127\.0\.0\.1:\d+", await server.line(server.process.stderr))
            server.url = found[0].decode() if found else ""
        yield server


@asynccontextmanager
async def _process(*arguments: str, **pipes: int) -> AsyncGenerator[Server, None]:
    process = await trio.lowlevel.open_process([sys.executable, *arguments], cwd=ROOT, **pipes)
    try:
        with trio.fail_after(50):  # noqa: ASYNC100  # the block it is around waits
            yield Server(process)
    finally:
        if process.returncode is None:
            process.terminate()
            with trio.move_on_after(5, shield=True):
                await process.wait()
        if process.returncode is None:
            process.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                with trio.CancelScope(shield=True):
                    await stream.aclose()


async def curl(url: str, data: object, *options: str) -> trio.Process:
    """Start curl with a request."""
    command = ["curl", "-sSN", *options, "-H", "content-type: application/json", "-d", json.dumps({"data": data}), url]
    return await trio.lowlevel.open_process(command, stdout=subprocess.PIPE)


async def output_of(process: trio.Process) -> bytes:
    """Wait for the end of curl and return what it has printed."""
    text = b"".join([part async for part in process.stdout])
    await process.wait()
    return text
