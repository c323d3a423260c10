"""Three processes, each calling the next: what one decides reaches the last."""

import math
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
import trio

from genkit_trio import GenkitError, RemoteAction, RemoteOptions, Status
from tests.e2e.server import Server, curl, output_of, serving_module

KEY = {"authorization": "key of the chain"}


@asynccontextmanager
async def chain(work: float = 0) -> AsyncGenerator[list[Server], None]:
    """Serve A, which calls B, which works for so many seconds before it calls C."""
    async with (
        serving_module("tests.e2e.chain") as last,
        serving_module("tests.e2e.chain", last.url, str(work)) as middle,
        serving_module("tests.e2e.chain", middle.url) as first,
    ):
        yield [first, middle, last]


def echo_at(server: Server) -> RemoteAction[str, str, None]:
    return RemoteAction(f"{server.url}/echo", input=str, output=str, remote=RemoteOptions(headers=KEY))


async def test_each_process_has_less_time_than_the_one_before_and_all_are_one_trace():
    """C7: the remaining time travels, and it strictly decreases."""
    async with chain() as servers:
        with trio.fail_after(20):
            response = await echo_at(servers[0]).run("hello")
        assert response.output == "hello"
        told = [await server.event("run") for server in servers]
    times = [20, *(each["remaining"] for each in told)]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 4
    assert 0 < times[-1] < math.inf
    assert {each["trace"] for each in told} == {response.trace_id}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
async def test_killing_the_client_cancels_the_last_leaf_within_200_ms(accept):
    """C21, C5: through three processes."""
    async with chain() as servers:
        headers = ("-H", f"accept: {accept}", "-H", f"authorization: {KEY['authorization']}")
        client = await curl(f"{servers[0].url}/wait", None, *headers)
        await servers[2].event("started")
        killed = time.monotonic()
        client.kill()
        for server in servers:
            assert (await server.event("cancelled"))["at"] - killed < 0.2
            assert (await server.event("answered"))["status"] == 499
        await output_of(client)


async def test_a_deadline_of_a_millisecond_is_exceeded_everywhere_and_the_last_never_starts():
    """C7, C2: with connections that are open already; and who is not let in starts nothing either."""
    async with chain(work=0.001) as servers, httpx2.AsyncClient(base_url=servers[0].url) as client:
        assert await _status(client, KEY) == 200
        for _ in range(10):
            assert await _status(client, {**KEY, "x-request-timeout": "0.001"}) == 504
        assert await _status(client, {"authorization": "another"}) == 403
        assert await _status(client, KEY) == 200
        # Sorted: a run may end a little after its client was answered, and is then logged behind the next.
        assert sorted([(await servers[0].event("answered"))["status"] for _ in range(13)]) == [
            *[200] * 2,
            403,
            *[504] * 10,
        ]
        # Where the middle one was reached, its own deadline or the end of its client came first.
        assert set((await _answers(servers[1]))[1:-1]) <= {504, 499}
        assert await _answers(servers[2]) == [200, 200]


async def _status(client: httpx2.AsyncClient, headers: dict[str, str]) -> int:
    return (await client.post("/echo", json={"data": "hello"}, headers=headers)).status_code


async def _answers(server: Server) -> list[int]:
    """Return how the server answered, up to the second time that it was well."""
    answers: list[int] = []
    while answers.count(200) < 2:
        answers.append((await server.event("answered"))["status"])
    return answers


async def test_a_process_that_is_killed_is_unavailable_to_those_before_it():
    """The first and the second live on, and tell their callers."""
    async with chain() as servers:
        assert await echo_at(servers[0])("hello") == "hello"
        servers[2].process.kill()
        await servers[2].process.wait()
        with pytest.raises(GenkitError) as caught:
            await echo_at(servers[0])("hello")
        assert caught.value.status is Status.UNAVAILABLE
