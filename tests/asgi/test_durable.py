"""Streams that outlive their connections, over HTTP."""

import logging

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, PublicError, RunContext, State, Status, open_runtime
from genkit_trio.asgi import MemoryStreamStore, RequestLimits, api_key, flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, never, post

ID = "x-genkit-stream-id"
CHUNKS = [{"message": 0}, {"message": 1}, {"message": 2}]
ALL = [*CHUNKS, {"result": "done"}]


@pytest.fixture
def ai(seen) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def count(ctx: RunContext[int]) -> str:
        seen.note()
        for number in range(3):
            await ctx.send_chunk(number)
            await trio.sleep(1)
        return "done"

    @ai.flow
    async def forever(ctx: RunContext[int]) -> None:
        seen.note()
        await ctx.send_chunk(1)
        await trio.sleep_forever()

    @ai.flow
    async def fails(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        raise PublicError("NOT_FOUND", "no such thing")

    @ai.flow
    async def breaks() -> None:
        raise ValueError("a secret")

    @ai.flow
    async def large(ctx: RunContext[str]) -> str:
        await ctx.send_chunk("x" * 1000)
        await trio.sleep(1)
        await ctx.send_chunk("x" * 1000)
        return "done"

    return ai


@pytest.fixture
async def app(ai, autojump_clock):
    async with open_runtime(ai):
        yield flow_app(ai, stream_store=MemoryStreamStore())


async def start(app, path: str, **headers: str) -> AppRequest:
    """Order a stream, and leave after its first frame."""
    request = AppRequest(path, headers={**STREAM_HEADERS, **headers})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        await request.wait_body()
        request.disconnect()
    return request


async def resume(app, path: str, stream_id: str, *, query: str = "", **headers: str) -> AppRequest:
    return await post(app, path, headers={**STREAM_HEADERS, ID: stream_id, **headers}, query=query)


async def test_a_stream_has_an_id_and_is_otherwise_as_ever(app, autojump_clock):
    answer = await post(app, "/count", headers=STREAM_HEADERS)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    assert len(answer.headers[ID]) == 36
    assert {"x-genkit-trace-id", "x-genkit-span-id"} < answer.headers.keys()
    assert answer.frames == ALL


async def test_the_head_goes_out_as_soon_as_the_stream_is_stored(app, seen, autojump_clock):
    """C23: a client has the id before the first chunk."""
    request = AppRequest("/breaks", headers=STREAM_HEADERS)
    await request.play(app)
    assert request.status == 200
    assert request.bodies[0] == b""
    assert request.frames == [{"error": {"status": "INTERNAL", "message": Status.INTERNAL.sentence}}]


async def test_a_run_goes_on_without_its_client_who_comes_back_for_all(app, seen, autojump_clock):
    """C15: the store is its consumer."""
    request = await start(app, "/count")
    assert [run.key for run in live_runs()] == ["/flow/count"]
    again = await resume(app, "/count", request.headers[ID])
    assert again.frames == ALL
    assert again.headers[ID] == request.headers[ID]
    assert seen.ends == [(State.SUCCEEDED, None)]
    assert (await resume(app, "/count", request.headers[ID])).frames == ALL


@pytest.mark.parametrize("seen_before", range(6))
async def test_a_client_gets_what_it_misses(app, seen_before, autojump_clock):
    request = await start(app, "/count")
    left = ALL[min(seen_before, 3) :]
    stream_id, position = request.headers[ID], str(seen_before)
    assert (await resume(app, "/count", stream_id, query=f"after={position}")).frames == left
    assert (await resume(app, "/count", stream_id, **{"last-event-id": position})).frames == left


@pytest.mark.parametrize("position", ["-1", "x", "1.0", "", " 1", "9" * 16, "\u0661"])
async def test_a_position_that_is_none_is_refused(app, position, autojump_clock):
    """C25: whatever reaches the application and is malformed gets a 4xx."""
    query = "after=" + "".join(f"%{byte:02x}" for byte in position.encode())
    answer = await resume(app, "/count", "any", query=query)
    assert answer.error[:2] == (400, "INVALID_ARGUMENT")
    assert "'after'" in answer.error[2]
    if position.isascii():
        answer = await resume(app, "/count", "any", **{"last-event-id": position})
        assert answer.error[:2] == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("stream_id", ["00000000-0000-0000-0000-000000000000", "", "x" * 10_000, "é"])
async def test_a_stream_that_is_not_there_is_no_content(app, stream_id, autojump_clock):
    answer = await resume(app, "/count", stream_id)
    assert (answer.status, answer.body) == (204, b"")


async def test_any_request_that_names_a_stream_follows_it(app, seen, autojump_clock):
    """A run that was ordered once must not be started again by a client that forgot a header."""
    request = await start(app, "/count")
    answer = await post(app, "/count", headers={**JSON_HEADERS, ID: request.headers[ID]})
    assert answer.frames == ALL
    assert len(seen.runs) == 1


async def test_a_request_for_one_answer_is_as_ever(app, seen, autojump_clock):
    """C21: without a stream there is nothing to come back for."""
    answer = await post(app, "/count")
    assert answer.json == {"result": "done"}
    assert ID not in answer.headers
    request = AppRequest("/count")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert seen.ends[1] == (State.CANCELLED, Cause.CLIENT_DISCONNECT)


async def test_without_a_store_the_header_is_nothing(ai):
    answer = await post(flow_app(ai), "/fails", headers={**STREAM_HEADERS, ID: "any"})
    assert answer.frames[0] == {"message": 1}
    assert ID not in answer.headers


async def test_an_error_is_stored_like_a_result(app, autojump_clock):
    request = await start(app, "/fails")
    answer = await resume(app, "/fails", request.headers[ID])
    assert answer.frames == [{"message": 1}, {"error": {"status": "NOT_FOUND", "message": "no such thing"}}]


async def test_a_run_is_cancelled_by_its_streams_id(app, seen, autojump_clock):
    request = AppRequest("/forever", headers=STREAM_HEADERS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        await request.wait_body()
        answer = await post(app, "/forever", method="DELETE", headers={ID: request.headers[ID]}, parts=[b""])
        assert (answer.status, answer.body) == (204, b"")
    assert request.frames[-1]["error"]["status"] == "CANCELLED"
    assert seen.ends == [(State.CANCELLED, Cause.CANCEL_API)]
    answer = await post(app, "/forever", method="DELETE", headers={ID: request.headers[ID]}, parts=[b""])
    assert answer.status == 204


async def test_what_cannot_be_cancelled_is_told(app, autojump_clock):
    answer = await post(app, "/forever", method="DELETE", headers={ID: "nobody"}, parts=[b""])
    assert answer.error[:2] == (404, "NOT_FOUND")
    answer = await post(app, "/forever", method="DELETE", headers={}, parts=[b""])
    assert answer.error[:2] == (400, "INVALID_ARGUMENT")
    answer = await post(app, "/nothing", method="DELETE", headers={ID: "nobody"}, parts=[b""])
    assert answer.error[:2] == (404, "NOT_FOUND")
    answer = await post(app, "/forever", method="PUT", headers={ID: "nobody"}, parts=[b""])
    assert answer.error[:2] == (405, "UNIMPLEMENTED")


async def test_a_run_keeps_the_deadline_that_its_client_gave(app, seen, autojump_clock):
    """C7: nobody may be left to stop it."""
    request = await start(app, "/forever", **{"x-request-timeout": "4"})
    answer = await resume(app, "/forever", request.headers[ID])
    assert trio.current_time() == pytest.approx(4)
    assert answer.frames[-1]["error"]["status"] == "DEADLINE_EXCEEDED"
    assert seen.ends == [(State.CANCELLED, Cause.DEADLINE)]


async def test_a_run_has_a_deadline_where_nobody_gave_one(app, seen, autojump_clock):
    request = await start(app, "/forever")
    await resume(app, "/forever", request.headers[ID])
    assert trio.current_time() == pytest.approx(300)


async def test_a_thread_that_goes_on_keeps_no_follower_waiting(ai, autojump_clock):
    """C19: the end is told when the time is up."""
    ai.flow(name="stuck")(_stuck)
    async with open_runtime(ai):
        app = flow_app(ai, stream_store=MemoryStreamStore())
        answer = await post(app, "/stuck", headers={**STREAM_HEADERS, "x-request-timeout": "2"})
        assert answer.frames[-1]["error"]["status"] == "DEADLINE_EXCEEDED"
        assert trio.current_time() == pytest.approx(2)


async def _stuck() -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(100)


async def test_a_followers_own_deadline_ends_no_run(app, seen, autojump_clock):
    request = await start(app, "/count")
    answer = await resume(app, "/count", request.headers[ID], **{"x-request-timeout": "0.5"})
    assert answer.frames[-1]["error"]["status"] == "DEADLINE_EXCEEDED"
    assert "its run goes on" in answer.frames[-1]["error"]["message"]
    answer = await resume(app, "/count", request.headers[ID], **{"x-request-timeout": "0"})
    assert answer.error[:2] == (504, "DEADLINE_EXCEEDED")
    assert (await resume(app, "/count", request.headers[ID])).frames == ALL


async def test_a_client_that_does_not_read_stops_nothing(ai, seen, autojump_clock):
    app = flow_app(ai, stream_store=MemoryStreamStore(), limits=RequestLimits(write_timeout=0.5))
    request = AppRequest("/count", headers=STREAM_HEADERS, on_send=never)
    async with open_runtime(ai):
        await app(request.scope, request.receive, request.send)
        assert trio.current_time() == pytest.approx(0.5)
        assert (await resume(app, "/count", request.headers[ID])).frames == ALL


async def test_what_fails_before_the_stream_is_stored_has_its_status(app, seen, autojump_clock):
    """C23: there is no head yet."""
    answer = await post(app, "/count", {"unexpected": 1}, headers=STREAM_HEADERS)
    assert answer.error[:2] == (400, "INVALID_ARGUMENT")
    answer = await post(app, "/nothing", headers=STREAM_HEADERS)
    assert answer.error[:2] == (404, "NOT_FOUND")
    assert (await resume(app, "/nothing", "any")).error[:2] == (404, "NOT_FOUND")
    assert seen.runs == []


async def test_a_store_that_is_full_takes_no_stream(ai, seen, autojump_clock):
    app = flow_app(ai, stream_store=MemoryStreamStore(max_streams=1))
    async with open_runtime(ai):
        request = await start(app, "/count")
        answer = await post(app, "/count", headers=STREAM_HEADERS)
        assert answer.error[:2] == (429, "RESOURCE_EXHAUSTED")
        assert answer.headers["retry-after"] == "1"
        assert len(seen.runs) == 1
        assert (await resume(app, "/count", request.headers[ID])).frames == ALL


async def test_a_run_whose_stream_cannot_be_stored_is_cancelled(ai, autojump_clock, caplog):
    """C22: and its followers are told; nothing is lost without a word."""
    app = flow_app(ai, stream_store=MemoryStreamStore(max_bytes=1800))
    async with open_runtime(ai):
        with caplog.at_level(logging.ERROR):
            answer = await post(app, "/large", headers=STREAM_HEADERS)
    assert answer.frames[0] == {"message": "x" * 1000}
    assert answer.frames[1]["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert len(answer.frames) == 2
    assert "cannot be stored" in caplog.text


async def test_a_stream_needs_a_runtime(ai, seen):
    app = flow_app(ai, stream_store=MemoryStreamStore())
    for answer in (
        await post(app, "/count", headers=STREAM_HEADERS),
        await resume(app, "/count", "any"),
        await post(app, "/count", method="DELETE", headers={ID: "any"}, parts=[b""]),
    ):
        assert answer.error[:2] == (400, "FAILED_PRECONDITION")
        assert "open_runtime" in answer.error[2]
    assert seen.runs == []


async def test_who_may_not_run_a_flow_may_not_follow_or_cancel_it(ai, autojump_clock):
    app = flow_app(ai, stream_store=MemoryStreamStore(), context=[api_key("right")])
    async with open_runtime(ai):
        request = await start(app, "/count", authorization="right")
        assert (await resume(app, "/count", request.headers[ID])).status == 401
        answer = await post(app, "/count", method="DELETE", headers={ID: request.headers[ID]}, parts=[b""])
        assert answer.status == 401
        assert (await resume(app, "/count", request.headers[ID], authorization="right")).frames == ALL


async def test_a_runtime_that_ends_lets_its_streams_end(ai, seen, autojump_clock):
    """C27: they get the drain's time."""
    store = MemoryStreamStore()
    app = flow_app(ai, stream_store=store)
    async with open_runtime(ai):
        request = await start(app, "/count")
    assert seen.ends == [(State.SUCCEEDED, None)]
    async with open_runtime(ai):
        assert (await resume(app, "/count", request.headers[ID])).frames == ALL


async def test_a_runtime_that_ends_tells_an_end_to_the_streams_that_do_not(ai, seen, autojump_clock):
    """C22, C27: exactly one end, on every path."""
    store = MemoryStreamStore()
    app = flow_app(ai, stream_store=store)
    async with open_runtime(ai, drain_timeout=2):
        request = await start(app, "/forever")
    assert seen.ends == [(State.CANCELLED, Cause.DRAIN)]
    async with open_runtime(ai):
        frames = (await resume(app, "/forever", request.headers[ID])).frames
    assert [*frames[:1], frames[1]["error"]["status"]] == [{"message": 1}, "UNAVAILABLE"]


async def test_a_runtime_that_is_cancelled_tells_it_too(ai, autojump_clock):
    """C22: there is no drain, and the end is stored all the same."""
    store = MemoryStreamStore()
    app = flow_app(ai, stream_store=store)
    with trio.CancelScope() as scope:
        async with open_runtime(ai):
            request = await start(app, "/forever")
            scope.cancel()
            await trio.lowlevel.checkpoint()
    async with open_runtime(ai):
        frames = (await resume(app, "/forever", request.headers[ID])).frames
    assert [*frames[:1], frames[1]["error"]["status"]] == [{"message": 1}, "UNAVAILABLE"]


async def test_a_server_that_stops_tells_its_followers(app, autojump_clock):
    """C22: they are answered, though the run may go on."""
    request = AppRequest("/forever", headers=STREAM_HEADERS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        await request.wait_body()
        nursery.cancel_scope.cancel()
    assert request.frames[-1]["error"]["status"] == "UNAVAILABLE"
    assert len(live_runs()) == 1


async def test_many_clients_follow_one_run(app, seen, autojump_clock):
    request = await start(app, "/count")
    answers: list[AppRequest] = []

    async def one() -> None:
        answers.append(await resume(app, "/count", request.headers[ID]))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(one)
    assert [answer.frames for answer in answers] == [ALL] * 20
    assert len(seen.runs) == 1


async def test_the_access_log_names_the_run(app, caplog, autojump_clock):
    with caplog.at_level(logging.INFO, "genkit_trio.access"):
        answer = await post(app, "/count", headers=STREAM_HEADERS)
    assert answer.headers["x-genkit-trace-id"] in caplog.text
