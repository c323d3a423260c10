"""A mixed load with random faults for a time, and then the idle state: ``python -m tests.faults.soak --seconds 60``.

One process serves plain and durable flows, the developer's tools of both versions, and itself. Its clients disconnect,
reset, stall and come back; deadlines pass, flows raise, worker processes are killed, Redis is paused, dropped and
restarted. Each answer is held to what it must be, and in the end everything must be as it was after the warm-up. What
was done is printed as a table; the exit code is 1 if anything was wrong.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio

from genkit_trio import RemoteAction
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._client import Connections, ReflectionClient
from genkit_trio._core import open_nursery
from genkit_trio._runtime import Reflection, RuntimeOptions
from genkit_trio._runtime import open_runtime as open_runtime_of
from genkit_trio._server import ServerLimits, serve
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.plugins.redis import RedisStreamStore
from genkit_trio.testing.tasktree import task_tree
from tests.e2e.tools import RecordedTelemetry, SocketTool, open_tools_server
from tests.faults.soak_flows import ai, chance, counts, other_url, runtime_var
from tests.faults.soak_idle import Idle, resident
from tests.faults.soak_load import TTL, Load, Places
from tests.faults.soak_troubles import LASTING, Redis, Troubles
from tests.redis_server import redis_server
from tests.server.serving import quiet_config

CLIENTS = 24
MOST_FINDINGS = 10
PATIENCE = 120
"""Seconds more than asked for, after which it is said to hang."""
WARM_UP = 0.2
"""The part of the time after which the idle state is noted that must be there again in the end; 20 s at most."""
EXPIRY = 1.5 * TTL
"""Seconds after which streams on Redis are gone."""
# So long that a busy machine does not take a client for one that has stalled.
LIMITS = ServerLimits(header_timeout=10, write_timeout=2, linger=0.1, cleanup_grace=5)
REQUESTS = RequestLimits(write_timeout=2)


@attrs.define
class Report:
    """What has been done, and what was wrong."""

    table: dict = attrs.field(factory=lambda: defaultdict(Counter))
    troubles: Counter = attrs.field(factory=Counter)
    findings: list = attrs.field(factory=list)
    memory: list = attrs.field(factory=list)

    def print(self, seconds):
        """Print it."""
        total = sum(map(sum, (outcomes.values() for outcomes in self.table.values())))
        print(f"{total} things done in {seconds:.0f} s, {counts.begun} pieces of work begun, {counts.ended} ended")
        for kind, outcomes in sorted(self.table.items()):
            row = ", ".join(f"{outcome} {number}" for outcome, number in outcomes.most_common())
            print(f"  {kind:20} {sum(outcomes.values()):8}   {row}")
        for trouble, number in sorted(self.troubles.items()):
            print(f"  {trouble:40} {number}")
        print("  memory in MiB:", " ".join(f"{size / 2**20:.0f}" for size in self.memory))
        for finding in self.findings:
            print(f"FOUND: {finding}")
        print("as it was before" if not self.findings else f"{len(self.findings)} findings")


async def soak(options, redis, report):
    """Do all of it."""
    trio.lowlevel.spawn_system_task(_watch, options.seconds, redis)
    decides = random.Random(options.seed)
    chance.seed(options.seed)
    async with _world(redis, options.h1) as places:
        load = Load(places, decides, report.table)
        troubles = Troubles(redis, decides, report.troubles)
        warm_up = min(options.seconds * WARM_UP, 20)
        await _run(load, troubles, warm_up, report)
        remote = RemoteAction(f"{_Told.url}/leaf", input=int, output=int)
        # Streams on Redis expire.
        await trio.sleep(EXPIRY)
        idle = await Idle.now(redis, remote)
        report.memory.append(idle.memory)
        await _run(load, troubles, options.seconds - warm_up, report)
        await trio.sleep(EXPIRY)
        differences = await idle.differences(redis, remote)
        report.memory.append(resident())
        report.findings += differences
        if differences:
            print(task_tree(), file=sys.stderr)


async def _watch(seconds, redis):
    await trio.sleep(seconds + PATIENCE)
    redis.kill()
    print(f"not over after {seconds + PATIENCE:g} s, with these tasks:\n{task_tree()}", file=sys.stderr, flush=True)
    os._exit(2)


async def _run(load, troubles, seconds, report):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(troubles.go_on)
        nursery.start_soon(_note_memory, report)
        async with trio.open_nursery() as clients:
            until = trio.current_time() + seconds
            for _ in range(CLIENTS):
                clients.start_soon(_be_client, load, until, report)
        nursery.cancel_scope.cancel()


async def _be_client(load, until, report):
    while trio.current_time() < until and len(report.findings) < MOST_FINDINGS:
        try:
            await load.one()
        except Exception as exc:
            logging.getLogger(__name__).exception("a finding")
            report.findings.append(f"{type(exc).__name__}: {str(exc)[:2000]}")


async def _note_memory(report):
    while True:
        await trio.sleep(30)
        report.memory.append(resident())


@asynccontextmanager
async def _world(redis, h1):
    """Have all servers, and the runtimes."""
    telemetry = RecordedTelemetry()
    reflection = Reflection(ai.registry, telemetry)
    async with AsyncExitStack() as stack:
        tool, url = await stack.enter_async_context(open_tools_server(SocketTool()))
        services = (Connections(), ReflectionClient(reflection, url, None))
        options = RuntimeOptions(drain_timeout=5)
        runtime = await stack.enter_async_context(open_runtime_of(ai.registry, services, options))
        runtime_var.set(runtime)
        await tool.wait_for(lambda: tool.registrations)
        nursery = await stack.enter_async_context(open_nursery())
        serve_app = partial(_port, nursery, h1)
        identity = ReflectionIdentity("soak")
        places = Places(
            plain=await serve_app(_Told(flow_app(ai, limits=REQUESTS))),
            durable=tuple([await serve_app(_durable_app(redis)) for _ in range(2)]),
            reflection=await serve_app(ReflectionApp(reflection, runtime, identity, lambda: None)),
            tool=tool,
        )
        _Told.url = f"http://127.0.0.1:{places.plain}"
        yield places
        nursery.cancel_scope.cancel()


class _Told:
    """An application that knows where it is."""

    url = ""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        other_url.set(self.url)
        await self._app(scope, receive, send)


def _durable_app(redis):
    store = RedisStreamStore(redis.url, prefix="soak", heartbeat=1.0, ttl=TTL)
    return flow_app(ai, limits=REQUESTS, stream_store=store)


async def _port(nursery, h1, app):
    config = quiet_config(graceful_timeout=1, keep_alive_timeout=10, backlog=512)
    start = partial(serve, app, config, limits=LIMITS, h1=h1, shutdown_trigger=trio.sleep_forever)
    [url] = await nursery.start(start)
    return int(url.rpartition(":")[2])


def main():
    """Read the arguments, and soak."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--seed", type=int, default=None, help="of the random choices; they still depend on the time")
    parser.add_argument("--h1", choices=["fast", "hypercorn"], default=None, help="what serves HTTP/1.1")
    options = parser.parse_args()
    options.seed = random.randrange(10**6) if options.seed is None else options.seed
    logging.getLogger("genkit_trio").setLevel(logging.CRITICAL + 1)
    report, start = Report(), time.monotonic()
    print(f"seed {options.seed}, HTTP/1.1 served by {options.h1 or 'default'}", flush=True)
    with tempfile.TemporaryDirectory() as folder, redis_server(*LASTING) as server:
        os.chdir(folder)
        (Path(folder) / "package.json").touch()
        trio.run(soak, options, Redis(server), report)
    report.print(time.monotonic() - start)
    sys.exit(1 if report.findings else 0)


if __name__ == "__main__":
    main()
