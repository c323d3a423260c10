"""The client in memory: what it does as a server and a client would, and what it finds wrong."""

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, RunContext, State
from genkit_trio.asgi import flow_app
from genkit_trio.testing import STREAM_HEADERS, AppRequest, never, open_request, post, record_spans


@pytest.fixture
def app():
    ai = Genkit()

    @ai.flow
    async def count(until: int, ctx: RunContext[int]) -> str:
        for number in range(until):
            await ctx.send_chunk(number)
            await trio.sleep(1)
        return "done"

    return flow_app(ai)


async def test_a_request_is_answered(app, autojump_clock):
    answer = await post(app, "/count", 2)
    assert (answer.status, answer.json, answer.headers["content-type"]) == (200, {"result": "done"}, "application/json")
    assert (await post(app, "/other")).error[:2] == (404, "NOT_FOUND")


async def test_frames_come_as_they_are_sent(app, autojump_clock):
    async with open_request(app, "/count", 2, headers=STREAM_HEADERS) as request:
        assert await request.next_frame() == {"message": 0}
        assert trio.current_time() == pytest.approx(0)
        assert await request.next_frame() == {"message": 1}
        assert await request.next_frame() == {"result": "done"}
        with pytest.raises(trio.EndOfChannel, match="3 frames"):
            await request.next_frame()
    assert len(request.frames) == 3


async def test_a_client_that_goes_gets_nothing_more(app, autojump_clock):
    with record_spans() as spans:
        async with open_request(app, "/count", 9, headers=STREAM_HEADERS) as request:
            await request.next_frame()
            request.disconnect()
    assert (request.frames, request.ended, request.is_gone) == ([{"message": 0}], False, True)
    assert spans.sole("count").cause is Cause.CLIENT_DISCONNECT


async def test_a_client_that_closes_its_side_only_is_told_as_gone(app, autojump_clock):
    """C21: a half-close is a disconnect."""
    with record_spans() as spans:
        async with open_request(app, "/count", 9) as request:
            await trio.testing.wait_all_tasks_blocked()
            request.half_close()
    assert spans.sole("count").cause is Cause.CLIENT_DISCONNECT
    assert request.status == 0


async def test_what_is_sent_after_a_half_close_still_comes():
    async def late(scope, receive, send):
        await receive()
        await receive()
        await _answer(send, b"late")

    async with open_request(late, "/") as request:
        await trio.testing.wait_all_tasks_blocked()
        request.half_close()
    assert (request.status, request.body) == (200, b"late")


async def test_a_client_that_stalls_stops_the_application_until_it_reads_on(app, autojump_clock):
    async with open_request(app, "/count", 2, headers=STREAM_HEADERS) as request:
        request.stall()
        request.stall()
        await trio.sleep(10)
        assert not request.ended
        request.resume()
        await request.wait_end()
    assert trio.current_time() == pytest.approx(10)


async def test_a_client_that_stalls_can_go(app, autojump_clock):
    async with open_request(app, "/count", 2, headers=STREAM_HEADERS) as request:
        request.stall()
        await trio.sleep(1)
        request.disconnect()
    assert trio.current_time() == pytest.approx(1)


async def test_a_block_that_raises_takes_the_client_away(app, autojump_clock):
    with record_spans() as spans, pytest.raises(ValueError, match="mine"):
        async with open_request(app, "/count", 9, headers=STREAM_HEADERS) as request:
            await request.wait_body()
            raise ValueError("mine")
    assert spans.sole("count").state is State.CANCELLED


async def test_a_server_may_refuse_to_send_to_nobody(app, autojump_clock):
    """ASGI 2.4: an ``OSError``."""
    async with open_request(app, "/count", 9, headers=STREAM_HEADERS, raises_when_gone=True) as request:
        await request.next_frame()
        request.disconnect()
    assert request.offences == []
    assert request.frames == [{"message": 0}]


async def test_a_body_comes_when_its_events_do():
    event = trio.Event()
    received = []

    async def read(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            received.append((message["body"], message["more_body"]))
            if not message["more_body"]:
                await _answer(send, b"")

    async with open_request(read, "/", parts=[b"a", event, b"b"]) as request:
        await trio.testing.wait_all_tasks_blocked()
        assert (received, request.unread) == ([(b"a", True)], (event, b"b"))
        event.set()
    assert received == [(b"a", True), (b"b", False)]


async def test_a_client_that_never_reads_is_a_send_that_never_ends(autojump_clock):
    async def answer(scope, receive, send):
        with trio.move_on_after(5):
            await _answer(send, b"")

    request = AppRequest("/", on_send=never)
    with pytest.raises(AssertionError, match="interrupted a send half way; it did not answer a client that is there"):
        await request.play(answer)


async def _answer(send, body, **head):
    await send({"type": "http.response.start", "status": 200, "headers": [], **head})
    await send({"type": "http.response.body", "body": body})


async def _nothing(scope, receive, send):
    await trio.lowlevel.checkpoint()


async def _twice(scope, receive, send):
    await _answer(send, b"")
    await send({"type": "http.response.body", "body": b"more"})


async def _no_head(scope, receive, send):
    await send({"type": "http.response.body", "body": b""})


async def _too_long(scope, receive, send):
    await _answer(send, b"four", headers=[(b"content-length", b"3")])


async def _at_once(scope, receive, send):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_answer, send, b"")
        nursery.start_soon(_answer, send, b"")


@pytest.mark.parametrize(
    ("app", "offence"),
    [
        (_nothing, "did not answer"),
        (_twice, "sent after the end"),
        (_no_head, "sent out of order"),
        (_too_long, "announced 3 bytes, and sent 4"),
        (_at_once, "sent while a send was under way"),
    ],
)
async def test_an_application_that_breaks_a_rule_is_found_out(app, offence):
    with pytest.raises(AssertionError, match=offence):
        await post(app, "/")


async def test_an_application_that_receives_after_the_disconnect_waits_for_ever(autojump_clock):
    async def greedy(scope, receive, send):
        await _answer(send, b"")
        with trio.move_on_after(5):
            while True:
                await receive()

    with pytest.raises(AssertionError, match="received again after the disconnect"):
        await post(greedy, "/")


async def test_what_is_no_frame_is_no_frame(app):
    async def odd(scope, receive, send):
        await _answer(send, b"event: x\n\n")

    with pytest.raises(ValueError, match="is not a frame"):
        _ = (await post(odd, "/")).frames
