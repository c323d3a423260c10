"""Requests that are answered without a task of their own, over a socket: what holds in memory holds there."""

import json

import pytest
import trio
import trio.testing

from genkit_trio import Cause, RunContext, State
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import live_runs
from tests.server.serving import serving

pytestmark = [pytest.mark.extra, pytest.mark.io]


def _request(path: str, *, timeout: float | None = None, streaming: bool = False) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: test", "content-type: application/json", "content-length: 2"]
    if timeout is not None:
        lines.append(f"x-request-timeout: {timeout}")
    if streaming:
        lines.append("accept: text/event-stream")
    return "\r\n".join([*lines, "", "{}"]).encode()


async def _read(stream: trio.SocketStream, until: bytes) -> bytes:
    received = b""
    with trio.fail_after(30):
        while until not in received:
            data = await stream.receive_some(65536)
            assert data
            received += data
    return received


def _fast(ai, **settings):
    return serving(flow_app(ai), **settings)


async def test_the_deadline_is_told_at_once_while_the_run_cleans_up(ai, seen):
    """C19, C22: the client does not wait for what will not end; the cause stays the deadline."""
    release = trio.Event()

    @ai.flow
    async def stubborn() -> None:
        seen.note()
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await release.wait()

    async with _fast(ai) as server, await server.connect() as stream:
        started = trio.current_time()
        await stream.send_all(_request("/stubborn", timeout=0.2))
        answer = await _read(stream, b"DEADLINE_EXCEEDED")
        assert trio.current_time() - started < 0.4
        assert answer.startswith(b"HTTP/1.1 504")
        assert [run.cause for run in live_runs()] == [Cause.DEADLINE]
        release.set()
        # The connection goes on when the run has ended.
        await stream.send_all(_request("/quick"))
        assert b'"result":"done"' in await _read(stream, b"result")
    assert seen.ends[0] == (State.CANCELLED, Cause.DEADLINE)


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_client_that_goes_cancels_the_run(ai, seen, streaming):
    """C21."""
    async with _fast(ai) as server:
        async with await server.connect() as stream:
            await stream.send_all(_request("/forever", streaming=streaming))
            await seen.began.wait()
        with trio.fail_after(10):
            while live_runs():  # noqa: ASYNC110  # the run says nothing
                await trio.lowlevel.checkpoint()
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]


async def test_a_cancel_by_trace_id_is_told_at_once(ai, seen):
    """C26."""
    async with _fast(ai) as server, await server.connect() as stream:
        await stream.send_all(_request("/tidy"))
        await seen.began.wait()
        seen.runs[0].request_cancel(Cause.CANCEL_API)
        assert (await _read(stream, b"CANCELLED")).startswith(b"HTTP/1.1 499")


@pytest.mark.parametrize("streaming", [False, True])
async def test_the_end_of_the_server_is_told_and_is_the_cause(ai, seen, streaming):
    """C22, C27."""
    async with _fast(ai, graceful_timeout=0.1) as server, await server.connect() as stream:
        await stream.send_all(_request("/forever", streaming=streaming))
        await seen.began.wait()
        server.stop.set()
        answer = await _read(stream, b"UNAVAILABLE")
        assert (b'data: {"error"' in answer) is streaming
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]


async def test_a_client_that_does_not_read_stops_the_run_and_is_the_cause(ai, seen):
    """C14, C25: what is sent and not taken is bounded, and so is the time."""
    sent = [0]

    @ai.flow(chunk_buffer=4)
    async def large(ctx: RunContext[str]) -> None:
        seen.note()
        while True:
            await ctx.send_chunk("x" * 65536)
            sent[0] += 1

    async with _fast(ai) as server:
        stream = await server.connect()
        server.kept.append(stream)
        await stream.send_all(_request("/large", streaming=True))
        with trio.fail_after(30):
            while not seen.runs or live_runs():  # noqa: ASYNC110  # the run says nothing
                await trio.lowlevel.checkpoint()
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_STALLED)]
    assert sent[0] < 1000


@pytest.mark.parametrize("chunk_buffer", [0, 1, 16])
async def test_every_chunk_arrives_once_in_order_and_then_the_end(ai, chunk_buffer):
    """C12, C22: whatever is taken together."""

    @ai.flow(chunk_buffer=chunk_buffer)
    async def numbers(ctx: RunContext[int]) -> str:
        for number in range(500):
            await ctx.send_chunk(number)
            if number % 7 == 0:
                await trio.lowlevel.checkpoint()
        return "end"

    async with _fast(ai) as server, await server.connect() as stream:
        await stream.send_all(_request("/numbers", streaming=True))
        answer = await _read(stream, b"\r\n0\r\n\r\n")
    frames = [json.loads(line[6:]) for line in _unchunked(answer).split(b"\n\n") if line]
    assert frames == [*({"message": number} for number in range(500)), {"result": "end"}]


def _unchunked(answer: bytes) -> bytes:
    rest, body = answer.partition(b"\r\n\r\n")[2], b""
    while (size := int(rest.partition(b"\r\n")[0], 16)) > 0:
        rest = rest.partition(b"\r\n")[2]
        body, rest = body + rest[:size], rest[size + 2 :]
    return body
