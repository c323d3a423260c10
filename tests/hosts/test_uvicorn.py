"""Flows under uvicorn on real sockets: curl, a server in a process of its own, and what the one does to the other."""

import json
import shutil
import signal
import subprocess
import time

import pytest
import trio

from tests.e2e.server import Server, curl, output_of, serving_module
from tests.hosts.uvicorned import LOOPS

pytestmark = [
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: "-".join(loop)),
]

STREAM = ("-H", "accept: text/event-stream")


def serving(loop):
    return serving_module("tests.hosts.uvicorn_program", *loop)


async def ask(server: Server, flow: str, data: object, *options: str) -> bytes:
    return await output_of(await curl(f"{server.url}/{flow}", data, *options))


async def test_a_client_that_closes_its_connection_cancels_the_leaf_within_100_ms(loop):
    """C21: unary and streaming, nested, and a thread that polls; the server still answers."""
    async with serving(loop) as server:
        for flow in ("forever", "nested", "poll"):
            for options in ((), STREAM):
                client = await curl(f"{server.url}/{flow}", None, *options)
                await server.event("started")
                closed = time.monotonic()
                client.kill()
                cancelled = await server.event("cancelled")
                assert cancelled["at"] - closed < 0.1
                await output_of(client)
                assert json.loads(await ask(server, "echo", "hello")) == {"result": "hello"}


async def test_a_reader_that_stops_stops_the_run_and_costs_no_memory(loop):
    """C14: 100 MB through the server, which grows by less than 20 MB."""
    async with serving(loop) as server:
        await ask(server, "flood", 20, *STREAM)
        before = server.memory("VmRSS")
        host, _, port = server.url.removeprefix("http://").partition(":")
        stream = await trio.open_tcp_stream(host, int(port))
        head = b"POST /flood?stream=true HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 13"
        await stream.send_all(head + b'\r\n\r\n{"data":1000}')
        await server.event("flooding")
        # Nobody reads; meanwhile others are answered.
        for _ in range(20):
            await ask(server, "echo", "hello")
        size, tail = 0, b""
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            part = await stream.receive_some(2**20)
            assert part
            size, tail = size + len(part), (tail + part)[-100:]
        await stream.aclose()
        assert size > 100_000_000
        assert b'{"result":null}' in tail
        assert server.memory("VmHWM") - before < 20_000_000


async def test_sigterm_lets_requests_finish(loop):
    """C27: the client is answered, and the lifespan shut down, before uvicorn ends as by the signal."""
    async with serving(loop) as server:
        client = await curl(f"{server.url}/slow", 0.3)
        await server.event("started")
        server.process.send_signal(signal.SIGTERM)
        assert json.loads(await output_of(client)) == {"result": "done"}
        assert await server.process.wait() == -signal.SIGTERM


async def test_sigterm_tells_those_that_do_not(loop):
    """C22, C27: one terminal, UNAVAILABLE, after the time that uvicorn is told to give."""
    async with serving(loop) as server:
        clients = []
        for options in ((), STREAM):
            clients.append(await curl(f"{server.url}/forever", None, *options))
            await server.event("started")
        server.process.send_signal(signal.SIGTERM)
        for client in clients:
            text = await output_of(client)
            assert text.count(b'"status":"UNAVAILABLE"') == 1
            await server.event("cancelled")
        assert await server.process.wait() == -signal.SIGTERM


async def test_being_forced_to_stop_cancels_and_does_not_hang(loop):
    """C27: uvicorn then sends no shutdown, and its loop ends by cancelling what there is."""
    async with serving(loop) as server:
        client = await curl(f"{server.url}/forever", None, *STREAM)
        await server.event("started")
        server.process.send_signal(signal.SIGINT)
        await trio.to_thread.run_sync(_wait_refused, server.url)
        server.process.send_signal(signal.SIGINT)
        await server.event("cancelled")
        await output_of(client)
        await server.process.wait()


def _wait_refused(url):
    """Wait until uvicorn has heard the first signal: it then accepts no connections."""
    while subprocess.run(["curl", "-s", f"{url}/-/live"], stdout=subprocess.DEVNULL, check=False).returncode == 0:
        pass


async def test_what_is_not_an_exception_ends_the_program(loop):
    """C22: INTERNAL to the client, and then the end that was asked for."""
    async with serving(loop) as server:
        assert json.loads(await ask(server, "leave", None))["status"] == "INTERNAL"
        assert await server.process.wait() == 3
