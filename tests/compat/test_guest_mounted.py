"""Flows as guests of an asyncio application: FastAPI under uvicorn, with a middleware around them and without."""

import signal
import subprocess
import sys

import pytest
import trio

from tests.cli.process import ENVIRONMENT
from tests.e2e.server import curl, output_of
from tests.source import ROOT

STREAM = ("-H", "accept: text/event-stream")


@pytest.fixture(params=["plain", "marked"])
async def mounted(request):
    """Serve, and give the process and its URL."""
    command = [sys.executable, "-m", "tests.compat.guest_mounted", request.param]
    process = await trio.lowlevel.open_process(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE)
    async with process.stdout:
        yield process, (await process.stdout.receive_some()).decode().strip()
        process.kill()
        await process.wait()


async def test_flows_are_answered(mounted, request):
    _, url = mounted
    answer = await output_of(await curl(f"{url}/greet", "Ada", "-i"))
    assert (b"x-marked: yes" in answer) == ("marked" in request.node.callspec.id)
    assert answer.endswith(b'{"result":"Hello, Ada!"}')
    assert b'"status":"NOT_FOUND"' in await output_of(await curl(f"{url}/nothing", None))


@pytest.mark.parametrize("options", [(), STREAM], ids=["unary", "streaming"])
async def test_a_client_that_leaves_cancels_the_run(mounted, options):
    """C21: through the middleware, too."""
    process, url = mounted
    client = await curl(f"{url}/wait", None, *options)
    if options:
        assert b"waiting" in await client.stdout.receive_some()
    else:
        # Nobody says when the run has begun; what was asked later is answered later.
        await output_of(await curl(f"{url}/greet", "Ada"))
        await output_of(await curl(f"{url}/greet", "Ada"))
    client.kill()
    with trio.fail_after(10):
        assert await process.stdout.receive_some() == b"cancelled\n"
    await output_of(client)


async def test_the_end_of_the_server_ends_a_stream(mounted, request):
    """C22, C27: with one terminal frame, but for a middleware of Starlette's, which ends before its application."""
    process, url = mounted
    client = await curl(f"{url}/wait", None, *STREAM)
    assert b"waiting" in await client.stdout.receive_some()
    process.send_signal(signal.SIGTERM)
    with trio.fail_after(20):
        text = await output_of(client)
        assert text.count(b'"status":"UNAVAILABLE"') == ("plain" in request.node.callspec.id)
        assert await process.stdout.receive_some() == b"cancelled\n"
        await process.wait()
