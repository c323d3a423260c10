"""Runs that outlive their clients: the exchange only follows them."""

import math

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, RunContext, State, open_runtime
from genkit_trio._runtime import EdgeRun
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.lowlevel import ABSENT, ActionKey, live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, explore, never, post
from tests.asgi.seen import Seen

BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@pytest.fixture
def ai(seen) -> Genkit:
    ai = Genkit()

    @ai.flow(timeout=100, on_disconnect="detach")
    async def detached(ctx: RunContext[int]) -> str:
        seen.note()
        for number in range(3):
            await ctx.send_chunk(number)
            await trio.sleep(1)
        return "done"

    return ai


async def test_a_detached_run_goes_on_without_its_client(ai, seen, autojump_clock):
    """C21: the exchange only follows it; C15: its chunks go to nobody."""
    request = AppRequest("/detached", headers=STREAM_HEADERS)
    async with open_runtime(ai), trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await request.wait_body()
        request.disconnect()
        await trio.testing.wait_all_tasks_blocked()
        assert [run.key for run in live_runs()] == ["/flow/detached"]
        nursery.cancel_scope.cancel()
    assert seen.ends == [(State.SUCCEEDED, None)]
    assert trio.current_time() == pytest.approx(3)


@BOTH
async def test_a_detached_run_is_followed_to_its_end(ai, headers, autojump_clock):
    async with open_runtime(ai):
        answer = await post(flow_app(ai), "/detached", headers=headers)
    assert answer.json == {"result": "done"} if headers is JSON_HEADERS else len(answer.frames) == 4


def test_a_stream_that_the_server_breaks_off_does_not_look_whole():
    """C12, C22: a result comes after all the chunks, also when the run ends in the same pass as the server."""
    ai = Genkit()

    @ai.flow(timeout=100, on_disconnect="detach", chunk_buffer=1)
    async def burst(ctx: RunContext[int]) -> str:
        await trio.lowlevel.checkpoint()
        await ctx.send_chunk(1)
        await ctx.send_chunk(2)
        return "done"

    async def scenario(trial):
        request = AppRequest("/burst", headers=STREAM_HEADERS)
        async with open_runtime(ai):
            with trial.cancelled_by("the end of the server"):
                await request.play(flow_app(ai))
        if request.status == 200:
            assert len(request.frames) == 3 or "error" in request.frames[-1]

    explore(scenario, ["the end of the server"], seeds=range(10))


async def test_a_run_that_has_ended_is_not_abandoned_any_more(ai, autojump_clock):
    """C21: what it has sent can still be told."""
    flow = await ai.registry.resolve(ActionKey("flow", "detached"))
    run = EdgeRun(flow, math.inf, streaming=True, context=ABSENT, init=None, frame=bytes)
    await run.execute(None, None)
    run.abandon()
    assert run.outcome() == b'"done"'
    assert run.frames.take_all() == [b"0", b"1", b"2"]


async def test_a_detached_run_needs_a_runtime(ai, seen):
    """C21: FAILED_PRECONDITION at the request."""
    answer = await post(flow_app(ai), "/detached")
    assert answer.error[:2] == (400, "FAILED_PRECONDITION")
    assert "open_runtime" in answer.error[2]
    assert seen.runs == []


def test_a_detached_flow_needs_a_timeout():
    """C21: ValueError at definition."""
    with pytest.raises(ValueError, match="timeout"):
        Genkit().flow(name="f", on_disconnect="detach")(_nothing)


async def _nothing() -> None: ...


async def test_a_detached_run_keeps_its_deadline(autojump_clock):
    """C21, C7: when its client has gone it ends all the same."""
    ai = Genkit()
    seen = Seen()

    @ai.flow(timeout=10, on_disconnect="detach")
    async def forever() -> None:
        seen.note()
        await trio.sleep_forever()

    request = AppRequest("/forever", headers={**JSON_HEADERS, "x-request-timeout": "4"})
    async with open_runtime(ai), trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await seen.began.wait()
        request.disconnect()
    assert trio.current_time() == pytest.approx(4)
    assert seen.ends == [(State.CANCELLED, Cause.DEADLINE)]


async def test_a_detached_run_survives_a_client_that_stalls(ai, seen, autojump_clock):
    """C21: the client's troubles are not the run's."""
    request = AppRequest("/detached", headers=STREAM_HEADERS, on_send=never)
    app = flow_app(ai, limits=RequestLimits(write_timeout=0.5))
    async with open_runtime(ai):
        await app(request.scope, request.receive, request.send)
        assert trio.current_time() == pytest.approx(0.5)
    assert seen.ends == [(State.SUCCEEDED, None)]


@BOTH
async def test_a_detached_run_survives_the_server(ai, seen, headers, autojump_clock):
    """C21: it belongs to the runtime; its client is told that the server ends."""
    request = AppRequest("/detached", headers=headers)
    async with open_runtime(ai):
        with trio.CancelScope() as server:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(request.play, flow_app(ai))
                await seen.began.wait()
                await trio.sleep(0.5)
                server.cancel()
        assert [run.key for run in live_runs()] == ["/flow/detached"]
    assert seen.ends == [(State.SUCCEEDED, None)]
    if headers is JSON_HEADERS:
        assert request.error[:2] == (503, "UNAVAILABLE")
    else:
        assert request.frames[-1]["error"]["status"] == "UNAVAILABLE"


async def test_the_failure_of_a_detached_run_whose_client_has_gone_is_logged(caplog, autojump_clock):
    """C6: failures of the runtime's runs are logged."""
    ai = Genkit()

    @ai.flow(timeout=10, on_disconnect="detach")
    async def fail() -> None:
        await trio.sleep(1)
        raise ValueError("nobody hears me")

    request = AppRequest("/fail")
    async with open_runtime(ai), trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.sleep(0.5)
        request.disconnect()
    assert "nobody hears me" in caplog.text


async def test_the_end_of_the_runtime_is_told_to_the_client_of_a_detached_run(autojump_clock):
    """C27: drain, not deadline."""
    ai = Genkit()

    @ai.flow(timeout=1000, on_disconnect="detach")
    async def forever() -> None:
        await trio.sleep_forever()

    request = AppRequest("/forever")
    async with trio.open_nursery() as nursery:
        with pytest.raises(ValueError, match="the end"):  # the block is what raises  # the block is what raises
            async with open_runtime(ai):
                nursery.start_soon(request.play, flow_app(ai))
                await trio.sleep(1)
                raise ValueError("the end")
    assert request.error[:2] == (503, "UNAVAILABLE")


async def test_the_crash_of_the_runtime_is_told_to_the_client_of_a_detached_run(autojump_clock):
    """C27: drain, not deadline, also when the runtime's own nursery is what cancels."""
    ai = Genkit()

    @ai.flow(timeout=1000, on_disconnect="detach")
    async def forever() -> None:
        await trio.sleep_forever()

    request = AppRequest("/forever")
    async with trio.open_nursery() as nursery:
        with pytest.raises(SystemExit):  # the block is what raises  # the block is what raises
            async with open_runtime(ai) as runtime:
                nursery.start_soon(request.play, flow_app(ai))
                await trio.testing.wait_all_tasks_blocked()
                runtime.fail(SystemExit(1))
                await trio.sleep_forever()
    assert request.error[:2] == (503, "UNAVAILABLE")
