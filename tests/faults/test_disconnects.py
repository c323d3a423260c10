"""Clients that leave at random moments: what their requests have started ends, and nothing is left."""

import gc
import os
import pathlib
import random
import resource
import socket

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, RunContext
from genkit_trio._core import current_roots
from genkit_trio._server import ServerLimits
from genkit_trio.asgi import flow_app
from tests.server.http2 import Client2
from tests.server.serving import serving, until

pytestmark = pytest.mark.usefixtures("h1")

AT_ONCE = 20
MOMENTS = 0.02
"""Seconds within which a client leaves: a request takes about a tenth of it."""
LEFT_OVER = 10 * 1024 * 1024
"""Bytes of resident memory that may be more than after the warm-up."""
BODY = b'{"data":"x"}'
HEAD = b"POST /%s HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n"
EVENTS = b"accept: text/event-stream\r\n"
RST = b"\x01\x00\x00\x00\x00\x00\x00\x00"


class Counts:
    started = ended = 0


def _application(counts):
    ai = Genkit()

    @ai.flow(max_concurrency=10, max_queue=1000)
    async def inner(text: str) -> str:
        counts.started += 1
        try:
            await trio.sleep(0.004)
        finally:
            counts.ended += 1
        return text

    @ai.flow
    async def unary(text: str) -> str:
        return await inner(text)

    @ai.flow
    async def stream(text: str, ctx: RunContext[str]) -> str:
        for _ in range(5):
            await ctx.send_chunk(await inner(text))
        return text

    return inner, flow_app(ai)


@pytest.mark.parametrize(
    ("warm_up", "disconnects"), [(100, 500), pytest.param(1000, 10_000, marks=pytest.mark.slow)], ids=["500", "10,000"]
)
async def test_nothing_is_left_of_requests_whose_clients_have_gone(warm_up, disconnects):
    """C1, C21: started == ended, no run, task, descriptor or place of a limiter left, and memory is back."""
    counts = Counts()
    inner, app = _application(counts)
    limits = ServerLimits(linger=0.1)
    async with serving(app, limits=limits, backlog=512, keep_alive_timeout=5) as server:
        idle = _state()
        await _leave_often(server, warm_up, seed=1)
        await _settle(idle[0])
        memory = _resident()
        await _leave_often(server, disconnects, seed=2)
        await _settle(idle[0])
        assert _state() == idle
        assert counts.started == counts.ended > disconnects / 10
        # Each place of the limiter can be taken again.
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                for _ in range(10):
                    nursery.start_soon(inner, "x")
        assert _resident() - memory < LEFT_OVER


async def _leave_often(server, times, *, seed):
    chance = random.Random(seed)
    limiter = trio.CapacityLimiter(AT_ONCE)
    async with trio.open_nursery() as nursery:
        for _ in range(times):
            await limiter.acquire_on_behalf_of(token := object())
            nursery.start_soon(_leave, server, chance, limiter, token)


async def _leave(server, chance, limiter, token):
    try:
        with trio.move_on_after(chance.random() * MOMENTS):
            await (_ask2 if chance.random() < 0.2 else _ask1)(server, chance)
    except OSError:
        pass  # connecting can fail when both sides reset at once
    finally:
        limiter.release_on_behalf_of(token)


async def _ask1(server, chance):
    stream = await server.connect()
    try:
        flow, events = (b"stream", EVENTS) if chance.random() < 0.5 else (b"unary", b"")
        data = HEAD % (flow, events, len(BODY)) + BODY + (b"x" if chance.random() < 0.2 else b"")
        await stream.send_all(data[: chance.randrange(1, len(data))] if chance.random() < 0.2 else data)
        await trio.sleep_forever()
    finally:
        if chance.random() < 0.3:
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        await trio.aclose_forcefully(stream)


async def _ask2(server, chance):
    client = Client2(await server.connect())
    try:
        await client.start(reading=chance.random() < 0.5)
        for flow in ("/unary", "/stream", "/unary"):
            headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
            stream_id = await client.request(flow, end=False, method="POST", headers=headers)
            client.connection.send_data(stream_id, BODY, end_stream=chance.random() < 0.8)
            await client.flush()
            if chance.random() < 0.3:
                await client.reset(stream_id)
        await trio.sleep_forever()
    finally:
        await trio.aclose_forcefully(client.stream)


async def _settle(descriptors):
    """Wait until no request and no connection is left."""
    await until(lambda: not current_roots().runs and _descriptors() <= descriptors)
    await trio.testing.wait_all_tasks_blocked()
    gc.collect()


def _descriptors():
    return len(os.listdir("/proc/self/fd"))


def _state():
    """Return what must be the same whenever nothing happens."""
    return _descriptors(), _tasks(trio.lowlevel.current_root_task()), len(current_roots().runs)


def _tasks(task):
    return 1 + sum(_tasks(child) for nursery in task.child_nurseries for child in nursery.child_tasks)


def _resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
