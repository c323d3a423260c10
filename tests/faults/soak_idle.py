"""What must be the same before and after the soak: everything that anything could leave behind."""

import gc
import multiprocessing
import os
import resource
from collections import Counter
from contextlib import suppress
from pathlib import Path

import attrs
import trio

from genkit_trio._core import current_roots, current_thread_limiter
from genkit_trio.testing.task_leaks import TaskBaseline
from tests.faults.soak_flows import counts, crunch

PATIENCE = 30
"""Seconds that what is about to end gets for it."""
MEMORY = 24 * 1024 * 1024
"""Bytes of resident memory that may be more than after the warm-up."""


@attrs.frozen
class Idle:
    """The state of the process at a time at which nothing happens."""

    held: Counter
    baseline: TaskBaseline
    redis_keys: int
    memory: int

    @classmethod
    async def now(cls, redis, remote):
        """Return the state, once what comes and goes by itself is as it is at every such time.

        Args:
          redis: the server, whose clients have as many connections as they had use for.
          remote: a remote action: the connections that are kept for it are looked through with each call.
        """
        redis.drop()
        for worker in multiprocessing.active_children():
            worker.kill()
        # Heartbeats go on, so that there is no moment of silence to wait for.
        await trio.sleep(0.5)
        await crunch(0)
        await remote(0)
        gc.collect()
        return cls(Counter(_held()), TaskBaseline.now(), await redis.keys(), resident())

    async def differences(self, redis, remote):
        """Wait until everything is as it was, and return what is not."""
        found = ["not looked yet"]
        until = trio.current_time() + PATIENCE
        while found and trio.current_time() < until:
            found = await self._look(redis, remote)
        return found

    async def _look(self, redis, remote):
        now = await Idle.now(redis, remote)
        found = [f"{name} {change:+d}" for name, change in _changes(self.held, now.held)]
        found += [str(leak) for leak in self.baseline.leaks()]
        found += [f"run: {run.key}" for run in current_roots().runs]
        if counts.begun != counts.ended:
            found.append(f"work: begun {counts.begun} times and ended {counts.ended} times")
        if current_thread_limiter().borrowed_tokens:
            found.append(f"threads: {current_thread_limiter().borrowed_tokens} places are taken")
        if now.redis_keys > self.redis_keys:
            found.append(f"Redis: {now.redis_keys} keys, {self.redis_keys} before")
        if now.memory > self.memory + MEMORY:
            found.append(f"memory: {now.memory - self.memory} bytes more")
        return found


def _changes(before, now):
    for name in sorted({*before, *now}):
        if before[name] != now[name]:
            yield name, now[name] - before[name]


def _held():
    """Yield a name for each task, descriptor and child process."""
    tasks = [trio.lowlevel.current_root_task()]
    for task in tasks:
        yield f"task: {task.name}"
        tasks.extend(child for nursery in task.child_nurseries for child in nursery.child_tasks)
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the listing itself
            kind, _, _ = os.readlink(f"/proc/self/fd/{number}").partition(":[")
            yield f"descriptor: {kind}"
    for process in Path("/proc/self/task").glob("*/children"):
        for number in process.read_text(encoding="ascii").split():
            name, _, _ = Path(f"/proc/{number}/cmdline").read_text(encoding="utf-8").partition(" ")
            yield f"process: {name.split(chr(0))[0]}"


def resident():
    """Return the bytes of memory that the process has."""
    pages = int(Path(f"/proc/{os.getpid()}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
