"""The worker as a whole: how it starts, whom it lets in, and how it ends."""

import signal
import sys
from functools import partial

import pytest
import trio
import trio.testing
from hypercorn.config import Config
from hypercorn.utils import LifespanFailureError

from genkit_trio._server import ServerLimits, default_config, serve
from genkit_trio._wire import DIRECT, ON_DISCONNECT, RECEIVE_NOWAIT
from tests.server.http2 import Client2
from tests.server.serving import QUICK, ask, echo, exchange, lifespan, quiet_config, read_until_closed, respond, serving

BOTH = pytest.mark.usefixtures("h1")
REQUEST = b"GET /wait HTTP/1.1\r\nhost: test\r\n\r\n"
SLACK = 0.25


class Held:
    """An application whose answers wait for an event, and say how they ended."""

    def __init__(self, *, last_words: bytes = b""):
        self.began = trio.Event()
        self.release = trio.Event()
        self.ended = []
        self.last_words = last_words

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif scope["path"] != "/wait":
            await echo(scope, receive, send)
        else:
            await self._answer(send)

    async def _answer(self, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begin", "more_body": True})
        self.began.set()
        try:
            await self.release.wait()
        except trio.Cancelled:
            self.ended.append("cancelled")
            with trio.move_on_after(1, shield=True):
                await send({"type": "http.response.body", "body": self.last_words})
            raise
        await send({"type": "http.response.body", "body": b"end"})
        self.ended.append("answered")


@BOTH
async def test_an_idle_connection_is_closed_at_once_and_no_other_is_accepted():
    async with serving(graceful_timeout=10) as server, await server.connect() as stream:
        await exchange(stream, REQUEST)
        server.stop.set()
        assert await read_until_closed(stream, 1) == b""
        with trio.fail_after(1):
            await server.ended.wait()
        with pytest.raises(OSError, match="connect"):
            await server.connect()


@BOTH
async def test_a_request_in_flight_is_answered_before_the_server_ends():
    app = Held()
    async with serving(app, graceful_timeout=10) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await app.began.wait()
        server.stop.set()
        await trio.testing.wait_all_tasks_blocked()
        assert not server.ended.is_set()
        app.release.set()
        assert (await read_until_closed(stream)).endswith(b"3\r\nend\r\n0\r\n\r\n")
        with trio.fail_after(1):
            await server.ended.wait()


@BOTH
@pytest.mark.parametrize("version", [1, 2])
async def test_what_takes_longer_than_the_drain_is_cancelled_and_has_the_last_word(version):
    app = Held(last_words=b"drained")
    async with serving(app, graceful_timeout=0.1) as server:
        if version == 1:
            async with await server.connect() as stream:
                await stream.send_all(REQUEST)
                await app.began.wait()
                server.stop.set()
                assert (await read_until_closed(stream)).endswith(b"7\r\ndrained\r\n0\r\n\r\n")
        else:
            async with Client2.connected(server) as client:
                await client.request("/wait")
                await app.began.wait()
                server.stop.set()
                with trio.fail_after(3):
                    answer = await client.answer(1)
                assert (answer.body, answer.ended) == (b"begindrained", True)
        with trio.fail_after(2):
            await server.ended.wait()
    assert app.ended == ["cancelled"]


@BOTH
async def test_an_http2_client_is_told_to_go_when_its_requests_are_answered():
    app = Held()
    async with serving(app, graceful_timeout=10) as server, Client2.connected(server) as client:
        await client.request("/wait")
        await app.began.wait()
        server.stop.set()
        await trio.testing.wait_all_tasks_blocked()
        await client.request("/wait")
        with trio.fail_after(2):
            assert (await client.answer(3)).reset == 7
            app.release.set()
            assert (await client.answer(1)).body == b"beginend"
            await client.wait_closed()
            await server.ended.wait()
        assert client.goaway == 0


@BOTH
async def test_requests_that_will_not_end_lose_their_connections_after_the_grace():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with trio.move_on_after(20, shield=True):
            while (await receive())["type"] != "http.disconnect":
                pass

    limits = ServerLimits(cleanup_grace=0.2)
    async with serving(app, limits=limits, graceful_timeout=0.1) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        await read_until_closed(stream, 2)


@BOTH
async def test_a_server_that_is_cancelled_cancels_its_requests():
    app = Held(last_words=b"drained")
    async with serving(app) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await app.began.wait()
        server.scope.cancel()
        with trio.CancelScope(shield=True):
            assert (await read_until_closed(stream)).endswith(b"7\r\ndrained\r\n0\r\n\r\n")
    assert app.ended == ["cancelled"]


@BOTH
async def test_one_connection_too_many_is_told_to_come_back():
    app = Held()
    limits = ServerLimits(max_connections=1, linger=0.2)
    async with serving(app, limits=limits) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await app.began.wait()
        answer = await ask(server, REQUEST)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: 1\r\n" in answer
        app.release.set()
        await read_until_closed(stream)
        assert await server.is_alive()


async def test_a_startup_that_fails_is_raised():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(LifespanFailureError, match="no database"):
        await serve(app, quiet_config(), shutdown_trigger=trio.sleep_forever)


@BOTH
async def test_the_lifespan_outlives_the_requests():
    order = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            order.append("lifespan")
        else:
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked(0.01)
            await respond(send, b"")
            order.append("request")

    async with serving(app, graceful_timeout=5) as server, await server.connect() as stream:
        await stream.send_all(REQUEST)
        await trio.testing.wait_all_tasks_blocked()
        server.stop.set()
        await server.ended.wait()
    assert order == ["request", "lifespan"]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_where_there_is_no_trigger(signum):
    config = quiet_config()
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, echo, config, limits=QUICK))
        signal.raise_signal(signum)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("quic_bind", ["127.0.0.1:0"], "quic_bind is set, but over QUIC a client's disconnect cannot be noticed"),
        ("read_timeout", 5, "read_timeout is set, but it ends streams whose clients only listen"),
    ],
)
async def test_what_cannot_work_is_refused(setting, value, message):
    config = Config()
    setattr(config, setting, value)
    with pytest.raises(ValueError, match=message):
        await serve(echo, config)


async def test_without_the_extra_the_fast_class_cannot_be_asked_for(without_httptools):
    with pytest.raises(RuntimeError, match=r"h1='fast' needs httptools; install it with: pip install 'genkit-trio"):
        await serve(echo, quiet_config(), h1="fast")


async def test_without_the_extra_hypercorns_classes_serve_and_one_line_says_so(without_httptools, caplog):
    caplog.set_level("INFO", "genkit_trio")
    assert await _extensions() == {ON_DISCONNECT, RECEIVE_NOWAIT}
    assert [message for message in caplog.messages if "genkit-trio[fast]" in message] == [
        "HTTP/1.1 is served by Hypercorn's classes; for ours: pip install 'genkit-trio[fast]'"
    ]


@pytest.mark.extra
async def test_by_default_the_fast_class_serves_where_it_is_installed(caplog):
    caplog.set_level("INFO", "genkit_trio")
    assert DIRECT in await _extensions()
    assert "fast" not in caplog.text


async def _extensions():
    """Serve one request by whatever serves by default, and return which extensions of ours it has."""
    found = set()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        found.update(scope["extensions"])
        await respond(send, b"")

    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        [url] = await nursery.start(partial(serve, app, quiet_config(), shutdown_trigger=stop.wait))
        async with await trio.open_tcp_stream("127.0.0.1", int(url.rpartition(":")[2])) as stream:
            await exchange(stream, REQUEST)
        stop.set()
    return {name for name in found if name.startswith("genkit_trio.")}


@pytest.fixture
def without_httptools(monkeypatch):
    """Be where the extra is not installed."""
    for name in [name for name in sys.modules if name.startswith(("genkit_trio._server.h1", "httptools"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httptools", None)


def test_by_default_it_listens_on_loopback_and_drains_for_25_seconds():
    config = default_config()
    assert (config.bind, config.graceful_timeout) == (["127.0.0.1:8000"], 25)
