"""The ASGI application on Hypercorn as it is, and mounted in other frameworks, over real sockets."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress

import pytest
import trio

from tests.cli.process import ENVIRONMENT, post
from tests.source import ROOT

FRAMEWORKS = ["plain", "starlette", "fastapi", "litestar", "quart_trio"]
HEAD = b"POST %s/wait HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n%scontent-length: 2\r\n\r\n{}"
EVENTS = b"accept: text/event-stream\r\n"


@contextmanager
def _started(*command):
    # In a group of its own: a server's command that is killed leaves its worker processes behind.
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("framework", FRAMEWORKS)
async def test_flows_are_served_and_cancelled_where_they_are_mounted(framework):
    """C21: a client that disconnects cancels the run, unary or streaming."""
    with _started("-m", "tests.compat.mounted", framework) as process:
        url = process.stdout.readline().strip()
        assert await trio.to_thread.run_sync(post, f"{url}/greet", b'{"data": "Ada"}') == (
            200,
            '{"result":"Hello, Ada!"}',
        )
        assert (await trio.to_thread.run_sync(post, f"{url}/nothing"))[0] == 404
        address, _, path = url.removeprefix("http://").partition("/")
        for headers, first in ((EVENTS, b'data: {"message":"waiting"}'), (b"", b"")):
            await _leave(int(address.rpartition(":")[2]), f"/{path}".rstrip("/").encode(), headers, first)
            with trio.fail_after(5):
                assert await trio.to_thread.run_sync(process.stdout.readline, abandon_on_cancel=True) == "cancelled\n"


async def _leave(port, path, headers, first):
    """Make a request, wait for its first bytes if there are any, and go."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(HEAD % (path, headers))
        received = b""
        with trio.move_on_after(5 if first else 0.3):
            while not first or first not in received:
                received += await stream.receive_some()
        assert first in received


def test_the_command_of_hypercorn_serves_it():
    command = ("-m", "hypercorn", "-k", "trio", "-b", "127.0.0.1:0", "tests.compat.mounted:asgi")
    with _started(*command) as process:
        url = _url_in(process.stderr)
        assert post(f"{url}/greet", b'{"data": "Ada"}') == (200, '{"result":"Hello, Ada!"}')
        with urllib.request.urlopen(f"{url}/-/ready", timeout=10) as answer:
            assert answer.read() == b'{"status":"ready"}'
        process.terminate()


def test_a_server_that_is_not_trio_is_told_in_one_sentence():
    with _started("-m", "uvicorn", "--port", "0", "--lifespan", "on", "tests.compat.mounted:asgi") as process:
        _, log = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "this application runs on trio; serve it with: genkit-trio serve, or: hypercorn -k trio" in log


def _url_in(lines):
    for line in lines:
        if found := re.search(r"(?i)running on (http://127\.0\.0\.1:\d+)", line):
            return found[1]
    raise AssertionError("it did not serve")
