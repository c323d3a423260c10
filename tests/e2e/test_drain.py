"""``genkit-trio serve`` is told to end while it works, in one process and in several (C27, C28)."""

import json
import re
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from tests.cli.process import ENVIRONMENT
from tests.server import serving as in_process
from tests.server.serving import until
from tests.source import ROOT

pytestmark = pytest.mark.extra

HEAD = b"POST /%s HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n%s"
EVENTS = b"accept: text/event-stream\r\n"
AT_ONCE = ("--drain-timeout", "1", "--cleanup-grace", "3")
STREAMS = 200


@asynccontextmanager
async def _serving(workers, *options):
    """Start the command, and give the process, its port, and what it has logged; it is killed in the end."""
    command = [sys.executable, "-m", "genkit_trio.cli", "serve", "tests.e2e.streams:ai", "--port", "0"]
    if in_process.h1 is not None:
        command += ["--h1", in_process.h1]
    log = bytearray()
    async with trio.open_nursery() as nursery:
        how = {"cwd": ROOT, "env": ENVIRONMENT, "stderr": subprocess.PIPE, "check": False}
        process = await nursery.start(partial(trio.run_process, [*command, "--workers", str(workers), *options], **how))
        nursery.start_soon(_read_log, process, log)
        await until(lambda: log.count(b"running on http://") == workers, patience=30)
        [port, *_] = re.findall(rb"running on http://127.0.0.1:(\d+)", log)
        yield process, int(port), log
        nursery.cancel_scope.cancel()


async def _read_log(process, log):
    async for data in process.stderr:
        log += data


@pytest.mark.usefixtures("h1")
@pytest.mark.parametrize("workers", [1, 2])
async def test_200_streams_are_all_told_when_the_server_ends(workers):
    """C22, C27: every one ends with one terminal frame, in time, and the exit code is 0."""
    answers = []
    async with _serving(workers, *AT_ONCE) as (process, port, _):
        async with trio.open_nursery() as nursery:
            for _ in range(STREAMS):
                await nursery.start(_stream, port, b"count", b"{}", answers)
            started = trio.current_time()
            process.send_signal(signal.SIGTERM)
            with trio.fail_after(10):
                await process.wait()
        assert trio.current_time() - started < 1 + 3 + 2
        assert process.returncode == 0
    ends = [json.loads(answer.removesuffix(b"0\r\n\r\n").rstrip().rpartition(b"data: ")[2]) for answer in answers]
    assert [end["error"]["status"] for end in ends] == ["UNAVAILABLE"] * STREAMS
    assert {answer.count(b'data: {"error"') for answer in answers} == {1}


@pytest.mark.usefixtures("h1")
async def test_an_idle_worker_does_not_cut_a_streaming_one_short():
    answers = []
    async with _serving(2) as (process, port, _):
        async with trio.open_nursery() as nursery:
            await nursery.start(_stream, port, b"finish", b'{"data": 2}', answers)
            process.send_signal(signal.SIGTERM)
            with trio.fail_after(10):
                await process.wait()
        assert process.returncode == 0
    assert b'data: {"result":"finished"}' in answers[0]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_second_signal_does_not_wait(workers, second, code):
    """C27: 130 or 143."""
    async with _serving(workers) as (process, port, _), trio.open_nursery() as nursery:
        await nursery.start(_stream, port, b"count", b"{}", [])
        process.send_signal(signal.SIGTERM)
        await _refused(port)
        process.send_signal(second)
        with trio.fail_after(5):
            await process.wait()
        assert process.returncode == code


async def test_a_worker_that_ends_is_started_again():
    async with _serving(2) as (process, port, log):
        pids = await _pids(port)
        await _ask(port, b"die")
        await until(lambda: log.count(b"running on http://") == 3, patience=20)
        with trio.fail_after(20):
            while not await _pids(port) - pids:
                pass
        assert b"a worker ended with exit code 7; starting another in 0.2 s" in log
        process.send_signal(signal.SIGTERM)
        with trio.fail_after(10):
            await process.wait()
        assert process.returncode == 0


async def test_workers_end_when_their_supervisor_is_killed():
    async with _serving(2) as (process, port, _):
        process.kill()
        await _refused(port)


async def _pids(port):
    """Ask until each of two workers has probably answered."""
    answers = [await _ask(port, b"pid") for _ in range(8)]
    return {answer.rpartition(b"\r\n\r\n")[2] for answer in answers} - {b""}


async def _ask(port, flow):
    try:
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(HEAD % (flow, b"connection: close\r\n", 2, b"{}"))
            return b"".join([data async for data in stream])
    except OSError:
        return b""
    except trio.BrokenResourceError:
        return b""


async def _stream(port, flow, body, answers, *, task_status):  # noqa: ASYNC114  # started here alone
    """Follow a stream to its end; started with its first chunk."""
    received = bytearray()
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(HEAD % (flow, EVENTS, len(body), body))
        while b'data: {"message"' not in received:
            data = await stream.receive_some()
            assert data, bytes(received)
            received += data
        task_status.started()
        try:
            async for data in stream:
                received += data
        except trio.BrokenResourceError:
            received += b"reset"
    answers.append(bytes(received))


async def _refused(port):
    with trio.fail_after(15):
        while True:
            try:
                stream = await trio.open_tcp_stream("127.0.0.1", port)
            except OSError:
                return
            await trio.aclose_forcefully(stream)
            await trio.sleep(0.02)
