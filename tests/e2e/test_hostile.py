"""Bytes that no client would send, at random: after each, a flow answers the next client."""

import random

import pytest
import trio
from hyperframe.frame import SettingsFrame

from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
from tests.server.http2 import PREFACE
from tests.server.serving import exchange, serving

pytestmark = pytest.mark.usefixtures("h1")

BATCH = 30
BODY = b'{"data":"hello"}'
HEAD = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n"
SOUND = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
SEEDS = [
    SOUND,
    SOUND.replace(b"json\r\n", b"json\r\naccept: text/event-stream\r\n"),
    HEAD + b"transfer-encoding: chunked\r\n\r\n10\r\n" + BODY + b"\r\n0\r\n\r\n",
    HEAD + b"expect: 100-continue\r\ncontent-length: 1000000\r\n\r\n" + BODY,
    SOUND * 3,
    b"GET /echo HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n" + b"\x81\x85abcdhello",
    b"GET /echo HTTP/1.1\r\nhost: test\r\nupgrade: h2c\r\nconnection: upgrade\r\nhttp2-settings: AAMAAABk\r\n\r\n"
    + PREFACE,
    PREFACE + SettingsFrame(0).serialize() + b"\x00\x00\x01\x01\x05\x00\x00\x00\x01\x82" * 3,
    b'POST /echo HTTP/1.1\r\nhost: test\r\nx-request-timeout: 1\r\ncontent-length: 20\r\n\r\n{"data":[[[[[[[[[[[[[',
]
SPICE = [
    b"\r\n",
    b"\n",
    b"\x00",
    b"\xff",
    b":",
    b" ",
    b"chunked",
    b"content-length: 5\r\n",
    b"99999999999999999999",
    b"[" * 500,
]


@pytest.mark.parametrize("batch", range(10))
async def test_a_flow_answers_after_any_bytes(batch):
    ai = Genkit()

    @ai.flow
    async def echo(text: str) -> str:
        return text

    chance = random.Random(batch)
    async with serving(flow_app(ai)) as server:
        for _ in range(BATCH):
            data = _spoil(chance)
            async with await server.connect() as stream:
                await exchange(stream, data, 0.02)
            async with await server.connect() as stream:
                answer = await exchange(stream, SOUND)
            assert answer.startswith(b"HTTP/1.1 200"), data
            assert answer.endswith(b'{"result":"hello"}'), data


@pytest.mark.parametrize(
    "path", ["%00", "%ff%fe", "..%2f..%2fetc", "echo/", "", "%E2%80%AE", "a" * 5000, "?a=b", "echo%0a"]
)
async def test_a_path_that_is_no_flow_is_not_found(path):
    ai = Genkit()
    async with serving(flow_app(ai)) as server:
        async with await server.connect() as stream:
            answer = await exchange(stream, SOUND.replace(b"/echo", b"/" + path.encode()), 1)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 404")
        assert body.startswith(b'{"status":"NOT_FOUND"')
        assert all(0x20 <= byte < 0x7F for byte in body)


async def test_400_connections_that_say_nothing_do_not_stop_a_flow():
    ai = Genkit()

    @ai.flow
    async def echo(text: str) -> str:
        return text

    async with serving(flow_app(ai), backlog=2048) as server:
        for _ in range(400):
            server.kept.append(await server.connect())
        with trio.fail_after(5):
            async with await server.connect() as stream:
                assert (await exchange(stream, SOUND)).endswith(b'{"result":"hello"}')


def _spoil(chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(1, 3000))
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at:at] = chance.choice(SPICE)
            case 2:
                del data[at : at + chance.randrange(1, 20)]
            case 3:
                data[at:at] = chance.randbytes(chance.randrange(1, 50))
            case _:
                other = chance.choice(SEEDS)
                data[at:] = other[chance.randrange(len(other)) :]
        data = data or bytearray(b"x")
    return bytes(data)
