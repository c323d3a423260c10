"""One request of a server on asyncio, answered on trio."""

import asyncio
from contextvars import ContextVar

import pytest
import trio

from genkit_trio import Cause, State
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.lowlevel import live_runs
from tests.hosts.asyncio_host import JSON, STREAM, HostRequest, hosting, in_asyncio, never, until

BOTH = pytest.mark.parametrize("headers", [JSON, STREAM], ids=["unary", "streaming"])


async def respond(send, body=b"done"):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@in_asyncio
async def test_a_flow_answers(ai):
    async with hosting(flow_app(ai)) as app:
        answer = await HostRequest("/double", 21).play(app)
    assert answer.json == {"result": 42}
    assert [message["type"] for message in answer.sent] == ["http.response.start", "http.response.body"]


@in_asyncio
async def test_a_flow_streams(ai):
    async with hosting(flow_app(ai)) as app:
        answer = await HostRequest("/count", 3, headers=STREAM).play(app)
    frames = b'data: {"message":0}\n\ndata: {"message":1}\n\ndata: {"message":2}\n\ndata: {"result":"counted"}\n\n'
    assert answer.body == frames


@BOTH
@in_asyncio
async def test_a_disconnect_cancels_the_run(ai, noted, headers):
    """C21: unary or streaming."""
    async with hosting(flow_app(ai)) as app:
        request = HostRequest("/forever", headers=headers)
        task = asyncio.create_task(request.play(app))
        await until(noted.began.is_set)
        request.gone.set()
        await task
        assert live_runs() == ()
    assert noted.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]
    assert not request.ended.is_set()


@in_asyncio
async def test_a_client_that_has_gone_already_is_told_to_who_asks_late():
    told = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        listen = scope["extensions"]["genkit_trio.on_disconnect"]
        event = trio.Event()
        listen(event.set)
        await event.wait()
        listen(lambda: told.append("at once"))

    async with hosting(app) as guest:
        request = HostRequest("/")
        request.gone.set()
        await request.play(guest)
    assert told == ["at once"]


@BOTH
@in_asyncio
async def test_a_server_that_stops_is_told_to_the_client(ai, noted, headers):
    """C22, C27: UNAVAILABLE; the server's task ends as after any answer."""
    async with hosting(flow_app(ai)) as app:
        request = HostRequest("/forever", headers=headers)
        task = asyncio.create_task(request.play(app))
        await until(noted.began.is_set)
        if headers is STREAM:
            await request.wait_sent(b"message")
        task.cancel()
        await task
    assert b'"status":"UNAVAILABLE"' in request.body
    assert request.ended.is_set()
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


@in_asyncio
async def test_an_application_that_does_not_answer_is_cancelled_and_waited_for():
    """It is not answered, so the cancellation goes on."""
    events = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        try:
            events.append("began")
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                for _ in range(10):
                    await trio.lowlevel.checkpoint()
            events.append("ended")

    async with hosting(app) as guest:
        task = asyncio.create_task(HostRequest("/").play(guest))
        await until(lambda: events)
        task.cancel()
        await asyncio.sleep(0)
        # Some hosts say it in each pass of their loop.
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert events == ["began", "ended"]


@in_asyncio
async def test_a_client_that_does_not_read_stops_the_run(ai, noted):
    """C14: the run waits, and others do not."""
    async with hosting(flow_app(ai)) as app:
        request = HostRequest("/count", 100_000, headers=STREAM, on_send=lambda: request.gone.wait())
        task = asyncio.create_task(request.play(app))
        await request.wait_sent()
        for _ in range(100):
            assert (await HostRequest("/double", 1).play(app)).json == {"result": 2}
        assert 0 < noted.sent < 2000
        request.gone.set()
        await task


@in_asyncio
async def test_a_client_that_stalls_is_given_up(ai, noted):
    """C25: a write that is stuck has its time, and is cancelled in the server."""
    stuck = []

    async def stall():
        try:
            await never()
        except asyncio.CancelledError:
            stuck.append("cancelled")
            raise

    async with hosting(flow_app(ai, limits=RequestLimits(write_timeout=0.05))) as app:
        await HostRequest("/forever", headers=STREAM, on_send=stall).play(app)
    assert stuck == ["cancelled"]
    assert noted.ends == [(State.CANCELLED, Cause.CLIENT_STALLED)]


@in_asyncio
async def test_a_body_is_received_as_the_application_takes_it():
    """C25: no faster."""
    release, received = trio.Event(), []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        while True:
            message = await receive()
            received.append(message["body"])
            if not message["more_body"]:
                break
            await release.wait()
        await respond(send)

    async with hosting(app) as guest:
        request = HostRequest("/", parts=[b"a", b"b", b"c", b"d"])
        task = asyncio.create_task(request.play(guest))
        await until(lambda: received)
        for _ in range(20):
            await asyncio.sleep(0)
        assert request.received == 2
        release.set()
        await task
    assert received == [b"a", b"b", b"c", b"d"]


@in_asyncio
async def test_a_disconnect_is_told_as_often_as_it_is_asked_for():
    told = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            told.extend([(await receive())["type"] for _ in range(3)])

    async with hosting(app) as guest:
        request = HostRequest("/")
        request.gone.set()
        await request.play(guest)
    assert told == ["http.request", "http.disconnect", "http.disconnect"]


@in_asyncio
async def test_two_tasks_of_the_application_may_wait_for_a_message():
    told = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        await receive()

        async def wait():
            told.append((await receive())["type"])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            request.gone.set()

    async with hosting(app) as guest:
        request = HostRequest("/")
        await request.play(guest)
    assert told == ["http.disconnect"] * 2


@in_asyncio
async def test_a_server_that_says_nothing_after_the_answer_is_not_waited_for(ai):
    async with hosting(flow_app(ai)) as app:
        answer = await HostRequest("/double", 1, tells_end=False).play(app)
    assert answer.json == {"result": 2}


@in_asyncio
async def test_an_application_that_fails_fails_in_the_servers_task():
    async def app(scope, receive, send):
        raise ValueError("oops")

    async with hosting(app) as guest:
        with pytest.raises(ValueError, match="oops"):
            await HostRequest("/").play(guest)


@pytest.mark.parametrize("error", [ConnectionError("reset"), TimeoutError("late")])
@in_asyncio
async def test_an_error_of_the_server_cancels_the_application_and_goes_on(error):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await receive()

    async def receive():
        raise error

    async with hosting(app) as guest:
        with pytest.raises(type(error)):
            await guest({"type": "http", "path": "/"}, receive, None)


@in_asyncio
async def test_an_error_of_a_send_is_the_applications(ai, noted):
    """C21: a send that says that the client has gone is a disconnect."""

    async def reset():
        raise ConnectionResetError

    async with hosting(flow_app(ai)) as app:
        await HostRequest("/forever", headers=STREAM, on_send=reset).play(app)
    assert noted.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]


@in_asyncio
async def test_a_websocket_is_passed_on():
    incoming = [{"type": f"websocket.{kind}"} for kind in ("connect", "receive", "receive", "disconnect")]
    received, sent = [], []

    async def app(scope, receive, send):
        if scope["type"] != "websocket":
            return
        while not received or received[-1] != "websocket.disconnect":
            received.append((await receive())["type"])
            await send({"type": "websocket.send", "text": received[-1]})

    async def receive():
        return incoming.pop(0)

    async def send(message):
        sent.append(message["text"])

    async with hosting(app) as guest:
        await guest({"type": "websocket", "path": "/"}, receive, send)
    assert received == sent == [f"websocket.{kind}" for kind in ("connect", "receive", "receive", "disconnect")]


@in_asyncio
async def test_the_context_variables_of_the_server_are_seen_on_both_sides():
    variable = ContextVar("variable", default="none")
    seen = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        seen.append(variable.get())
        await respond(send)

    async def look():
        assert asyncio.current_task() is not None
        seen.append(variable.get())

    async with hosting(app) as guest:
        variable.set("the server's")
        await HostRequest("/", on_send=look).play(guest)
    assert seen == ["the server's"] * 3
