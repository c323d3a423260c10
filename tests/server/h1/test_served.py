"""The parse table over a socket, on either class: who is answered, with what, and that nothing smuggled runs."""

import re
from contextlib import suppress

import trio

from genkit_trio._server import ServerLimits
from tests.server.h1.rows import Row
from tests.server.h1.table import TABLE, statuses
from tests.server.serving import echo, serving

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
PATIENT = ServerLimits(linger=0.05)


class Paths:
    """An application that echoes, and remembers what ran."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await echo(scope, receive, send)


async def test_each_row_is_answered_as_it_says(h1):
    app = Paths()
    wrong = {}
    async with serving(app, limits=PATIENT, keep_alive_timeout=30, graceful_timeout=0) as server:
        for row in TABLE.values():
            expected = statuses(row, h1)
            answered = await _answers_to(server, row, len(expected))
            if answered != expected:
                wrong[row.name] = answered
        assert await server.is_alive()
    assert wrong == {}
    assert "/smuggled" not in app.paths


async def _answers_to(server, row: Row, expected: int) -> list[int]:
    """Send a row, end the own side when as much has come as is expected, and return the statuses of all that came."""
    received, sent = bytearray(), trio.Event()
    async with await server.connect() as stream, trio.open_nursery() as nursery:
        nursery.start_soon(_send, stream, row.data, sent)
        with trio.move_on_after(1), suppress(trio.BrokenResourceError):
            while len(STATUS.findall(received)) < expected and (data := await stream.receive_some(65536)):
                received += data
            await sent.wait()
            await stream.send_eof()
            while data := await stream.receive_some(65536):
                received += data
        nursery.cancel_scope.cancel()
    return [int(status) for status in STATUS.findall(received)]


async def _send(stream, data, sent):
    with suppress(trio.BrokenResourceError):  # the server may have had enough
        await stream.send_all(data)
    sent.set()
