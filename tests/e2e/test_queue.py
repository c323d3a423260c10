"""Workers in processes of their own, on a real Redis server. They are killed, and their runs go on elsewhere."""

import os
import signal
import sys
from contextlib import asynccontextmanager

import pytest
import trio

from genkit_trio import Genkit, open_runtime
from tests.e2e.queueing import ai, job, linger
from tests.redis_server import needs_redis, redis_server
from tests.source import ROOT

pytestmark = [pytest.mark.extra, needs_redis]

COMMAND = [sys.executable, "-m", "genkit_trio.cli", "work", "tests.e2e.queueing:ai", "--queue"]
COMMAND += ["tests.e2e.queueing:queue", "--concurrency", "4"]


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
    """Processes that work."""

    def __init__(self, redis, *options: str):
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "QUEUE_URL": redis.url}
        self._options = options
        self.running: list[trio.Process] = []

    async def start(self) -> trio.Process:
        process = await trio.lowlevel.open_process([*COMMAND, *self._options], cwd=ROOT, env=self._environment)
        self.running.append(process)
        return process

    async def kill_oldest(self) -> None:
        process = self.running.pop(0)
        process.kill()
        await process.wait()

    async def kill_one_every_second(self) -> None:
        while True:
            await trio.sleep(1)
            await self.start()
            await self.kill_oldest()


@asynccontextmanager
async def workers(redis, number: int, *options: str):
    started = Workers(redis, *options)
    try:
        for _ in range(number):
            await started.start()
        yield started
    finally:
        with trio.CancelScope(shield=True):
            while started.running:
                await started.kill_oldest()


async def attempts_of(run, runtime) -> list[int]:
    """Return the numbers of the attempts that a run has told of."""
    frames = []
    async with runtime.queue.streams.follow(run.stream_id) as follower:
        while not frames or not frames[-1].is_end:
            frames.extend(await follower.receive())
    return [int(frame.payload) for frame in frames[:-1]]


@pytest.mark.parametrize("number", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_every_run_ends_while_a_worker_is_killed_every_second(redis, number, record_property):
    with trio.fail_after(50 if number == 100 else 300):
        async with submitting(redis) as runtime:
            runs = [await runtime.submit(job, each, timeout=5, attempts=10) for each in range(number)]
            async with workers(redis, 3) as working, trio.open_nursery() as nursery:
                nursery.start_soon(working.kill_one_every_second)
                assert [await run.output() for run in runs] == list(range(number))
                nursery.cancel_scope.cancel()
            attempts = [await attempts_of(run, runtime) for run in runs]
            assert await runtime.queue.parked() == ()
    for told in attempts:
        assert told == sorted(set(told))
        assert 1 <= told[0] <= told[-1] <= 10
    record_property("attempts", {most: [told[-1] for told in attempts].count(most) for most in range(1, 11)})


async def test_a_worker_that_is_told_to_stop_gives_its_runs_back(redis):
    """C27: what does not finish in time is cancelled, and another worker makes the next attempt at once."""
    with trio.fail_after(50):
        async with submitting(redis) as runtime, workers(redis, 1, "--drain-timeout", "0.1") as working:
            run = await runtime.submit(linger, timeout=None)
            async with runtime.queue.streams.follow(run.stream_id) as follower:
                assert [frame.payload for frame in await follower.receive()] == [b"1"]
            first = working.running[0]
            await working.start()
            first.send_signal(signal.SIGTERM)
            assert await run.output() == "done"
            assert await first.wait() == 0
            assert await attempts_of(run, runtime) == [1, 2]
