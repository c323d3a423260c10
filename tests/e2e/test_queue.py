"""Workers in processes of their own, on a real Redis server. They are killed, and their runs go on elsewhere."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import asynccontextmanager

import pytest
import trio

from genkit_trio import Genkit, open_runtime
from tests.e2e.queueing import ai, job, linger
from tests.redis_server import needs_redis, redis_server
from tests.source import ROOT

pytestmark = [pytest.mark.extra, needs_redis]

COMMAND = ["work", "tests.e2e.queueing:ai", "--queue", "tests.e2e.queueing:queue", "--concurrency", "2"]


@pytest.fixture(scope="module")
def redis():
    with redis_server("--save", "") as server:
        yield server


@asynccontextmanager
async def submitting(redis, application: Genkit = ai):
    """Open a runtime that submits to the queue of the workers."""
    from genkit_trio.plugins.redis import RedisWorkQueue

    queue = RedisWorkQueue(redis.url, lease=1.0)
    async with open_runtime(application, queue=queue) as runtime:
        yield runtime


class Workers:
    """Processes that work, forked by one that does not."""

    def __init__(self, forks: trio.Process):
        self._forks = forks
        self.running: list[int] = []
        self.killed = 0

    async def start(self) -> int:
        await self._forks.stdin.send_all(b"\n")
        self.running.append(int(await self._forks.stdout.receive_some()))
        return self.running[-1]

    def kill_oldest(self) -> None:
        os.kill(self.running.pop(0), signal.SIGKILL)
        self.killed += 1

    async def kill_one_after_another(self, pause: float) -> None:
        while True:
            await trio.sleep(pause)
            self.kill_oldest()
            await self.start()


@asynccontextmanager
async def workers(redis, number: int):
    """Let so many workers work."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QUEUE_URL": redis.url}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "tests.e2e.forks", *COMMAND], cwd=ROOT, env=environment, **pipes
    )
    started = Workers(process)
    try:
        for _ in range(number):
            await started.start()
        yield started
    finally:
        while started.running:
            started.kill_oldest()
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdin.aclose()
            await process.stdout.aclose()


@asynccontextmanager
async def worker(redis, *options: str):
    """Let one worker work, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QUEUE_URL": redis.url}
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "genkit_trio.cli", *COMMAND, *options], cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def attempts_of(run, runtime) -> list[int]:
    """Return the numbers of the attempts that a run has told of."""
    frames = []
    async with runtime.queue.streams.follow(run.stream_id) as follower:
        while not frames or not frames[-1].is_end:
            frames.extend(await follower.receive())
    return [int(frame.payload) for frame in frames[:-1]]


@pytest.mark.parametrize(("number", "pause"), [(100, 0.3), pytest.param(1_000, 1.0, marks=pytest.mark.slow)])
async def test_every_run_ends_though_workers_are_killed_all_the_time(redis, number, pause):
    with trio.fail_after(50):
        async with submitting(redis) as runtime:
            runs = [await runtime.submit(job, each, timeout=5, attempts=10) for each in range(number)]
            async with workers(redis, 2) as working, trio.open_nursery() as nursery:
                nursery.start_soon(working.kill_one_after_another, pause)
                assert [await run.output() for run in runs] == list(range(number))
                nursery.cancel_scope.cancel()
                killed = working.killed
            attempts = [await attempts_of(run, runtime) for run in runs]
            assert await runtime.queue.parked() == ()
    for told in attempts:
        assert told == sorted(set(told))
        assert 1 <= told[0] <= told[-1] <= 10
    by_attempts = dict(sorted(Counter(told[-1] for told in attempts).items()))
    print(f"{killed} workers killed; runs by the number of their last attempt: {by_attempts}")  # noqa: T201  # with -s


async def test_a_worker_that_is_told_to_stop_gives_its_runs_back(redis):
    """C27: what does not finish in time is cancelled, and another worker makes the next attempt at once."""
    with trio.fail_after(50):
        async with submitting(redis) as runtime, worker(redis, "--drain-timeout", "0.1") as first:
            run = await runtime.submit(linger, timeout=None)
            async with runtime.queue.streams.follow(run.stream_id) as follower:
                assert [frame.payload for frame in await follower.receive()] == [b"1"]
            async with worker(redis):
                first.send_signal(signal.SIGTERM)
                assert await run.output() == "done"
                assert await first.wait() == 0
            assert await attempts_of(run, runtime) == [1, 2]
