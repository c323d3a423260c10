"""Remote actions against the servers of Genkit for JavaScript and for Python."""

import pathlib
import subprocess
import sys
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from genkit_trio import Genkit, GenkitError, RemoteAction, RemoteOptions, Status, open_runtime
from tests.compat.genkit_project import node

HERE = pathlib.Path(__file__).parent
EXPRESS, FASTAPI = "express_flows.cjs", "fastapi_flows.py"
BOTH = pytest.mark.parametrize("peer", [EXPRESS, FASTAPI], ids=["express", "fastapi"])

pytestmark = pytest.mark.usefixtures("node_modules")


@attrs.frozen
class Person:
    name: str
    age: int


@asynccontextmanager
async def serving(peer: str):
    """Start a server for a block, and give its URL."""
    program = sys.executable if peer.endswith(".py") else node()
    process = await trio.lowlevel.open_process(
        [program, str(HERE / peer)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        with trio.fail_after(30):
            port = int(await process.stdout.receive_some())
            async with open_runtime(Genkit()):
                yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()


@BOTH
async def test_their_flows_are_called_and_streamed(peer):
    async with serving(peer) as url:
        older = RemoteAction(f"{url}/older", input=Person, output=Person)
        count = RemoteAction(f"{url}/count", input=int, output=str, chunk=int)
        assert await older(Person("Ada", 36)) == Person("Ada", 37)
        async with count.stream(1000) as stream:
            assert [chunk async for chunk in stream] == [*range(1000)]
            assert await stream.output() == "end"
        assert await count(3) == "end"


@BOTH
async def test_a_flow_of_theirs_that_takes_and_returns_nothing_is_called(peer):
    async with serving(peer) as url:
        nothing = RemoteAction(f"{url}/nothing", output=object, chunk=object)
        assert await nothing() is None
        async with nothing.stream() as stream:
            assert await stream.output() is None


@BOTH
@pytest.mark.parametrize("count", [0, 2])
async def test_what_their_flows_fail_with_comes_back(peer, count):
    """C12: after the chunks, in both spellings of the frame."""
    async with serving(peer) as url:
        fail = RemoteAction(f"{url}/fail", input=int, output=str, chunk=int)
        received = []
        with pytest.raises(GenkitError) as streamed:
            async with fail.stream(count) as stream:
                async for chunk in stream:
                    received.append(chunk)
        with pytest.raises(GenkitError) as unary:
            await fail(count)
        assert received == [*range(count)]
        for caught in (streamed, unary):
            assert "čeká se" in caught.value.message
            if peer == EXPRESS:
                assert caught.value.status is Status.FAILED_PRECONDITION
                assert caught.value.details == {"on": "you"}
            else:
                assert caught.value.status is Status.INTERNAL


@BOTH
async def test_an_input_that_they_do_not_take_is_an_error_with_a_status(peer):
    async with serving(peer) as url:
        with pytest.raises(GenkitError) as caught:
            await RemoteAction(f"{url}/older", input=int, output=object)(1)
        assert caught.value.status is (Status.INVALID_ARGUMENT if peer == EXPRESS else Status.INTERNAL)
        with pytest.raises(GenkitError) as caught:
            await RemoteAction(f"{url}/unknown", output=object)()
        assert caught.value.status is Status.NOT_FOUND


async def test_their_key_is_sent():
    async with serving(EXPRESS) as url:
        key = RemoteOptions(headers={"authorization": "key"})
        assert await RemoteAction(f"{url}/guarded", input=Person, output=Person, remote=key)(Person("A", 1))
        with pytest.raises(GenkitError) as caught:
            await RemoteAction(f"{url}/guarded", input=Person, output=Person)(Person("A", 1))
        assert caught.value.status is Status.UNAUTHENTICATED
