"""A notebook: cells that block, share a portal, and are interrupted."""

import signal
import subprocess
import sys

import trio

from tests.e2e.server import Server
from tests.source import ROOT


async def test_cells_call_stream_and_are_interrupted():
    """C5: an interrupted cell cancels its run, and the next cell goes on with the same portal."""
    command = [sys.executable, "-m", "tests.hosts.notebook_program"]
    process = await trio.lowlevel.open_process(command, cwd=ROOT, stdout=subprocess.PIPE)
    with trio.fail_after(30):
        async with process.stdout:
            kernel = Server(process)
            assert (await kernel.event("output"))["text"] == "counted"
            await kernel.event("streaming")
            process.send_signal(signal.SIGINT)
            await kernel.event("cancelled")
            assert (await kernel.event("raised"))["kind"] == "KeyboardInterrupt"
            assert (await kernel.event("chunks"))["numbers"] == [0, 1, 2]
            assert (await kernel.event("raised"))["kind"] == "TypeError"
            await kernel.event("end")
        assert await process.wait() == 0
