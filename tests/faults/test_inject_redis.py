"""Whatever happens to a durable stream on Redis at random moments: who comes back for the rest, elsewhere, gets it."""

import gc
import socket
import uuid
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
import trio

from genkit_trio import Cause, open_runtime
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.testing import STREAM_HEADERS, AppRequest, explore_moments, post
from tests.faults.exchanges import BLOWS, scene
from tests.faults.scenes import PACE, TRIAL, watched
from tests.faults.sockets import PACE as REAL_PACE
from tests.faults.sockets import SocketRequest
from tests.faults.test_inject_durable import STREAM_ID, Twice, check
from tests.faults.test_inject_http import TWICE, check_frames
from tests.faults.works import ai
from tests.redis_server import needs_redis, redis_server

pytestmark = [
    pytest.mark.usefixtures("unlogged"),
    needs_redis,
    pytest.mark.extra,
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
]

HEARTBEAT = 0.4
LIMITS = RequestLimits(write_timeout=1)
"""A client has stalled after a time in which a busy machine writes."""
MOMENTS = [pytest.param(40, id="some"), pytest.param(1000, marks=pytest.mark.slow, id="1,000 moments")]
FEW = [pytest.param(20, id="few"), pytest.param(500, marks=pytest.mark.slow, id="500 moments")]
NODES = ContextVar("nodes")
"""Two applications with stores of their own, as if they were in two processes."""
TROUBLES = ("Redis is paused", "Redis drops its connections", "cancel from another node")
LASTING = ("--appendonly", "yes", "--appendfsync", "always")
"""The options of a Redis server that has its data again when it is started again."""
RESTART = "Redis is restarted"


@pytest.fixture(autouse=True)
def connections_that_were_lost():
    """Collect here, where the warnings about it are ignored, what coredis leaves open of them."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def redis():
    with redis_server(*LASTING) as server:
        yield server


class Follower(Twice):
    """A client that orders a stream at one node, and comes back for the rest to the other."""

    async def serve(self, scope, receive, send):
        here, there = NODES.get()
        asked = trio.Event()
        TRIAL.get().on("cancel from another node", asked.set)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._cancel_after, asked, there)
            await here(scope, receive, send)
            await self.come_back(there)
            nursery.cancel_scope.cancel()

    async def _cancel_after(self, asked, node):
        await asked.wait()
        while STREAM_ID not in self.headers:  # noqa: ASYNC110  # a client has no event for a head
            await trio.sleep(0.001)
        answer = AppRequest("/stream", method="DELETE", headers=self.same_stream, parts=[b""])
        await answer.play(node)
        assert not answer.ended or answer.status in {204, 404, 503}, answer.body


def commanding(url, *commands):
    """Return what gives Redis commands, at once, and waits for no answer."""

    def act():
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(url.removeprefix("unix://"))
            connection.sendall(b"".join(command.encode() + b"\r\n" for command in commands))
            connection.recv(1)

    return act


def using(redis, limits):
    """Return what opens two nodes on *redis*."""
    from genkit_trio.plugins.redis import RedisStreamStore

    @asynccontextmanager
    async def nodes():
        PACE.set(REAL_PACE)
        prefix = uuid.uuid4().hex
        stores = [RedisStreamStore(redis.url, prefix=prefix, heartbeat=HEARTBEAT, ttl=5) for _ in range(2)]
        NODES.set([flow_app(ai, stream_store=store, limits=limits) for store in stores])
        trial = TRIAL.get()
        trial.on("Redis is paused", commanding(redis.url, "CLIENT PAUSE 20 ALL"))
        trial.on(
            "Redis drops its connections", commanding(redis.url, "CLIENT KILL TYPE pubsub", "CLIENT KILL TYPE normal")
        )
        trial.on(RESTART, lambda: restart(redis))
        yield

    return nodes


def restart(redis):
    redis.kill()
    redis.start(*LASTING)


@pytest.mark.parametrize("moments", MOMENTS)
def test_a_blow_at_any_moment_leaves_a_stream_that_can_be_followed_to_its_end(moments, redis):
    """C15, C21, C22: what happens between two nodes and Redis costs no frame, and doubles none."""
    always = {Cause.DRAIN, Cause.PARENT_CANCELLED, Cause.CANCEL_API}
    scenario = scene(lambda _, request: request.serve, Follower, check, always=always, beside=using(redis, LIMITS))
    explored = explore_moments(scenario, (*BLOWS, *TROUBLES), moments=moments)
    assert set(explored.happened) == {*BLOWS, *TROUBLES}


@pytest.mark.parametrize("moments", FEW)
def test_a_redis_server_that_restarts_at_any_moment_costs_no_frame(moments):
    """C22: it has its data on its disk, and is away for a part of the heartbeat."""
    always = {Cause.DRAIN, Cause.PARENT_CANCELLED}
    with redis_server(*LASTING) as server:
        scenario = scene(
            lambda _, request: request.serve, Follower, check, always=always, beside=using(server, RequestLimits())
        )
        assert explore_moments(scenario, [RESTART], moments=moments).happened


@pytest.fixture(scope="module")
def forking():
    from tests.faults.victims import victims

    with victims() as forking:
        yield forking


@pytest.mark.parametrize("moments", FEW)
def test_a_stream_whose_process_is_killed_at_any_moment_is_ended_by_another(moments, redis, forking):
    """C22: its followers are told UNAVAILABLE after all that it had sent, once, unless it had ended."""
    from genkit_trio.plugins.redis import RedisStreamStore

    async def scenario(trial):
        with watched(trial):
            request = SocketRequest("/stream", {"data": 2}, STREAM_HEADERS)
            with forking.serving(pace=REAL_PACE, redis=redis.url, heartbeat=HEARTBEAT) as victim:
                trial.on("process is killed", victim.kill)
                await request.play(victim.port)
            if STREAM_ID not in request.headers:
                assert request.status == 0
                assert trial.events
                return
            node = flow_app(ai, stream_store=RedisStreamStore(redis.url, heartbeat=HEARTBEAT))
            seen = [frame for frame in request.frames if "message" in frame]
            async with open_runtime(ai):
                headers = {**STREAM_HEADERS, STREAM_ID: request.headers[STREAM_ID]}
                again = await post(node, "/stream", headers=headers, query=f"after={len(seen)}", parts=[b""])
            check_frames([*seen, *again.frames], TWICE, "done", trial.events)

    assert explore_moments(scenario, ["process is killed"], moments=moments).happened
