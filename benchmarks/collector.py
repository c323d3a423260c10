"""A telemetry server for ``core --dev``: ``python -m benchmarks.collector MODE`` prints its port, then serves.

The modes: ``ok`` counts what arrives, ``slow`` accepts and never answers, ``failing`` answers 500. ``GET /ended/<n>``
is answered when so many more spans have ended, so that a measurement takes in their delivery.
"""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from subprocess import PIPE, Popen
from typing import Final

import trio

from benchmarks.sides import ROOT

MODES: Final = ("ok", "slow", "failing")


@contextmanager
def open_collector(mode: str) -> Generator[str, None, None]:
    """Run a collector for a block, and yield its URL."""
    command = [sys.executable, "-m", "benchmarks.collector", mode]
    with Popen(command, stdout=PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class Collector:
    """Takes documents about traces, and counts the spans that have ended.

    Args:
      mode: how it answers; one of `MODES`.
    """

    def __init__(self, mode: str) -> None:
        self._mode: Final = mode
        self._ended: Final[set[str]] = set()
        self._arrival = trio.Event()

    async def serve(self, stream: trio.SocketStream) -> None:
        """Answer the requests of one connection."""
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                if not (part := await _receive(stream)):
                    return
                data += part
            head, _, data = data.partition(b"\r\n\r\n")
            size = _content_length(head)
            while len(data) < size:
                if not (part := await _receive(stream)):
                    return
                data += part
            status = await self._answer(head, data[:size])
            data = data[size:]
            await stream.send_all(b"HTTP/1.1 %s\r\ncontent-length: 2\r\n\r\nOK" % status)

    async def _answer(self, head: bytes, body: bytes) -> bytes:
        if self._mode == "slow":
            await trio.sleep_forever()
        if self._mode == "failing":
            return b"500 Internal Server Error"
        _, target, _ = head.split(b" ", 2)
        if target.startswith(b"/ended/"):
            await self._wait(int(target.rpartition(b"/")[2]))
        elif target == b"/api/traces":
            self._count(body)
        return b"200 OK"

    def _count(self, body: bytes) -> None:
        spans = json.loads(body)["spans"]
        self._ended.update(name for name, span in spans.items() if span.get("endTime"))
        self._arrival.set()
        self._arrival = trio.Event()

    async def _wait(self, count: int) -> None:
        while len(self._ended) < count:
            await self._arrival.wait()
        self._ended.clear()


async def _receive(stream: trio.SocketStream) -> bytes:
    try:
        return bytes(await stream.receive_some(65536))
    except trio.BrokenResourceError:
        return b""


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def main(mode: str) -> None:
    """Serve until terminated."""
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, Collector(mode).serve, 0, host="127.0.0.1")
        listeners = await nursery.start(serve)
        print(listeners[0].socket.getsockname()[1], flush=True)


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
