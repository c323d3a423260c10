"""Streams on a real Redis server: server processes are killed, and clients lose their connections."""

import json
import shutil
import signal
import time

import pytest
import trio

from tests.e2e.server import Server, curl, output_of, serving_module
from tests.redis_server import needs_redis, redis_server

pytestmark = [
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.extra,
    needs_redis,
]

HEARTBEAT = 1.0
STREAM = ("-i", "-H", "accept: text/event-stream")


class Client:
    """A client of a stream, as far as it has read."""

    def __init__(self, process: trio.Process):
        self.process = process
        self.text = b""

    @property
    def stream_id(self) -> str:
        head = self.text.partition(b"\r\n\r\n")[0].decode()
        return next(line[20:] for line in head.lower().splitlines() if line.startswith("x-genkit-stream-id: "))

    @property
    def frames(self) -> list[dict]:
        """The frames that have come as a whole."""
        *whole, _ = self.text.partition(b"\r\n\r\n")[2].split(b"\n\n")
        return [json.loads(frame.removeprefix(b"data: ")) for frame in whole]

    async def read_frames(self, number: int) -> None:
        while len(self.frames) < number:
            part = await self.process.stdout.receive_some()
            assert part, self.text
            self.text += part

    async def read_all(self) -> list[dict]:
        self.text += await output_of(self.process)
        return self.frames


async def post(server: Server, flow: str, data: object = None, *options: str) -> Client:
    return Client(await curl(f"{server.url}/{flow}", data, *STREAM, *options))


async def resume(server: Server, client: Client, flow: str, position: int = 0) -> list[dict]:
    again = await post(
        server, flow, None, "-H", f"x-genkit-stream-id: {client.stream_id}", "-H", f"last-event-id: {position}"
    )
    return await again.read_all()


def messages(*numbers: int) -> list[dict]:
    return [{"message": number} for number in numbers]


@pytest.fixture(scope="module")
def redis():
    with redis_server("--save", "") as server:
        yield server


def serving(redis):
    return serving_module("tests.e2e.durable", redis.url)


async def test_a_client_goes_on_at_another_server_and_misses_and_repeats_nothing(redis):
    async with serving(redis) as here, serving(redis) as there:
        client = await post(here, "count", 500)
        await client.read_frames(100)
        client.process.kill()
        seen = client.frames
        rest = await resume(there, client, "count", len(seen))
        assert [*seen, *rest] == [*messages(*range(500)), {"result": "done"}]
        assert await resume(there, client, "count") == [*seen, *rest]
        await output_of(client.process)


async def test_a_stream_whose_server_was_killed_ends_within_two_heartbeats(redis):
    """C22: an end follows, and nothing that was stored is lost or repeated."""
    async with serving(redis) as here, serving(redis) as there:
        client = await post(here, "count", 100_000)
        await client.read_frames(100)
        follower = await post(there, "count", None, "-H", f"x-genkit-stream-id: {client.stream_id}")
        await follower.read_frames(100)
        here.process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        *seen, end = await follower.read_all()
        assert time.monotonic() - killed < 2 * HEARTBEAT
        assert end["error"]["status"] == "UNAVAILABLE"
        assert seen == messages(*range(len(seen)))
        first = await client.read_all()
        assert first == seen[: len(first)]
        assert await resume(there, client, "count", len(first)) == [*seen[len(first) :], end]


async def test_cancelling_at_one_server_stops_the_run_at_another_within_500_ms(redis):
    async with serving(redis) as here, serving(redis) as there:
        client = await post(here, "forever")
        await client.read_frames(1)
        asked = time.monotonic()
        options = ("-X", "DELETE", "-i", "-H", f"x-genkit-stream-id: {client.stream_id}")
        answer = await output_of(await curl(f"{there.url}/forever", None, *options))
        assert answer.split()[1] == b"204"
        stopped = await here.event("stopped")
        assert stopped["at"] - asked < 0.5
        assert (await client.read_all())[-1]["error"]["status"] == "CANCELLED"


async def test_a_server_that_is_told_to_stop_lets_a_stream_end(redis):
    """C27: its followers elsewhere see the result."""
    async with serving(redis) as here, serving(redis) as there:
        client = await post(here, "count", 300)
        await client.read_frames(10)
        here.process.terminate()
        assert (await client.read_all())[-1] == {"result": "done"}
        assert await here.process.wait() == 0
        assert await resume(there, client, "count", 299) == [{"message": 299}, {"result": "done"}]


async def test_a_burst_costs_no_round_trip_per_chunk(redis):
    import coredis

    async def calls() -> int:
        async with coredis.Redis.from_url(redis.url) as client:
            stats = await client.info("commandstats")
        return sum(stats[f"cmdstat_{name}"]["calls"] for name in ("evalsha", "eval") if f"cmdstat_{name}" in stats)

    async with serving(redis) as server:
        await (await post(server, "burst", 10)).read_all()
        before = await calls()
        frames = await (await post(server, "burst", 5_000)).read_all()
        assert frames == [*messages(*range(5_000)), {"result": "done"}]
        assert await calls() - before < 1_500
