"""Requests that are answered without a task of their own: what holds for every exchange holds here."""

import pytest
import trio
import trio.testing

from genkit_trio import Cause, PublicError, RunContext, State, open_runtime
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS
from tests.asgi.offering import DirectRequest

PLENTY = 32 * 1024
"""Bytes that are written before the common moment of all streams."""
BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@pytest.fixture(autouse=True, params=[False, True], ids=["own scope", "lent scope"])
def _lends(request, monkeypatch):
    monkeypatch.setattr(DirectRequest, "lends", request.param)


async def answered(app, path, data=None, /, **options):
    return await DirectRequest(path, data, **options).play(app)


async def test_an_answer_is_one_part(ai):
    answer = await answered(flow_app(ai), "/quick")
    assert (answer.status, answer.json) == (200, {"result": "done"})
    assert len(answer.bodies) == 1
    assert {"x-genkit-trace-id", "x-genkit-span-id"} < answer.headers.keys()


async def test_what_is_ready_shares_a_part(ai):
    """C24: and the head goes out with it (C23)."""
    answer = await answered(flow_app(ai), "/quick", headers=STREAM_HEADERS)
    assert answer.bodies == [b'data: {"message":1}\n\ndata: {"message":2}\n\ndata: {"result":"done"}\n\n']


async def test_an_answer_without_a_run_is_direct_too(ai):
    answer = await answered(flow_app(ai), "/-/live", method="GET", parts=[b""])
    assert answer.status == 200


@BOTH
async def test_a_request_that_is_refused_has_its_status(ai, seen, headers):
    """C23: it failed before its first chunk."""
    answer = await answered(flow_app(ai), "/forever", headers=headers, parts=[b"{"])
    assert answer.error[:2] == (400, "INVALID_ARGUMENT")
    assert seen.runs == []


@pytest.mark.parametrize("parts", [[b"{}"], [b"{", trio.Event()]], ids=["whole", "half"])
async def test_a_client_that_goes_before_the_run_starts_nothing(ai, seen, parts):
    """C21."""
    request = DirectRequest("/forever", parts=parts)
    request.disconnect()
    await request.play(flow_app(ai))
    assert (seen.runs, request.bodies) == ([], [])


@BOTH
async def test_a_client_that_goes_cancels_the_run(ai, seen, headers, autojump_clock):
    """C21."""
    request = DirectRequest("/forever", headers=headers)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]
    assert not request.ended


async def test_a_client_that_does_not_read_cancels_the_run(ai, seen, autojump_clock):
    """C14, C25: what it was sent is bounded, and the server says when it has waited long enough."""
    request = DirectRequest("/burst", headers=STREAM_HEADERS, keeps_up=False)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        assert len(request.bodies) == 1
        assert len(request.body) < PLENTY + 1000
        request.cut()
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_STALLED)]


async def test_a_client_that_catches_up_gets_all(ai, autojump_clock):
    """C12: each chunk once, in order, however often it fell behind."""
    request = DirectRequest("/burst", headers=STREAM_HEADERS, keeps_up=False)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        for _ in range(3):
            await trio.testing.wait_all_tasks_blocked()
            request.listener.on_room()
        await trio.testing.wait_all_tasks_blocked()
        request.catch_up()
        request.catch_up()
    assert request.frames == [*({"message": number} for number in range(10_000)), {"result": None}]


@pytest.mark.parametrize("chunk_buffer", [1, 16])
async def test_a_chunk_waits_for_a_later_one_no_longer_than_two_milliseconds(ai, chunk_buffer, autojump_clock):
    """C24: also when the stream has just written."""
    sent = []

    @ai.flow(chunk_buffer=chunk_buffer)
    async def pulse(ctx: RunContext[float]) -> None:
        for pause in (1, 0.001, 0.0005, 1):
            sent.append(trio.current_time())
            await ctx.send_chunk(len(sent))
            await trio.sleep(pause)

    await trio.sleep(1)  # the stream has never written, also not at the beginning of time
    request = DirectRequest("/pulse", headers=STREAM_HEADERS)
    came = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        for number in range(1, 5):
            assert await request.next_frame() == {"message": number}
            came.append(trio.current_time())
    waits = [late - early for early, late in zip(sent, came, strict=True)]
    assert waits[:2] == pytest.approx([0, 0])
    assert 0 < waits[3] < waits[2] < 0.002 + 1e-9
    assert len(request.bodies) == 4


async def test_plenty_is_written_before_the_common_moment(ai, autojump_clock):
    """C14, C24: what waits in the answer is bounded too."""

    @ai.flow(chunk_buffer=1)
    async def large(ctx: RunContext[str]) -> None:
        for _ in range(20):
            await ctx.send_chunk("x" * 10_000)

    answer = await answered(flow_app(ai), "/large", headers=STREAM_HEADERS)
    assert len(answer.frames) == 21
    assert max(len(body) for body in answer.bodies) < PLENTY + 3 * 10_100
    assert trio.current_time() < 0.01


@BOTH
async def test_the_deadline_is_told_while_the_run_cleans_up(ai, seen, headers, autojump_clock):
    """C19, C22: the client is told on time; the cause stays the deadline."""
    request = DirectRequest("/tidy", headers={**headers, "x-request-timeout": "2"})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await request.wait_end()
        assert trio.current_time() == pytest.approx(2)
        assert request.error[:2] == (504, "DEADLINE_EXCEEDED")
        assert [run.cause for run in live_runs()] == [Cause.DEADLINE]
    assert trio.current_time() == pytest.approx(5)
    assert seen.ends == [(State.CANCELLED, Cause.DEADLINE)]


async def test_a_cancel_by_trace_id_is_told_while_the_run_cleans_up(ai, seen, autojump_clock):
    """C26."""
    request = DirectRequest("/tidy")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        seen.runs[0].request_cancel(Cause.CANCEL_API)
        assert request.error[:2] == (499, "CANCELLED")
    assert trio.current_time() == pytest.approx(3)


@BOTH
async def test_a_run_that_fails_is_told(ai, headers):
    """C23: with its status, as nothing was sent before."""

    @ai.flow
    async def fail() -> None:
        raise PublicError("NOT_FOUND", "no such city")

    answer = await answered(flow_app(ai), "/fail", headers=headers)
    assert answer.error == (404, "NOT_FOUND", "no such city")


@pytest.mark.parametrize("group", [False, True])
async def test_what_a_run_raises_when_its_deadline_has_passed_is_logged(ai, group, caplog, autojump_clock):
    """C7, C22: the client has been told of the deadline; beside the cancellation or in its place, nothing is lost."""

    @ai.flow
    async def fail() -> None:
        async with trio.open_nursery() as nursery:
            if group:
                nursery.start_soon(trio.sleep_forever)
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("a defect")

    answer = await answered(flow_app(ai), "/fail", headers={**JSON_HEADERS, "x-request-timeout": "2"})
    assert answer.error[:2] == (504, "DEADLINE_EXCEEDED")
    assert "/flow/fail failed with nobody to tell" in caplog.text
    assert "a defect" in caplog.text


@BOTH
async def test_the_end_of_the_server_is_told_and_is_the_cause(ai, seen, headers, autojump_clock):
    """C22, C27."""
    request = DirectRequest("/forever", headers=headers)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.listener.on_stop()
    assert b"UNAVAILABLE" in request.body
    assert request.ended
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]


async def test_the_end_of_the_server_is_told_to_a_client_that_still_sends(ai, seen):
    """C22, C27: there is no run, and an answer all the same."""
    request = DirectRequest("/forever", parts=[b"{", trio.Event()])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert request.error[:2] == (503, "UNAVAILABLE")
    assert seen.runs == []


async def test_a_run_that_is_cancelled_before_it_has_begun_is_told(ai, seen):
    """C2, C22: the function never starts."""
    request = DirectRequest("/forever")
    with trio.CancelScope() as scope:
        scope.cancel()
        await request.play(flow_app(ai))
    assert request.error[:2] == (503, "UNAVAILABLE")
    assert seen.runs == []


async def test_a_detached_run_goes_on_without_its_client(ai, seen, autojump_clock):
    """C21: the exchange only follows it."""

    @ai.flow(on_disconnect="detach", timeout=60)
    async def detached() -> str:
        seen.note()
        await trio.sleep(3)
        return "done"

    async with open_runtime(ai):
        assert (await answered(flow_app(ai), "/detached")).json == {"result": "done"}
        request = DirectRequest("/detached")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(request.play, flow_app(ai))
            await trio.testing.wait_all_tasks_blocked()
            request.disconnect()
    assert seen.ends == [(State.SUCCEEDED, None)] * 2


@BOTH
async def test_a_server_that_breaks_at_the_end_is_logged(ai, headers, caplog):
    """C22: nobody is there any more, as far as can be known."""
    request = DirectRequest("/quick", headers=headers, breaks=RuntimeError("a defect of the server"))
    with pytest.raises(AssertionError, match="did not answer a client that is there"):
        await request.play(flow_app(ai))
    assert "a defect of the server" in caplog.text
    assert live_runs() == ()


async def test_a_server_that_breaks_at_a_refusal_is_logged(ai, caplog):
    request = DirectRequest("/quick", parts=[b"{"], breaks=RuntimeError("a defect of the server"))
    with pytest.raises(AssertionError, match="did not answer a client that is there"):
        await request.play(flow_app(ai))
    assert "a defect of the server" in caplog.text


@BOTH
async def test_what_is_told_after_the_end_means_nothing(ai, headers):
    """C22: nothing follows the end."""
    answer = await answered(flow_app(ai), "/quick", headers=headers)
    before = list(answer.bodies)
    for told in ("on_disconnect", "on_stall", "on_stop", "on_alarm", "on_room"):
        getattr(answer.listener, told)()
    assert answer.bodies == before
