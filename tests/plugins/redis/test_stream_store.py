"""Streams on a real Redis server: several processes, and a server that fails. What all stores do is elsewhere."""

import sys
import uuid
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, Status, open_runtime
from genkit_trio._runtime import StreamFrame
from tests.redis_server import needs_redis, redis_server
from tests.runtime.test_stream_store import RESULT, failure_in, follow, ignore, messages, payloads

pytestmark = [needs_redis, pytest.mark.extra]


def store_on(url: str, **options):
    from genkit_trio.plugins.redis import RedisStreamStore

    return RedisStreamStore(url, **{"heartbeat": 1.0, "ttl": 2.0, **options})


@asynccontextmanager
async def using(*stores):
    """Open a runtime that uses *stores*: each has connections of its own, as if it were in a process of its own."""
    async with open_runtime(Genkit()) as runtime:
        for store in stores:
            await runtime.use(store)
        with trio.fail_after(20):  # noqa: ASYNC100  # the test waits
            yield


@asynccontextmanager
async def raw(url: str):
    """Open a client that knows nothing of streams."""
    import coredis

    async with coredis.Redis.from_url(url) as client:
        yield client


async def until_status(status: Status, attempt) -> GenkitError:
    """Repeat *attempt* until it fails with *status*."""
    while True:
        try:
            await attempt()
        except GenkitError as exc:
            assert exc.status is status
            return exc


async def test_a_stream_of_one_process_is_followed_and_cancelled_from_another(redis):
    prefix = uuid.uuid4().hex
    here, there = (store_on(redis.url, prefix=prefix, heartbeat=10) for _ in range(2))
    cancelled = trio.Event()
    async with using(here, there), here.open("s", on_cancel=cancelled.set) as writer, there.follow("s") as follower:
        await writer.append(payloads(1))
        assert await follower.receive() == messages(1)
        started = trio.current_time()
        await there.cancel("s")
        await cancelled.wait()
        assert trio.current_time() - started < 0.5
        await writer.end(RESULT)
        assert await follower.receive() == [RESULT]


async def test_two_prefixes_are_two_stores(redis):
    here, there = (store_on(redis.url, prefix=uuid.uuid4().hex) for _ in range(2))
    async with using(here, there), here.open("s", on_cancel=ignore):
        with pytest.raises(GenkitError) as caught:
            await follow(there, "s")
    assert caught.value.status is Status.NOT_FOUND


async def test_a_cancellation_whose_message_was_missed_is_seen_at_the_next_heartbeat(redis):
    prefix = uuid.uuid4().hex
    store = store_on(redis.url, prefix=prefix, heartbeat=0.3)
    cancelled = trio.Event()
    async with using(store), raw(redis.url) as client, store.open("s", on_cancel=cancelled.set):
        await client.hset(f"{prefix}:stream:{{s}}:state", {"cancel": "1"})
        with trio.fail_after(0.3):
            await cancelled.wait()


async def test_a_writer_that_was_taken_for_dead_is_told(redis):
    """C22: its followers were told an end, and are told no other."""
    prefix = uuid.uuid4().hex
    store = store_on(redis.url, prefix=prefix, heartbeat=0.6)
    cancelled = trio.Event()
    async with using(store), raw(redis.url) as client, store.open("s", on_cancel=cancelled.set) as writer:
        await writer.append(payloads(1))
        await client.delete([f"{prefix}:stream:{{s}}:alive"])
        *frames, end = await follow(store, "s")
        assert (frames, failure_in(end)) == (messages(1), "UNAVAILABLE")
        with pytest.raises(GenkitError) as caught:
            await writer.append(payloads(2))
        assert caught.value.status is Status.ABORTED
        await cancelled.wait()
        assert await follow(store, "s") == [*messages(1), end]


async def test_all_keys_expire(redis):
    prefix = uuid.uuid4().hex
    store = store_on(redis.url, prefix=prefix, heartbeat=10, ttl=50)

    async def lifetimes(client) -> list[int]:
        keys = sorted([key async for key in client.scan_iter(match=f"{prefix}*")])
        return [round(await client.pttl(key), -4) for key in keys]

    async with using(store), raw(redis.url) as client, store.open("s", on_cancel=ignore) as writer:
        assert await lifetimes(client) == [10_000, 70_000]
        await writer.append(payloads(1))
        assert await lifetimes(client) == [10_000, 70_000, 70_000]
        await writer.end(RESULT)
        assert await lifetimes(client) == [50_000, 50_000]


async def test_the_stream_of_a_run_that_waits_in_a_queue_is_kept_for_longer(redis):
    prefix = uuid.uuid4().hex
    store = store_on(redis.url, prefix=prefix, heartbeat=10, ttl=50, queued_ttl=500)
    async with using(store), raw(redis.url) as client:
        async with store.open("s", on_cancel=ignore, attempt=1):
            pass
        assert round(await client.pttl(f"{prefix}:stream:{{s}}:state"), -4) == 500_000
        async with store.open("s", on_cancel=ignore, attempt=2) as writer:
            await writer.end(RESULT)
        assert round(await client.pttl(f"{prefix}:stream:{{s}}:state"), -4) == 50_000


async def test_an_append_whose_answer_was_lost_is_repeated_without_harm(redis):
    from genkit_trio.plugins.redis.client import open_client
    from genkit_trio.plugins.redis.scripts import APPEND, OPEN, READ

    keys = [f"{uuid.uuid4().hex}:{name}" for name in ("frames", "state", "alive")]
    async with open_client(redis.url) as client:
        for _ in range(2):
            assert await client.run(OPEN, keys, ("token", 0, 1000, 1000)) == [b"open", 0, 0]
        for frames in (["m", "1"], ["m", "1", "m", "2"], ["m", "1", "m", "2"]):
            assert await client.run(APPEND, keys, ("token", 1, 1000, 1000, "c", *frames)) == b"stored"
        for _ in range(2):
            assert await client.run(APPEND, keys, ("token", 3, 1000, 1000, "c", "r", "3")) == b"stored"
        assert await client.run(APPEND, keys, ("token", 9, 1000, 1000, "c", "m", "9")) == b"lost"
        assert await client.run(READ, keys, (0, 9, 1000, "c", "")) == [
            *(b"there", b"m", b"1", b"m", b"2", b"r", b"3"),
        ]


async def test_a_server_that_restarts_with_its_data_costs_nothing():
    with redis_server("--appendonly", "yes", "--appendfsync", "always") as server:
        store = store_on(server.url, heartbeat=10)
        async with using(store), store.open("s", on_cancel=ignore) as writer, store.follow("s") as follower:
            await writer.append(payloads(1))
            assert await follower.receive() == messages(1)
            async with trio.open_nursery() as nursery:
                received = []

                async def receive():
                    received.extend(await follower.receive())

                nursery.start_soon(receive)
                await trio.testing.wait_all_tasks_blocked(0.05)
                server.kill()
                nursery.start_soon(writer.append, payloads(2, 3))
                await trio.testing.wait_all_tasks_blocked(0.05)
                server.start("--appendonly", "yes")
            assert received == messages(2, 3)
            await writer.end(RESULT)
            assert await follow(store, "s") == [*messages(1, 2, 3), RESULT]


async def test_a_server_that_lost_its_data_is_no_silent_loss():
    with redis_server("--save", "") as server:
        store = store_on(server.url)
        async with using(store), store.open("s", on_cancel=ignore) as writer, store.follow("s") as follower:
            await writer.append(payloads(1))
            assert await follower.receive() == messages(1)
            server.kill()
            server.start("--save", "")
            for attempt in (writer.append(payloads(2)), writer.end(RESULT), follower.receive()):
                with pytest.raises(GenkitError) as caught:
                    await attempt
                assert caught.value.status is Status.DATA_LOSS
            async with store.open("s", on_cancel=ignore) as writer:
                await writer.end(RESULT)
            assert await follow(store, "s") == [RESULT]


async def test_a_server_that_is_away_is_said_to_be_and_found_again():
    with redis_server("--save", "") as server:
        store = store_on(server.url)
        async with using(store), store.open("s", on_cancel=ignore) as writer, store.follow("s") as follower:
            await writer.append(payloads(1))
            assert await follower.receive() == messages(1)
            server.kill()
            for attempt in (writer.append(payloads(2)), follower.receive(), follow(store, "s"), store.cancel("s")):
                with pytest.raises(GenkitError, match=r"redis\.sock cannot be reached") as caught:
                    await attempt
                assert caught.value.status is Status.UNAVAILABLE
            server.start("--save", "")
            async with store.open("t", on_cancel=ignore) as writer, store.follow("t") as follower:
                await writer.append(payloads(1))
                assert await follower.receive() == messages(1)


async def test_a_listening_connection_is_made_anew():
    """Followers are told at once again, and need not look for themselves."""
    with redis_server("--save", "") as server:
        store = store_on(server.url, heartbeat=10)
        async with (
            using(store),
            raw(server.url) as client,
            store.open("s", on_cancel=ignore) as writer,
            store.follow("s") as follower,
        ):
            await client.client_kill(type_=b"pubsub")
            for number in range(3):
                await writer.append(payloads(number))
                with trio.fail_after(2):
                    assert await follower.receive() == messages(number)


async def test_a_server_that_is_full_takes_nothing_more():
    with redis_server("--save", "", "--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as server:
        store = store_on(server.url)
        async with using(store), store.open("s", on_cancel=ignore) as writer:
            exc = await until_status(Status.RESOURCE_EXHAUSTED, lambda: writer.append([b'"' + b"x" * 100_000 + b'"']))
    assert "is full" in exc.message


async def test_a_refused_password_is_told_without_it():
    with redis_server("--save", "", "--requirepass", "right") as server:
        url = server.url.replace("unix://", "unix://:wrong@")
        async with using(store := store_on(url)):
            with pytest.raises(GenkitError, match=r"redis\.sock") as caught:
                async with store.open("s", on_cancel=ignore):
                    pass
    assert "wrong" not in str(caught.value).replace("WRONGPASS", "")


def test_a_store_says_what_it_needs():
    with pytest.raises(ValueError, match="'host:6379' is no Redis server"):
        store_on("http://host:6379")
    with pytest.raises(ValueError, match="heartbeat is 0"):
        store_on("redis://host", heartbeat=0)


def test_a_store_says_which_extra_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "coredis", None)
    with pytest.raises(ImportError, match=r"pip install 'genkit-trio\[redis\]'"):
        store_on("redis://host")


async def test_a_store_that_is_not_open_says_so():
    with pytest.raises(RuntimeError, match="open_runtime"):
        await store_on("redis://host").cancel("s")


def test_frames_know_whether_they_end():
    assert [StreamFrame(kind, b"").is_end for kind in ("message", "result", "error")] == [False, True, True]
