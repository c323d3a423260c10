"""Answers from stored streams when the client, the server or the store does not do its part."""

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, RunContext, open_runtime
from genkit_trio.asgi import MemoryStreamStore, flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import STREAM_HEADERS, AppRequest, post
from tests.asgi.offering import DirectRequest, OfferingRequest

FOLLOWING = {**STREAM_HEADERS, "x-genkit-stream-id": "any"}


@pytest.fixture
def ai() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def count(ctx: RunContext[int]) -> str:
        await ctx.send_chunk(1)
        return "done"

    return ai


class NoFollowing(MemoryStreamStore):
    """Cannot be followed, from the beginning or after the first frames."""

    def __init__(self, error, *, at_once=True):
        super().__init__()
        self.error = error
        self.at_once = at_once

    @asynccontextmanager
    async def follow(self, stream_id, /, *, after=0):
        if self.at_once:
            raise self.error
        async with super().follow(stream_id, after=after) as follower:
            yield _Once(follower, self.error)


class _Once:
    def __init__(self, follower, error):
        self.follower = follower
        self.error = error

    async def receive(self):
        if self.follower is None:
            raise self.error
        follower, self.follower = self.follower, None
        return [frame for frame in await follower.receive() if not frame.is_end]


async def test_a_store_that_is_out_of_reach_is_told_by_the_status(ai):
    """C23: there is no head yet."""
    app = flow_app(ai, stream_store=NoFollowing(GenkitError("UNAVAILABLE", "where is it?")))
    async with open_runtime(ai):
        answer = await post(app, "/count", headers=STREAM_HEADERS)
    assert answer.error[:2] == (503, "UNAVAILABLE")


@pytest.mark.parametrize(
    ("error", "status"), [(GenkitError("DATA_LOSS", "gone"), "DATA_LOSS"), (ConnectionError("reset"), "INTERNAL")]
)
async def test_a_store_that_breaks_off_is_told_by_the_last_frame(ai, error, status, caplog):
    """C22: whatever it raises."""
    app = flow_app(ai, stream_store=NoFollowing(error, at_once=False))
    async with open_runtime(ai):
        answer = await post(app, "/count", headers=STREAM_HEADERS)
    assert [answer.frames[0], answer.frames[1]["error"]["status"]] == [{"message": 1}, status]
    assert len(answer.frames) == 2
    assert str(error) in caplog.text


async def test_a_store_that_breaks_after_the_end_is_logged(ai, caplog):
    class Leaky(MemoryStreamStore):
        @asynccontextmanager
        async def open(self, stream_id, /, **options):
            async with super().open(stream_id, **options) as writer:
                yield writer
            raise OSError("the disk is full")

    async with open_runtime(ai):
        answer = await post(flow_app(ai, stream_store=Leaky()), "/count", headers=STREAM_HEADERS)
    assert answer.frames == [{"message": 1}, {"result": "done"}]
    assert "the disk is full" in caplog.text
    assert answer.headers["x-genkit-trace-id"] in caplog.text


async def test_a_send_that_fails_is_logged(ai, caplog):
    request = AppRequest("/count", headers=STREAM_HEADERS)

    async def refuse(message):
        raise RuntimeError("a defect of the server")

    async with open_runtime(ai):
        await flow_app(ai, stream_store=MemoryStreamStore())(request.scope, request.receive, refuse)
    assert "a defect of the server" in caplog.text


@pytest.mark.parametrize("headers", [STREAM_HEADERS, FOLLOWING], ids=["start", "follow"])
async def test_a_client_that_goes_before_its_body_has_come_is_not_answered(ai, headers):
    request = AppRequest("/count", headers=headers, parts=[b"{", trio.Event()])
    async with open_runtime(ai), trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai, stream_store=MemoryStreamStore()))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert request.status == 0


@pytest.mark.parametrize("parts", [[b"{}"], [b"{"]], ids=["right", "wrong"])
async def test_a_client_that_has_gone_with_its_last_byte_is_not_answered(ai, parts):
    request = OfferingRequest("/count", headers=FOLLOWING, parts=parts)
    request.disconnect()
    async with open_runtime(ai):
        await request.play(flow_app(ai, stream_store=MemoryStreamStore()))
    assert (request.status, live_runs()) == (0, ())


async def test_a_wrong_request_of_a_client_that_has_gone_is_not_answered(ai):
    request = OfferingRequest("/count", headers=STREAM_HEADERS, parts=[b"{"])
    request.disconnect()
    async with open_runtime(ai):
        await request.play(flow_app(ai, stream_store=MemoryStreamStore()))
    assert request.status == 0


async def test_a_server_that_stops_as_the_end_comes_tells_that_end(ai):
    """C22: an end that is decided stays the only one."""

    class Store(MemoryStreamStore):
        @asynccontextmanager
        async def follow(self, stream_id, /, *, after=0):
            async with super().follow(stream_id, after=after) as follower:
                yield _Stopping(follower, server)

    request = AppRequest("/count", headers=STREAM_HEADERS)
    async with open_runtime(ai):
        with trio.CancelScope() as server:
            await request.play(flow_app(ai, stream_store=Store()))
    assert request.frames == [{"message": 1}, {"result": "done"}]


class _Stopping:
    """Stops the server when it gives the end."""

    def __init__(self, follower, scope):
        self.follower = follower
        self.scope = scope

    async def receive(self):
        frames = await self.follower.receive()
        if frames[-1].is_end:
            self.scope.cancel()
        return frames


@pytest.mark.parametrize("store", [None, MemoryStreamStore()], ids=["plain", "stored"])
@pytest.mark.parametrize("request_class", [AppRequest, OfferingRequest, DirectRequest])
async def test_an_interrupt_while_a_request_is_read_ends_the_program(ai, store, request_class):
    """It is no matter of the client's: nothing is answered, nothing is swallowed."""

    async def interrupted(data):
        raise KeyboardInterrupt

    request = request_class("/count", headers=STREAM_HEADERS)
    async with open_runtime(ai):
        with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)) as caught:
            await request.play(flow_app(ai, stream_store=store, context=[interrupted]))
    assert "KeyboardInterrupt" in repr(caught.value)
