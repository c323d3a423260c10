"""The writer of an answer: what shares a send, and clients that do not read."""

import pytest
import trio
import trio.testing

from genkit_trio import Cause, State
from genkit_trio._asgi.reply import ClientStalled, Reply
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, never, post
from tests.asgi.offering import DirectRequest

BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@BOTH
async def test_a_write_that_is_not_taken_ends_the_exchange(ai, seen, headers, autojump_clock):
    """C25: a client that does not read has stalled after write_timeout, and that is the cause."""
    request = AppRequest("/forever", headers={**headers, "x-request-timeout": "20"}, on_send=never)
    app = flow_app(ai, limits=RequestLimits(write_timeout=3))
    await app(request.scope, request.receive, request.send)
    assert request.offences == []
    if headers is STREAM_HEADERS:
        assert trio.current_time() == pytest.approx(3)
        assert seen.ends == [(State.CANCELLED, Cause.CLIENT_STALLED)]
    else:
        assert trio.current_time() == pytest.approx(23)


async def test_a_write_that_is_stuck_does_not_keep_the_run_past_its_deadline(ai, seen, autojump_clock):
    """C7, C25: the run never awaits the network."""
    headers = {**STREAM_HEADERS, "x-request-timeout": "2"}
    request = AppRequest("/burst", headers=headers, on_send=never)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flow_app(ai), request.scope, request.receive, request.send)
        await trio.sleep(2.1)
        assert live_runs() == ()
        assert seen.ends == [(State.CANCELLED, Cause.DEADLINE)]
    assert trio.current_time() == pytest.approx(30)


async def test_a_client_that_does_not_read_stops_the_run(ai, seen):
    """C14: what is sent and not taken is bounded from end to end."""
    hold = trio.Event()
    request = AppRequest("/burst", headers=STREAM_HEADERS, on_send=lambda _: hold.wait())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        assert seen.runs[0].end is None
        assert len(request.body) == 0
        hold.set()
    assert len(request.frames) == 10_001
    assert max(body.count(b"\n\n") for body in request.bodies) <= 16 + 2


async def test_chunks_that_are_ready_share_one_send(ai):
    """C24: what one step of the run has sent goes out together."""
    answer = await post(flow_app(ai), "/quick", headers=STREAM_HEADERS)
    assert answer.bodies[0] == b'data: {"message":1}\n\ndata: {"message":2}\n\n'


async def test_the_head_goes_out_with_the_first_chunk(ai, autojump_clock):
    """C23, C24: and the first chunk does not wait for a second."""
    request = AppRequest("/forever", headers=STREAM_HEADERS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await request.wait_body()
        assert trio.current_time() < 0.002
        assert request.bodies == [b'data: {"message":1}\n\n']
        request.disconnect()


async def test_a_send_that_raises_is_a_disconnect(ai, seen, autojump_clock):
    """C21: newer servers raise OSError where the client has gone."""
    request = AppRequest("/forever", headers=STREAM_HEADERS)

    async def refuse(message):
        raise BrokenPipeError

    await flow_app(ai)(request.scope, request.receive, refuse)
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]


async def test_a_send_that_fails_otherwise_is_logged_and_ends_the_run(ai, seen, caplog):
    request = AppRequest("/forever", headers=STREAM_HEADERS)

    async def refuse(message):
        raise RuntimeError("a defect of the server")

    await flow_app(ai)(request.scope, request.receive, refuse)
    assert seen.ends[0][0] is State.CANCELLED
    assert "a defect of the server" in caplog.text


async def test_nothing_is_added_and_nothing_sent_behind_the_end():
    """C22."""
    request = AppRequest("/any")
    reply = Reply(request.send, 1)
    reply.answer(200, [], b"all")
    reply.add(b"more")
    await reply.flush()
    await reply.flush()
    assert (request.bodies, request.offences) == ([b"all"], [])


async def test_a_head_that_was_decided_stays():
    """C23: its status can no longer tell of a failure."""
    request = AppRequest("/any")
    reply = Reply(request.send, 1)
    reply.start(200, [])
    reply.answer(500, [], b"all")
    await reply.flush()
    assert (request.status, request.body) == (200, b"all")


async def test_nothing_is_sent_to_a_client_that_has_stalled(autojump_clock):
    """C25: a write that did not complete may have left anything behind."""
    sent = []

    async def stuck(message):
        sent.append(message["type"])
        await trio.sleep_forever()

    reply = Reply(stuck, 1)
    reply.start(200, [])
    for _ in range(2):
        with pytest.raises(ClientStalled):
            await reply.flush()
    assert sent == ["http.response.start"]
    assert trio.current_time() == pytest.approx(1)


def test_nothing_is_handed_over_before_the_head_or_behind_the_end():
    """C22: a server that is answered directly would make a head of anything."""
    request = DirectRequest("/any")
    reply = Reply(request.send, 1, request)
    assert reply.flush_directly(request)
    reply.answer(200, [], b"all")
    assert reply.flush_directly(request)
    assert reply.flush_directly(request)
    assert (request.bodies, request.offences) == ([b"all"], [])
