"""Flask, a program of threads that block, calls and streams flows."""

import json
import shutil
import signal

import pytest
import trio

from tests.e2e.server import Server, curl, output_of, serving_module

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


async def ask(server: Server, path: str, data: object) -> bytes:
    return await output_of(await curl(f"{server.url}/{path}", data))


async def test_views_call_flows_and_stream_them():
    """Many at once; and an error comes as the error that it is."""
    async with serving_module("tests.hosts.flask_program") as server:
        answers = {}

        async def one(number):
            answers[number] = json.loads(await ask(server, "double", number))

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(one, number)
        assert answers == {number: {"result": number * 2} for number in range(20)}
        assert json.loads(await ask(server, "double", -1)) == {"error": "no negative numbers"}
        assert await ask(server, "count", 5) == b"0\n1\n2\n3\n4\ncounted\n"


async def test_a_client_that_leaves_cancels_the_run():
    """C21: when the WSGI server notices, which is when it writes."""
    async with serving_module("tests.hosts.flask_program") as server:
        client = await curl(f"{server.url}/count", 1_000_000)
        assert await client.stdout.receive_some(10)
        client.kill()
        await server.event("cancelled")
        await output_of(client)
        assert json.loads(await ask(server, "double", 4)) == {"result": 8}


async def test_ctrl_c_ends_the_program_and_what_its_threads_wait_for():
    """C27: they have the time for draining, are cancelled, and waited for."""
    async with serving_module("tests.hosts.flask_program") as server:
        client = await curl(f"{server.url}/forever", None)
        await server.event("started")
        server.process.send_signal(signal.SIGINT)
        await server.event("cancelled")
        await server.event("ended")
        assert await server.process.wait() == 0
        client.kill()
        await output_of(client)
