"""What only shows when a safeguard of what goes out to others is missing."""

from functools import partial

import httpx2
import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, RemoteAction, RemoteOptions, open_runtime
from genkit_trio._client import connections
from genkit_trio._client.opening import Opening
from genkit_trio._client.session import Disconnected, Session
from genkit_trio._runtime import Reflection
from tests.e2e.tools import RecordedTelemetry
from tests.faults.test_inject_reflection import Socket


class SlowToClose(httpx2.AsyncByteStream):
    """A body that says nothing, and takes a moment to close."""

    def __init__(self):
        self.is_closed = False

    async def __aiter__(self):
        await trio.sleep_forever()
        yield b""

    async def aclose(self):
        await trio.lowlevel.checkpoint()
        self.is_closed = True


class Answering(httpx2.AsyncBaseTransport):
    """A network in which every request has the same answer, which nobody has asked for."""

    def __init__(self, on_answer=bool):
        self.body = SlowToClose()
        self._on_answer = on_answer

    async def handle_async_request(self, request):
        await trio.lowlevel.checkpoint()
        self._on_answer()
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=self.body)


async def test_an_answer_that_is_not_read_is_closed():
    """C5: one that is refused for its headers."""
    transport = Answering()
    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(GenkitError, match="encoded"):
            await RemoteAction("http://there/flow", output=str, remote=RemoteOptions(client=client))()
        assert transport.body.is_closed


async def test_an_answer_that_is_not_read_is_closed_when_its_call_is_cancelled():
    """C5: also where closing takes a moment, as with a client of the user's it may."""
    scope = trio.CancelScope()
    transport = Answering(on_answer=scope.cancel)
    async with httpx2.AsyncClient(transport=transport) as client:
        with scope, pytest.raises(GenkitError, match="encoded"):
            await RemoteAction("http://there/flow", output=str, remote=RemoteOptions(client=client))()
        assert transport.body.is_closed


class Connected:
    """A connection as the HTTP library has it, which takes a while to close."""

    def __init__(self, socket=None, seconds=0.0):
        self._socket = socket
        self._seconds = seconds
        self.is_closed = False

    def get_extra_info(self, name):
        return self._socket

    async def aclose(self):
        await trio.sleep(self._seconds)
        self.is_closed = True


async def test_a_connection_is_looked_after_and_closed_when_its_handshake_is_cancelled():
    """C5, C25: who opens it is told of each step."""
    with trio.socket.socket() as socket:
        connected, opening = Connected(socket), Opening()
        await opening("connection.connect_tcp.complete", {"return_value": connected})
        assert socket.getsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_KEEPALIVE)
        with trio.CancelScope() as scope:
            scope.cancel()
            await opening("connection.start_tls.failed", {})
    assert connected.is_closed


@pytest.mark.parametrize(("seconds", "is_closed"), [(0.5, True), (1000.0, False)])
async def test_a_client_is_closed_although_its_call_is_cancelled_and_not_waited_for_long(
    seconds, is_closed, autojump_clock
):
    """C5, C28: the value of a call is not lost by a cancellation that comes now, nor by a network that hangs."""
    client = Connected(seconds=seconds)
    with trio.CancelScope() as scope:
        scope.cancel()
        await connections._close(client)
    assert client.is_closed == is_closed
    assert trio.current_time() <= 1


async def test_a_client_of_ours_has_its_bounds(monkeypatch):
    """C25: the time to reach a server and to send; and how many calls have a connection at once."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    most = now = 0

    async def count(stream):
        nonlocal most, now
        now += 1
        most = max(most, now)
        await stream.receive_some()
        await trio.testing.wait_all_tasks_blocked(0.02)
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n" + b'{"result": 1}')
        now -= 1
        await stream.aclose()

    async def ask():
        timeout = (await client.get(url)).request.extensions["timeout"]
        assert timeout == {"connect": 10.0, "read": None, "write": 30.0, "pool": None}

    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, count, 0, host="127.0.0.1"))
        url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/"
        async with connections._new_client() as client, trio.open_nursery() as calls:
            for _ in range(3):
                calls.start_soon(ask)
        nursery.cancel_scope.cancel()
    assert most == 1


async def test_a_tool_does_not_wait_for_a_run_that_will_not_end(autojump_clock):
    """C19: its deadline is told at once."""
    ai = Genkit()

    @ai.flow(timeout=1)
    async def stubborn() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep(9)

    request = {"jsonrpc": "2.0", "id": "7", "method": "runAction", "params": {"key": "/flow/stubborn"}}
    socket = Socket(request)
    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(_run_session, Session(Reflection(ai.registry, RecordedTelemetry()), runtime, socket))
        await socket.answered.wait()
        assert trio.current_time() == pytest.approx(1)
        socket.disconnect()
    assert "deadline" in socket.sent[-1]["error"]["message"]


async def _run_session(session):
    with pytest.raises(Disconnected):
        await session.run(b"{}")
