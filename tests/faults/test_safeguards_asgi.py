"""What only shows when a safeguard of requests is missing."""

import sys

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio._asgi.inbox import Inbox
from genkit_trio._asgi.refusal import Refusal
from genkit_trio._asgi.reply import Reply
from genkit_trio._runtime import cancel_by_trace_id
from genkit_trio._wire import ON_DISCONNECT
from genkit_trio.asgi import MemoryStreamStore, RequestLimits, flow_app
from genkit_trio.lowlevel import current_run
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, never


class Server:
    """A server's side of one request: what it hands over, and what it is sent.

    It never says that the client has gone, unless it is told to.
    """

    def __init__(self, request, *, has_more=False):
        self.scope = request.scope
        self.sent = []
        self.is_asked = False
        self.gone = trio.Event()
        self._first = {"type": "http.request", "body": b"{}", "more_body": has_more}

    async def receive(self):
        if self._first is not None:
            first, self._first = self._first, None
            return first
        self.is_asked = True
        try:
            await self.gone.wait()
        finally:
            self.is_asked = False
        return {"type": "http.disconnect"}

    async def send(self, message):
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        self.sent.append((message["type"].removeprefix("http.response."), message.get("more_body"), self.is_asked))


@pytest.fixture
def ai() -> Genkit:
    ai = Genkit()

    @ai.flow
    async def greet() -> str:
        await trio.lowlevel.checkpoint()
        return "hello"

    @ai.flow
    async def tidy() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)

    return ai


async def test_nobody_receives_when_the_answer_ends(ai):
    """C25: some servers cannot send the last part while a message for us waits; so its reader is stopped before."""
    server = Server(AppRequest("/greet"))
    await flow_app(ai)(server.scope, server.receive, server.send)
    assert [(kind, is_asked) for kind, _, is_asked in server.sent] == [("start", False), ("body", False)]


async def test_an_answer_does_not_wait_for_the_rest_of_the_request(ai):
    """C28: neither for its body, nor for a server that never says how that ended."""
    server = Server(AppRequest("/nothing"), has_more=True)
    with trio.fail_after(5):
        await flow_app(ai)(server.scope, server.receive, server.send)
    assert len(server.sent) == 2


async def test_nothing_is_sent_to_a_client_that_has_gone(ai, autojump_clock):
    """C21: not when its run has ended, either."""
    server = Server(AppRequest("/tidy"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flow_app(ai), server.scope, server.receive, server.send)
        await trio.testing.wait_all_tasks_blocked()
        server.gone.set()
    assert server.sent == []


async def test_a_client_that_has_gone_before_starts_no_run_that_would_outlive_it():
    """C21: where the server tells of a client that went while its request was read."""
    ai, started = Genkit(), []

    @ai.flow(timeout=100, on_disconnect="detach")
    async def detached() -> None:
        started.append(1)

    request = AppRequest("/detached", headers=JSON_HEADERS, scope={"extensions": {ON_DISCONNECT: lambda told: told()}})
    async with open_runtime(ai):
        await flow_app(ai)(request.scope, request.receive, request.send)
    assert started == []


async def test_chunks_that_were_sent_come_before_the_end_that_was_decided(autojump_clock):
    """C12: the run is cancelled while the client takes an earlier one."""
    ai = Genkit()

    @ai.flow
    async def two(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.sleep(1)
        await ctx.send_chunk(2)
        cancel_by_trace_id(current_run().trace_id)
        await trio.sleep_forever()

    async def take_time(message):
        await trio.sleep(5)

    request = await AppRequest("/two", headers=STREAM_HEADERS, on_send=take_time).play(flow_app(ai))
    assert [frame.get("message") for frame in request.frames] == [1, 2, None]
    assert request.frames[-1]["error"]["status"] == "CANCELLED"


async def test_a_run_is_stopped_with_its_server_although_a_write_is_stuck(autojump_clock):
    """C27: the handler cannot be cut short then, so the run is told by the reader."""
    ai, ended = Genkit(), []

    @ai.flow
    async def forever(ctx: RunContext[int]) -> None:
        try:
            await ctx.send_chunk(1)
            await trio.sleep_forever()
        finally:
            ended.append(trio.current_time())

    request = AppRequest("/forever", headers=STREAM_HEADERS, on_send=never)
    with trio.move_on_after(1):
        await flow_app(ai)(request.scope, request.receive, request.send)
    assert ended == [pytest.approx(1)]


async def test_a_follower_who_does_not_read_does_not_hold_up_the_end_of_the_server(autojump_clock):
    """C28: what it is told then has the grace, and no more."""
    ai = Genkit()

    @ai.flow
    async def forever(ctx: RunContext[int]) -> None:
        await ctx.send_chunk(1)
        await trio.sleep_forever()

    request = AppRequest("/forever", headers=STREAM_HEADERS)
    app = flow_app(ai, stream_store=MemoryStreamStore())
    async with open_runtime(ai, drain_timeout=0):
        with trio.move_on_after(1):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(app, request.scope, request.receive, request.send)
                await request.next_frame()
                await trio.testing.wait_all_tasks_blocked()
                request.stall()
        assert trio.current_time() == pytest.approx(6)


class Sent:
    """What a reply has sent."""

    def __init__(self):
        self.messages = []

    async def __call__(self, message):
        await trio.lowlevel.checkpoint()
        self.messages.append(message)


async def test_the_first_head_that_is_decided_stays():
    """C22: whoever decides another one later."""
    sent = Sent()
    reply = Reply(sent, write_timeout=1)
    reply.start(200, [])
    reply.start(500, [])
    await reply.flush()
    assert [message["status"] for message in sent.messages if "status" in message] == [200]


async def test_what_a_cancelled_flush_has_not_sent_is_sent_by_the_next_one():
    """C22: a send either does not begin, or is not cut short."""
    sent = Sent()
    reply = Reply(sent, write_timeout=1)
    reply.answer(200, [], b"{}")
    with trio.CancelScope() as scope:
        scope.cancel()
        await reply.flush()
    assert sent.messages == []
    await reply.flush()
    assert len(sent.messages) == 2


async def test_what_is_over_the_limit_of_a_body_is_not_kept():
    """C25: neither what comes then, nor what had come before."""
    parts = [bytes([number]) * 60 for number in range(5)]
    left = [*parts]

    async def receive():
        if not left:
            await trio.sleep_forever()
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    inbox = Inbox({}, receive, RequestLimits(body=100))
    with pytest.raises(Refusal):
        await inbox.body()
    async with trio.open_nursery() as nursery:
        inbox.watch(nursery)
        await trio.testing.wait_all_tasks_blocked()
        alone = object()
        assert {sys.getrefcount(part) for part in parts} == {sys.getrefcount(alone) + 1}
        inbox.stop()
