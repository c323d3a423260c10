"""A work queue on a real Redis server: several processes, and a server that fails. What all queues do is elsewhere."""

import uuid
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from genkit_trio import Genkit, GenkitError, Status, open_runtime, work
from tests.plugins.redis.test_stream_store import raw
from tests.redis_server import needs_redis, redis_server
from tests.runtime.queues import until
from tests.runtime.test_work_queue import RUN, SECOND, is_empty

pytestmark = [needs_redis, pytest.mark.extra]

LEASE = 0.6
ai = Genkit()


@ai.flow
async def double(number: int) -> int:
    return 2 * number


def queue_on(url: str, **options):
    from genkit_trio.plugins.redis import RedisStreamStore, RedisWorkQueue

    streams = RedisStreamStore(url, heartbeat=1.0)
    return RedisWorkQueue(url, **{"lease": LEASE, "streams": streams, **options})


@asynccontextmanager
async def using(*queues):
    """Open a runtime that uses *queues*: each has connections of its own, as if it were in a process of its own."""
    async with open_runtime(Genkit()) as runtime:
        for queue in queues:
            await runtime.use(queue)
        with trio.fail_after(20):  # noqa: ASYNC100  # the test waits
            yield


async def test_what_a_dead_worker_had_is_taken_by_another(redis):
    prefix = uuid.uuid4().hex
    here, there = (queue_on(redis.url, prefix=prefix) for _ in range(2))

    async def take_and_die() -> None:
        async with using(here):
            await here.put(RUN)
            assert (await here.take()).attempt == 1

    await take_and_die()
    # Its runtime has ended, and says no more that the run is alive.
    async with using(there):
        taken = await there.take()
        assert (taken.run, taken.attempt) == (RUN, 2)


async def test_what_a_living_worker_has_is_taken_by_nobody(redis):
    prefix = uuid.uuid4().hex
    here, there = (queue_on(redis.url, prefix=prefix) for _ in range(2))
    async with using(here, there):
        await here.put(RUN)
        await here.take()
        with trio.move_on_after(2.5 * LEASE):
            assert await there.take() is None


async def test_two_names_are_two_queues(redis):
    prefix = uuid.uuid4().hex
    here, there = (queue_on(redis.url, prefix=prefix, name=name) for name in ("a", "b"))
    async with using(here, there):
        await here.put(RUN)
        assert await is_empty(there)
        assert (await here.take()).run == RUN


async def test_an_entry_that_is_no_run_is_put_aside(redis, caplog):
    prefix = uuid.uuid4().hex
    queue = queue_on(redis.url, prefix=prefix)
    async with using(queue), raw(redis.url) as client:
        await queue.put(RUN)
        await client.xadd(f"{prefix}:queue:{{default}}:runs", {"run": "nonsense"})
        await queue.put(SECOND)
        assert [(await queue.take()).run for _ in range(2)] == [RUN, SECOND]
        assert await queue.parked() == ()
        assert await client.xlen(f"{prefix}:queue:{{default}}:parked") == 1
    assert "an entry of the queue is no run" in caplog.text


async def test_a_script_whose_answer_was_lost_is_repeated_without_harm(redis):
    prefix = uuid.uuid4().hex
    queue = queue_on(redis.url, prefix=prefix)
    async with using(queue):
        assert [await queue.put(RUN) for _ in range(2)] == ["first", "first"]
        taken = await queue.take()
        assert await is_empty(queue)
        for _ in range(2):
            await queue.park(taken)
            await queue.finish(taken)
        assert await queue.parked() == (RUN,)


async def test_nothing_is_left_of_a_run_but_its_key(redis):
    prefix = uuid.uuid4().hex
    queue = queue_on(redis.url, prefix=prefix, remember=50)
    async with using(queue), raw(redis.url) as client:
        await queue.put(RUN)
        await queue.finish(await queue.take())
        runs, key = f"{prefix}:queue:{{default}}:runs", f"{prefix}:queue:{{default}}:key:first"
        assert await client.xlen(runs) == 0
        assert (await client.xpending(runs, "workers"))[0] == 0
        assert round(await client.pttl(key), -4) == 50_000


async def test_a_server_that_restarts_with_its_data_loses_no_run(caplog):
    options = ("--appendonly", "yes", "--appendfsync", "always")
    with redis_server(*options) as server:
        queue = queue_on(server.url)
        with trio.fail_after(30):
            async with open_runtime(ai, queue=queue) as runtime:
                runs = [await runtime.submit(double, number, timeout=5) for number in range(3)]
                server.kill()
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(work, ai, queue)
                    with pytest.raises(GenkitError, match=r"redis\.sock cannot be reached") as caught:
                        await runtime.submit(double, 9, timeout=5)
                    assert caught.value.status is Status.UNAVAILABLE

                    async def is_logged() -> bool:
                        return "no run can be taken from the queue" in caplog.text

                    await until(is_logged)
                    server.start(*options)
                    assert [await run.output() for run in runs] == [0, 2, 4]
                    assert await (await runtime.submit(double, 9, timeout=5)).output() == 18
                    nursery.cancel_scope.cancel()


async def test_a_server_that_lost_its_data_takes_new_runs():
    with redis_server("--save", "") as server:
        queue = queue_on(server.url)
        async with using(queue):
            await queue.put(RUN)
            lost = await queue.take()
            server.kill()
            server.start("--save", "")
            await queue.finish(lost)
            await queue.put(attrs.evolve(SECOND, idempotency_key="first"))
            assert (await queue.take()).run.stream_id == "second"


async def test_a_worker_says_that_it_could_not_say_that_it_is_alive(caplog):
    with redis_server("--save", "") as server:
        queue = queue_on(server.url)

        async def is_logged() -> bool:
            return "the queue could not be told which runs are alive" in caplog.text

        async with using(queue):
            await queue.put(RUN)
            await queue.take()
            server.kill()
            await until(is_logged)


@pytest.mark.parametrize("option", ["lease", "max_runs", "remember"])
def test_a_number_that_is_not_positive_is_refused(option):
    with pytest.raises(ValueError, match=f"{option} is 0; it must be positive"):
        queue_on("redis://localhost", **{option: 0})


async def test_a_queue_that_is_not_open_says_so():
    with pytest.raises(RuntimeError, match="the queue is not open"):
        await queue_on("redis://localhost").parked()
