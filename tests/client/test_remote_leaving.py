"""Leaving a call of a remote action, at any moment: what is closed, what is kept, and what is not lost."""

import gc
from contextlib import asynccontextmanager
from functools import partial

import httpx2
import pytest
import trio
import trio.testing

from genkit_trio import (
    DeadlineExceeded,
    Genkit,
    GenkitError,
    RemoteAction,
    RemoteOptions,
    RunContext,
    Status,
    open_runtime,
)
from genkit_trio._client import answer as answers
from genkit_trio.asgi import flow_app
from tests.client.peer import CLOSE, END, EVENTS, answer, event, peer, piece, raw_answer
from tests.server.serving import read_until_closed, serving

SMALL = RemoteOptions(max_answer=1000)


@pytest.fixture(scope="module", autouse=True)
def only_what_these_tests_leave_is_collected():
    """It is quick then."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_is_left_to_the_garbage_collector():
    """What is collected here and was not closed is an error of the test."""
    yield
    gc.collect()


@asynccontextmanager
async def pooled():
    """Keep connections from one call to the next."""
    async with open_runtime(Genkit(), drain_timeout=0):
        yield


def remote_at(url: str, **options) -> RemoteAction:
    return RemoteAction(url, input=str, output=str, chunk=int, **options)


async def _call(remote: RemoteAction, data: str) -> None:
    await remote(data)


async def _stream(remote: RemoteAction, data: str) -> None:
    async with remote.stream(data) as stream:
        await stream.output()


@pytest.mark.parametrize("call", [_call, _stream])
@pytest.mark.parametrize("runtime", [True, False])
@pytest.mark.parametrize(
    "script",
    [
        [],
        [(b"HTTP/1.1 200 OK\r\n",)],
        [(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",)],
        [(EVENTS,)],
        [(EVENTS + piece(b"data: {"),)],
        [(b"HTTP/1.1 500 Oh\r\ncontent-length: 9\r\n\r\n{",)],
    ],
    ids=["request", "half a head", "half a body", "head of a stream", "half a frame", "half a failure"],
)
async def test_cancelling_a_call_closes_its_connection(call, runtime, script):
    """C5: whatever it waits for."""
    held = [(*parts, trio.Event()) for parts in script]
    async with peer(*held) as there, trio.open_nursery() as nursery, pooled() if runtime else trio.open_nursery():
        nursery.start_soon(call, remote_at(there.url), "x")
        await there.until(lambda there: there.requests)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await there.until(lambda there: there.closed)


async def test_a_server_sees_the_end_of_a_cancelled_call_at_once():
    """C5: the run there is cancelled before the call returns to its caller, give or take a scheduler pass."""
    ai = Genkit()
    started, ended = trio.Event(), trio.Event()

    @ai.flow
    async def wait() -> None:
        started.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with serving(flow_app(ai), limits=None) as server, trio.open_nursery() as nursery:
        nursery.start_soon(RemoteAction(f"http://127.0.0.1:{server.port}/wait", output=object))
        await started.wait()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True), trio.fail_after(0.1):
            await ended.wait()


async def test_cancelling_while_the_connection_is_opened_closes_it():
    """C5: in the TLS handshake, with a server that says nothing."""
    async with peer() as there, trio.open_nursery() as nursery:
        nursery.start_soon(remote_at(there.url.replace("http", "https")), "x")
        await there.until(lambda there: there.connections)
        await trio.testing.wait_all_tasks_blocked(0.01)
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await there.until(lambda there: there.closed)


async def test_cancelling_while_the_request_is_sent_closes_the_connection():
    """C5: to a server that does not read."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/there"
    with trio.fail_after(10):
        async with listener, trio.open_nursery() as nursery:
            nursery.start_soon(remote_at(url), "x" * 20_000_000)
            stream = await listener.accept()
            await trio.testing.wait_all_tasks_blocked(0.01)
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                received = await read_until_closed(stream)
            await trio.aclose_forcefully(stream)
    assert 0 < len(received) < 20_000_000


async def test_leaving_a_stream_closes_its_connection():
    """C13: with more chunks on the way than anybody takes."""
    async with pooled(), peer([EVENTS, *[event({"message": number}) for number in range(1000)]]) as there:
        async with remote_at(there.url, chunk_buffer=1).stream("x") as stream:
            assert await anext(stream) == 0
            await trio.testing.wait_all_tasks_blocked(0.01)
        await there.until(lambda there: there.closed)


async def test_a_consumer_that_does_not_take_chunks_stops_the_server():
    """C14: through the network."""
    ai = Genkit()
    sent = 0

    @ai.flow
    async def flood(ctx: RunContext[str]) -> None:
        nonlocal sent
        while True:
            await ctx.send_chunk("x" * 100_000)
            sent += 1

    async with serving(flow_app(ai), limits=None) as server:
        remote = RemoteAction(f"http://127.0.0.1:{server.port}/flood", output=object, chunk=str)
        async with remote.stream() as stream:
            await anext(stream)
            before = -1
            while sent != before:
                before = sent
                await trio.testing.wait_all_tasks_blocked(0.05)
            assert sent < 400


async def test_a_value_that_has_come_is_not_lost_by_a_cancellation(monkeypatch):
    """C2: not even when the server does not end its answer."""
    monkeypatch.setattr(answers, "LINGER", 0.5)
    async with pooled(), peer([EVENTS + event({"result": "a"}), trio.Event()]) as there:
        with trio.CancelScope() as scope:
            async with remote_at(there.url).stream("x") as stream:
                await there.until(lambda there: there.requests)
                await trio.testing.wait_all_tasks_blocked(0.1)
                scope.cancel()
                with trio.CancelScope(shield=True):
                    assert await stream.output() == "a"
        await there.until(lambda there: there.closed)


@pytest.mark.parametrize("rest", [[END], [trio.Event], [CLOSE], [piece(b"data: nonsense\n\n"), CLOSE]])
async def test_whatever_follows_the_end_of_a_stream_does_not_change_it(rest):
    """C12: exactly one end."""
    script = [EVENTS + event({"result": "a"}), *(part() if part is trio.Event else part for part in rest)]
    async with pooled(), peer(script) as there, remote_at(there.url).stream("x") as stream:
        assert await stream.output() == "a"


async def test_a_connection_is_kept_for_the_next_call():
    """After a value, a stream and failures; not after an answer that was not read to its end."""
    failure = {"status": "NOT_FOUND", "message": "no"}
    wait = trio.Event()
    script = [
        [answer({"result": "a"})],
        [EVENTS + event({"message": 1}) + event({"result": "a"}), END],
        [answer(failure, "404 Not Found")],
        [EVENTS + event({"error": failure}), END],
        [answer({"result": 1})],
        [EVENTS + event({"message": 1}), wait],
        [answer({"result": "a"})],
    ]
    async with pooled(), peer(*script) as there:
        remote = remote_at(there.url)
        await remote("x")
        await _stream(remote, "x")
        for call in (_call, _stream, _call):
            with pytest.raises(GenkitError):
                await call(remote, "x")
        async with remote.stream("x") as stream:
            await anext(stream)
        await remote("x")
        assert [asked.connection for asked in there.requests] == [0, 0, 0, 0, 0, 0, 1]


async def test_a_connection_that_the_server_has_closed_is_not_used_again():
    async with pooled(), peer([answer({"result": "a"}), CLOSE], [answer({"result": "b"})]) as there:
        remote = remote_at(there.url)
        assert await remote("x") == "a"
        await there.until(lambda there: there.closed)
        assert await remote("x") == "b"


async def test_without_a_runtime_a_connection_ends_with_its_call():
    async with peer([answer({"result": "a"})]) as there:
        await remote_at(there.url)("x")
        await there.until(lambda there: there.closed)


async def test_with_one_it_ends_with_the_last_runtime():
    """Whichever was opened first."""
    async with peer(*[[answer({"result": "a"})]] * 3) as there:
        remote = remote_at(there.url)
        first, second = open_runtime(Genkit()), open_runtime(Genkit())
        async with trio.open_nursery() as nursery:
            leave_first, leave_second = trio.Event(), trio.Event()
            for runtime, leave in ((first, leave_first), (second, leave_second)):
                await nursery.start(partial(_stay, runtime, leave))
                await remote("x")
            leave_first.set()
            await trio.testing.wait_all_tasks_blocked(0.01)
            await remote("x")
            assert there.connections == 1
            assert there.closed == []
            leave_second.set()
        await there.until(lambda there: there.closed)


async def _stay(runtime, leave, *, task_status):  # noqa: ASYNC114  # only here
    async with runtime:
        task_status.started()
        await leave.wait()


async def test_the_users_client_is_used_and_stays_open():
    async with peer([answer({"result": "a"})], [answer({"result": "b"})]) as there:
        async with httpx2.AsyncClient(headers={"x-mine": "1"}) as client:
            remote = remote_at(there.url, remote=RemoteOptions(client=client))
            assert [await remote("x"), await remote("x")] == ["a", "b"]
            assert not client.is_closed
        assert [asked.headers["x-mine"] for asked in there.requests] == ["1", "1"]
        assert there.connections == 1


async def test_what_a_server_says_to_one_caller_is_not_told_by_the_next():
    async with (
        pooled(),
        peer([answer({"result": "a"}, "200 OK", "set-cookie: a=b")], [answer({"result": "a"})]) as there,
    ):
        remote = remote_at(there.url)
        await remote("x")
        await remote("x")
        assert "cookie" not in there.requests[1].headers


async def test_a_proxy_of_the_environment_is_asked(monkeypatch):
    async with peer([answer({"result": "a"})]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert await remote_at("http://there.example/flow")("x") == "a"
        assert proxy.requests[0].line == "POST http://there.example/flow HTTP/1.1"


async def test_a_deadline_that_has_passed_sends_nothing(autojump_clock):
    """C2."""
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(pytest.fail)) as client:
        remote = remote_at("http://there/flow", remote=RemoteOptions(client=client))
        with trio.move_on_after(0) as scope:
            await remote("x")
        assert scope.cancelled_caught


async def test_an_own_timeout_is_a_deadline_exceeded_and_a_callers_is_the_callers(autojump_clock):
    """C8."""

    async def never(request):
        await trio.sleep_forever()

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(never)) as client:
        options = RemoteOptions(client=client)
        with pytest.raises(DeadlineExceeded):
            await remote_at("http://there/flow", remote=options, timeout=5)("x")
        with pytest.raises(trio.TooSlowError) as caught, trio.fail_after(3):
            await remote_at("http://there/flow", remote=options, timeout=5)("x")
        assert not isinstance(caught.value, GenkitError)


async def test_large_inputs_and_answers_pass():
    large = "x" * 5_000_000
    async with pooled(), peer([answer({"result": large})], [EVENTS + event({"result": large}) + END]) as there:
        remote = remote_at(there.url)
        assert await remote(large) == large
        async with remote.stream(large) as stream:
            assert await stream.output() == large
        assert {len(asked.json["data"]) for asked in there.requests} == {5_000_000}


@pytest.mark.parametrize("script", [[raw_answer(b"a" * 100_000)], [EVENTS + piece(b"a" * 100_000), trio.Event]])
async def test_what_is_too_large_is_not_read_to_its_end(script):
    """The status of a failure is not lost for it."""
    parts = [part() if part is trio.Event else part for part in script]
    async with pooled(), peer(parts) as there:
        with pytest.raises(GenkitError) as caught:
            await _stream(remote_at(there.url, remote=SMALL), "x")
        assert caught.value.status is Status.INTERNAL
        await there.until(lambda there: there.closed)
