"""One request from head to end: disconnects, stalls, deadlines, and the end of the server."""

import logging
import time

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, RunContext, State, open_runtime
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, never, post
from tests.asgi.seen import Seen

BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@BOTH
@pytest.mark.parametrize("path", ["/forever", "/silent", "/nested"])
async def test_a_disconnect_cancels_the_run_and_what_it_awaits(ai, seen, headers, path, autojump_clock):
    """C21: unary or streaming, nested or not; C5: in the same moment."""
    request = AppRequest(path, headers=headers)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert trio.current_time() == pytest.approx(0, abs=0.001)
    assert seen.ends[0] == (State.CANCELLED, Cause.CLIENT_DISCONNECT)
    assert all(state is State.CANCELLED for state, _ in seen.ends)
    assert seen.runs[-1].cause is (Cause.PARENT_CANCELLED if path == "/nested" else Cause.CLIENT_DISCONNECT)
    assert not request.ended
    assert live_runs() == ()


@BOTH
async def test_a_disconnect_stops_a_thread_that_polls(headers):
    """C21, C19: the thread sees it at its next poll."""
    ai = Genkit()
    seen = Seen()
    stopped = []

    @ai.flow
    def poll(ctx: RunContext[int]) -> None:
        trio.from_thread.run_sync(seen.began.set)
        _poll_until_cancelled(ctx, stopped)

    request = AppRequest("/poll", headers=headers)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await seen.began.wait()
            request.disconnect()
    assert stopped == ["stopped"]


def _poll_until_cancelled(ctx: RunContext[int], stopped: list[str]) -> None:
    try:
        while True:
            ctx.check_cancelled()
            time.sleep(0.001)
    except trio.Cancelled:
        stopped.append("stopped")
        raise


@pytest.mark.io
@pytest.mark.extra
@BOTH
async def test_a_disconnect_kills_a_worker_process(headers):
    """C21, C19: it need not poll."""
    pytest.importorskip("trio_parallel")
    from tests.core.worker_functions import busy

    ai = Genkit()
    ai.flow(run_in="process")(busy)
    request = AppRequest("/busy", headers=headers)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            while not live_runs():  # noqa: ASYNC110  # the run says nothing
                await trio.lowlevel.checkpoint()
            request.disconnect()
    assert not request.ended


@BOTH
async def test_a_client_that_leaves_in_the_middle_of_its_body_starts_nothing(ai, seen, headers, autojump_clock):
    request = AppRequest("/silent", headers=headers, parts=[b'{"data":', trio.Event()])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert trio.current_time() < 1
    assert seen.runs == []
    assert request.status == 0


async def test_a_client_that_has_gone_before_its_run_starts_nothing(ai, seen):
    """C21: also when the body is there in full."""
    request = AppRequest("/silent")

    async def disconnecting():
        message = await AppRequest.receive(request)
        request.disconnect()
        return message

    app = flow_app(ai)
    await app(request.scope, disconnecting, request.send)
    request.check()
    assert seen.ends in ([], [(State.CANCELLED, Cause.CLIENT_DISCONNECT)])


async def test_a_run_that_cleans_up_keeps_the_exchange_and_its_cause(ai, seen, autojump_clock):
    """C1: the exchange ends when its run has ended; C29: the cause is the one for which it was cancelled."""
    request = AppRequest("/tidy")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert trio.current_time() == pytest.approx(3)
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]


async def test_the_deadline_answers_at_once_while_the_run_cleans_up(ai, seen, autojump_clock):
    """C22, C29: the client does not wait for the cleanup, and the cause stays the deadline."""
    request = AppRequest("/tidy", headers={**JSON_HEADERS, "x-request-timeout": "2"})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.sleep(1.9)
        await request.wait_end()
        assert trio.current_time() == pytest.approx(2)
        [run] = live_runs()
        assert run.cause is Cause.DEADLINE
    assert trio.current_time() == pytest.approx(5)
    assert request.status == 504
    assert seen.ends == [(State.CANCELLED, Cause.DEADLINE)]


@BOTH
async def test_a_cancel_by_trace_id_is_told_at_once(ai, seen, headers, autojump_clock):
    """C26: CANCELLED, 499; idempotent."""
    request = AppRequest("/tidy", headers=headers)
    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await seen.began.wait()
        runtime.cancel(seen.runs[0].trace_id)
        runtime.cancel(seen.runs[0].trace_id)
        await request.wait_end()
        assert trio.current_time() < 1
    assert (request.status, request.json["status"]) == (499, "CANCELLED")
    assert seen.ends == [(State.CANCELLED, Cause.CANCEL_API)]


async def test_a_cancelled_stream_has_its_chunks_and_one_error(ai, seen, autojump_clock):
    """C22: after a chunk the terminal is a frame."""
    request = AppRequest("/forever", headers=STREAM_HEADERS)
    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await request.wait_body()
        runtime.cancel(seen.runs[0].trace_id)
    assert request.status == 200
    assert [list(frame) for frame in request.frames] == [["message"], ["error"]]
    assert request.frames[-1]["error"]["status"] == "CANCELLED"


@BOTH
async def test_a_thread_that_will_not_end_does_not_keep_the_client(headers):
    """C19: the terminal goes out at once; the run, its thread and its place stay until the thread ends."""
    ai = Genkit()
    release, began = trio.Event(), trio.Event()

    @ai.flow(max_concurrency=1)
    def stubborn() -> str:
        trio.from_thread.run_sync(began.set)
        trio.from_thread.run(_shielded, release)
        return "late"

    @ai.flow
    async def outer() -> str:
        return await stubborn()

    request = AppRequest("/outer", headers=headers)
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery, open_runtime(ai) as runtime:
            nursery.start_soon(request.play, flow_app(ai))
            await began.wait()
            [run] = live_runs()
            runtime.cancel(run.trace_id)
            await request.wait_end()
            assert request.error[:2] == (499, "CANCELLED")
            [run] = live_runs()
            assert (run.key, run.children[0].key, run.cause) == ("/flow/outer", "/flow/stubborn", Cause.CANCEL_API)
            release.set()
    assert live_runs() == ()


async def _shielded(event):
    with trio.CancelScope(shield=True):
        await event.wait()


@BOTH
async def test_the_end_of_the_server_is_told_and_is_the_cause(ai, seen, headers, autojump_clock):
    """C22, C27: UNAVAILABLE with Retry-After; cause drain."""
    request = AppRequest("/silent", headers=headers)
    with trio.CancelScope() as server:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await seen.began.wait()
            server.cancel()
    assert request.error[:2] == (503, "UNAVAILABLE")
    assert int(request.headers["retry-after"]) >= 1
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]


@BOTH
@pytest.mark.parametrize("seed", range(8))
async def test_the_cause_at_the_end_of_the_server_does_not_depend_on_who_hears_of_it_first(ai, seen, headers, seed):
    """C29: not the deadline by which the server ends its requests."""
    request = AppRequest("/silent", headers=headers)
    with trio.CancelScope() as server:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await seen.began.wait()
            server.deadline = trio.current_time()
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]


async def test_the_end_of_the_server_before_the_body_is_told(ai, autojump_clock):
    request = AppRequest("/silent", parts=[b"{", trio.Event()])
    with trio.CancelScope() as server:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await trio.testing.wait_all_tasks_blocked()
            server.cancel()
    assert request.error[:2] == (503, "UNAVAILABLE")


async def test_the_end_of_the_server_waits_no_longer_than_the_grace_for_a_client(ai, autojump_clock):
    """C27, C28: terminal frames get the grace, and no wait is unbounded."""
    request = AppRequest("/silent", on_send=never)
    app = flow_app(ai, limits=RequestLimits(cleanup_grace=5, write_timeout=30))
    with trio.CancelScope() as server:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(app, request.scope, request.receive, request.send)
            await trio.testing.wait_all_tasks_blocked()
            server.cancel()
    assert trio.current_time() == pytest.approx(5)


@BOTH
async def test_a_result_that_is_there_when_the_server_ends_is_sent(headers, autojump_clock):
    """C2: the value of a run is not thrown away."""
    ai = Genkit()
    request = AppRequest("/last", headers=headers)
    with trio.CancelScope() as server:

        @ai.flow
        async def last() -> str:
            await trio.sleep(1)
            server.cancel()
            return "done"

        await request.play(flow_app(ai))
    assert b'"result":"done"' in request.body


@BOTH
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt], ids=["exit", "interrupt"])
async def test_what_is_not_an_exception_is_internal_to_the_client_and_ends_the_runtime(error, headers, autojump_clock):
    """C22: INTERNAL to the client, then raised to the runtime, never to the HTTP server."""
    ai = Genkit()

    @ai.flow
    async def leave() -> None:
        raise error(3)

    request = AppRequest("/leave", headers=headers)
    with pytest.raises(error):  # the block is what raises  # the block is what raises
        async with open_runtime(ai):
            await request.play(flow_app(ai))
            await trio.sleep_forever()
    assert request.error[:2] == (500, "INTERNAL")


@BOTH
async def test_what_is_not_an_exception_does_not_reach_the_server_where_no_runtime_is(headers, caplog):
    """C22: the server lives."""
    ai = Genkit()

    @ai.flow
    async def leave() -> None:
        raise SystemExit(3)

    answer = await post(flow_app(ai), "/leave", headers=headers)
    assert answer.error[:2] == (500, "INTERNAL")
    assert [record.levelno for record in caplog.records if record.levelno == logging.CRITICAL]


async def test_no_error_of_a_cleanup_reaches_the_server(caplog, autojump_clock):
    """C22: whatever a cancelled run raises besides Cancelled, the exchange ends as it should."""
    ai = Genkit()

    @ai.flow
    async def messy() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("the cleanup failed")  # the point of the test

    for end in ("disconnect", "server"):
        request = AppRequest("/messy")
        with trio.CancelScope() as server:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(request.play, flow_app(ai))
                await trio.testing.wait_all_tasks_blocked()
                if end == "disconnect":
                    request.disconnect()
                else:
                    server.cancel()
    assert caplog.text.count("the cleanup failed") >= 2


async def test_a_drain_gives_an_exchange_its_time_and_then_its_end(ai, seen, autojump_clock):
    """C27: drain_timeout, then cause drain, told to the client."""
    request = AppRequest("/silent")
    async with trio.open_nursery() as nursery, open_runtime(ai, drain_timeout=7):
        nursery.start_soon(request.play, flow_app(ai))
        await seen.began.wait()
    assert trio.current_time() == pytest.approx(7)
    assert request.error[:2] == (503, "UNAVAILABLE")
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]
