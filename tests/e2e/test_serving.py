"""Flows on real sockets: curl, a server in a process of its own, and what the one does to the other."""

import json
import os
import shutil
import signal
import time

import pytest
import trio

from tests.e2e.server import Server, curl, output_of, serving, serving_by_hypercorn

pytestmark = [
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.usefixtures("h1"),
]

STREAM = ("-H", "accept: text/event-stream")
MODES = pytest.mark.parametrize("options", [(), STREAM], ids=["unary", "streaming"])


async def ask(server: Server, flow: str, data: object, *options: str) -> bytes:
    return await output_of(await curl(f"{server.url}/{flow}", data, *options))


async def check_that_it_lives(server: Server) -> None:
    assert json.loads(await ask(server, "echo", "hello")) == {"result": "hello"}


@MODES
@pytest.mark.parametrize("flow", ["forever", "nested", "poll"])
async def test_a_client_that_closes_its_connection_cancels_the_leaf_within_100_ms(flow, options):
    """C21: unary and streaming, nested, and a thread that polls; the server still answers."""
    async with serving() as server:
        client = await curl(f"{server.url}/{flow}", None, *options)
        await server.event("started")
        closed = time.monotonic()
        client.kill()
        cancelled = await server.event("cancelled")
        assert cancelled["at"] - closed < 0.1
        await output_of(client)
        await check_that_it_lives(server)


@pytest.mark.extra
@MODES
async def test_a_client_that_closes_its_connection_kills_the_worker_process(options, tmp_path):
    """C21, C19: within 100 ms; the server still answers."""
    pytest.importorskip("trio_parallel")
    path = tmp_path / "pid"
    async with serving() as server:
        client = await curl(f"{server.url}/burning", str(path), *options)
        await server.event("started")
        worker = await _process_in(path)
        closed = time.monotonic()
        client.kill()
        cancelled = await server.event("cancelled")
        assert cancelled["at"] - closed < 0.1
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
        await output_of(client)
        await check_that_it_lives(server)


async def _process_in(path) -> int:
    while not (path.exists() and path.read_text()):  # noqa: ASYNC110  # another process writes it
        await trio.sleep(0.01)
    return int(path.read_text())


async def test_a_stream_is_the_bytes_of_the_protocol():
    """C24: on the wire."""
    async with serving() as server:
        text = await ask(server, "flood", 2, *STREAM)
    frame = b'data: {"message":"' + b"x" * 100_000 + b'"}\n\n'
    assert text == frame + frame + b'data: {"result":null}\n\n'


async def test_a_reader_that_stops_stops_the_run_and_costs_no_memory():
    """C14: 200 MB through the server, which grows by less than 20 MB."""
    async with serving() as server:
        await ask(server, "flood", 20, *STREAM)
        before = server.memory("VmRSS")
        host, _, port = server.url.removeprefix("http://").partition(":")
        stream = await trio.open_tcp_stream(host, int(port))
        body = b'{"data":2000}'
        head = ["POST /flood?stream=true HTTP/1.1", "host: x", "content-type: application/json", "content-length: 13"]
        await stream.send_all("\r\n".join([*head, "", ""]).encode() + body)
        await server.event("flooding")
        await _let_the_buffers_fill(server)
        size, tail = 0, b""
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            part = await stream.receive_some(2**20)
            assert part
            size, tail = size + len(part), (tail + part)[-100:]
        await stream.aclose()
        assert size > 200_000_000
        assert b'{"result":null}' in tail
        assert server.memory("VmHWM") - before < 20_000_000


async def _let_the_buffers_fill(server: Server) -> None:
    """Nobody reads; what the server has to say meanwhile it says to others."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        await check_that_it_lives(server)


async def test_sigterm_lets_requests_finish_and_exits_with_0():
    """C27: no new connection, the old one is answered."""
    async with serving() as server:
        client = await curl(f"{server.url}/slow", 0.5)
        await server.event("started")
        server.process.send_signal(signal.SIGTERM)
        assert json.loads(await output_of(client)) == {"result": "done"}
        assert await server.process.wait() == 0


async def test_hypercorns_own_command_serves_the_application():
    """C21: the application is a plain ASGI application on trio."""
    async with serving_by_hypercorn() as server:
        await check_that_it_lives(server)
        text = await ask(server, "flood", 1, *STREAM)
        assert text.endswith(b'data: {"result":null}\n\n')
