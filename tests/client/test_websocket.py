"""The WebSocket itself, over real connections that do what connections do."""

from functools import partial

import pytest
import trio

from genkit_trio._client import websocket
from genkit_trio._client.session import Disconnected
from genkit_trio._client.websocket import open_websocket
from tests.e2e.tools import SocketTool, open_tools_server

HANDSHAKE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
)


@pytest.fixture(autouse=True)
async def in_time():
    with trio.fail_after(20):
        yield


async def serve_bytes(answer: bytes, stream: trio.SocketStream, *, stay: trio.Event) -> None:
    """Answer the handshake, whatever it is, and wait."""
    await stream.receive_some()
    await stream.send_all(answer)
    await stay.wait()


@pytest.fixture
async def raw(nursery):
    """Return the URL of a server that answers every connection with the same bytes."""

    async def listen(answer: bytes, stay: trio.Event) -> str:
        handler = partial(serve_bytes, answer, stay=stay)
        [listener] = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
        return f"ws://127.0.0.1:{listener.socket.getsockname()[1]}"

    return listen


async def test_where_nobody_listens_there_is_no_connection():
    with pytest.raises(Disconnected, match="ConnectError"):
        async with open_websocket("ws://127.0.0.1:1"):
            pass


async def test_a_server_that_is_none_of_web_sockets_is_no_connection(raw):
    url = await raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", trio.Event())
    with pytest.raises(Disconnected, match="WebSocketUpgradeError"):
        async with open_websocket(url):
            pass


@pytest.mark.parametrize("frame", [b"\xff\xff\xff", b"\x81\x02\xff\xff", b"\x83\x00"])
async def test_bytes_that_are_no_frames_end_the_connection_and_nothing_else(raw, frame):
    url = await raw(HANDSHAKE + frame, trio.Event())
    with pytest.raises(Disconnected):
        async with open_websocket(url) as socket:
            await socket.receive()


async def test_a_connection_that_breaks_is_told(raw):
    stay = trio.Event()
    stay.set()
    url = await raw(HANDSHAKE, stay)
    with pytest.raises(Disconnected):
        async with open_websocket(url) as socket:
            await socket.receive()


async def test_bytes_are_a_message_too(raw):
    url = await raw(HANDSHAKE + b"\x82\x02{}", trio.Event())
    async with open_websocket(url) as socket:
        assert await socket.receive() == b"{}"


async def test_a_message_that_is_too_large_ends_the_connection(raw, monkeypatch):
    monkeypatch.setattr(websocket, "MAX_MESSAGE", 10)
    url = await raw(HANDSHAKE + b"\x81\x0b" + b"x" * 11, trio.Event())
    with pytest.raises(Disconnected, match="it closed the connection, code 1009"):
        async with open_websocket(url) as socket:
            await socket.receive()


async def test_a_server_that_does_not_read_is_given_up(raw, monkeypatch):
    """C25."""
    monkeypatch.setattr(websocket, "WRITE_TIMEOUT", 0.05)
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.05)
    url = await raw(HANDSHAKE, trio.Event())
    with pytest.raises(Disconnected, match="TooSlowError"):
        async with open_websocket(url) as socket:
            await socket.send(b"x" * 20_000_000)


async def test_sending_after_the_end_is_told():
    async with open_tools_server(SocketTool()) as (tool, url):
        with pytest.raises(Disconnected):
            async with open_websocket(url) as socket:
                await socket.send(b'{"jsonrpc":"2.0","id":"1","method":"register","params":{}}')
                await socket.receive()
                await tool.drop()
                with pytest.raises(Disconnected):
                    await socket.receive()
                await socket.send(b"{}")


async def test_an_error_of_the_block_leaves_as_it_is():
    async with open_tools_server(SocketTool()) as (_, url):
        with pytest.raises(ExceptionGroup) as caught:
            async with open_websocket(url):
                raise ValueError("kaboom")
    assert "kaboom" in repr(caught.value.exceptions)
