"""WebSockets: an application may have them, and garbage on them ends nothing else."""

import random

import pytest
import trio
import trio.testing
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from genkit_trio._server import ServerLimits
from tests.server.http2 import Client2
from tests.server.serving import ask, exchange, lifespan, read_until_closed, serving
from tests.server.serving import echo as http_echo

pytestmark = pytest.mark.usefixtures("h1")

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
H2C = b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
GARBAGE = {
    "ones": b"\xff" * 200,
    "zeros": bytes(200),
    "a frame without a mask": b"\x81\x05hello",
    "a reserved opcode": b"\x83\x80abcd",
    "a PING of 200 bytes": b"\x89\xfe\x00\xc8" + bytes(204),
    "a frame of 2**63 bytes": b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xffabcd",
    "a continuation of nothing": b"\x80\x80abcd",
    "text that is none": b"\x81\x82\x00\x00\x00\x00\xff\xff",
    "a close code that is none": b"\x88\x82\x00\x00\x00\x00\x00\x01",
    "frames behind the close": b"\x88\x80abcd" + b"\x81\x80abcd" * 10,
    "letters": b"GET / HTTP/1.1\r\n\r\n",
    "random bytes": random.Random(1).randbytes(5000),
}


async def _echo(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await http_echo(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})


async def test_messages_go_both_ways():
    async with serving(_echo) as server, await server.connect() as stream:
        client = WSConnection(ConnectionType.CLIENT)
        await stream.send_all(client.send(Request(host="test", target="/")))
        assert isinstance(await _next(client, stream), AcceptConnection)
        await stream.send_all(client.send(TextMessage("hello")))
        assert (await _next(client, stream)).data == "hello"
        await stream.send_all(client.send(CloseConnection(1000)))
        assert isinstance(await _next(client, stream), CloseConnection)
        assert await read_until_closed(stream) == b""


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("app", [_echo, http_echo], ids=["accepted", "refused"])
async def test_garbage_behind_a_handshake_ends_its_own_connection(garbage, app):
    async with serving(app) as server:
        await ask(server, HANDSHAKE + garbage, 1)
        async with await server.connect() as stream:
            await stream.send_all(HANDSHAKE)
            await stream.receive_some()
            await exchange(stream, garbage, 0.2)
        assert await server.is_alive()


async def test_a_refused_handshake_is_answered_and_its_connection_closed():
    async with serving() as server, await server.connect() as stream:
        await stream.send_all(HANDSHAKE)
        assert (await read_until_closed(stream)).startswith(b"HTTP/1.1 403")


async def test_a_handshake_of_another_version_is_answered_and_its_connection_closed():
    async with serving(_echo) as server, await server.connect() as stream:
        await stream.send_all(HANDSHAKE.replace(b": 13", b": 12"))
        assert (await read_until_closed(stream)).startswith(b"HTTP/1.1 400")


async def test_data_before_the_handshake_is_answered_ends_the_application():
    ended = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        ended.set()

    async with serving(app) as server, await server.connect() as stream:
        await stream.send_all(HANDSHAKE)
        await trio.testing.wait_all_tasks_blocked()
        await stream.send_all(b"early")
        assert await read_until_closed(stream) == b""
        with trio.fail_after(1):
            await ended.wait()


async def test_a_websocket_whose_client_goes_is_noticed():
    ended = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        for _ in range(3):
            await send({"type": "websocket.send", "text": "anybody?"})
        ended.set()

    async with serving(app, limits=ServerLimits()) as server:
        async with await server.connect() as stream:
            await stream.send_all(HANDSHAKE)
            await stream.receive_some()
        with trio.fail_after(1):
            await ended.wait()


SETTINGS = {
    "none": b"",
    "empty": b"http2-settings:\r\n",
    "no base64": b"http2-settings: !!!!!!!!\r\n",
    "half a setting": b"http2-settings: AAMA\r\n",
    "padding": b"http2-settings: AAMAAABkAA==\r\n",
    "not ASCII": b"http2-settings: \xff\xff\xff\xff\xff\xff\xff\xff\r\n",
    "values out of range": b"http2-settings: AAT_____\r\n",
    "two of them": b"http2-settings: AAMAAABk\r\nhttp2-settings: AAMAAABk\r\n",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
async def test_an_upgrade_to_http2_with_odd_settings_is_served_or_ignored(settings):
    async with serving() as server:
        answer = await ask(server, H2C + settings + b"\r\n")
        assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 101"))
        assert await server.is_alive()


async def test_an_upgrade_to_http2_is_answered_in_http2():
    async with serving() as server, await server.connect() as stream:
        client = Client2(stream)
        client.connection.initiate_upgrade_connection()
        await stream.send_all(H2C + b"http2-settings: AAMAAABk\r\n\r\n")
        received = b""
        with trio.fail_after(2):
            while b"\r\n\r\n" not in received:
                received += await stream.receive_some()
        assert received.startswith(b"HTTP/1.1 101")
        for event in client.connection.receive_data(received.partition(b"\r\n\r\n")[2]):
            client._take(event)
        await client.flush()
        with trio.fail_after(2):
            assert (await _answer(client)).status == 200


async def test_garbage_behind_an_upgrade_ends_its_own_connection():
    async with serving() as server:
        await ask(server, H2C + b"http2-settings: AAMAAABk\r\n\r\n" + b"\xff" * 500, 1)
        assert await server.is_alive()


async def _answer(client):
    while not (1 in client.answers and client.answers[1].ended):
        await client.read()
    return client.answers[1]


async def _next(client, stream):
    with trio.fail_after(2):
        while True:
            for event in client.events():
                return event
            data = await stream.receive_some()
            client.receive_data(data or None)
