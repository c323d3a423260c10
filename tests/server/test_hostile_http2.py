"""HTTP/2 clients that break the rules, or only make work: their connection may end, the server does not."""

import random

import pytest
import trio
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from genkit_trio._server import ServerLimits
from tests.server.http2 import PREFACE, Client2, fields
from tests.server.serving import ask, echo, lifespan, respond, serving

pytestmark = pytest.mark.usefixtures("h1")

SETTINGS = SettingsFrame(0).serialize()
ENHANCE_YOUR_CALM = 0xB
REFUSED_STREAM = 7


def _head(stream_id, *, flags=("END_HEADERS", "END_STREAM"), **values):
    named = dict(fields("/", "GET", ()))
    named.update({f":{name}".encode(): value for name, value in values.items()})
    block = Encoder().encode([(name, value) for name, value in named.items() if value is not None])
    return HeadersFrame(stream_id, block, flags=flags).serialize()


def _raw(kind: int, body: bytes, *, stream_id: int = 0, flags: int = 0) -> bytes:
    return len(body).to_bytes(3) + bytes([kind, flags]) + stream_id.to_bytes(4) + body


FLOODS = {
    "PRIORITY": b"".join(PriorityFrame(i, depends_on=0, stream_weight=1).serialize() for i in range(1, 4001, 2)),
    "SETTINGS": SETTINGS * 2000,
    "PING": PingFrame(0, b"12345678").serialize() * 2000,
    "empty DATA": _head(1, flags=("END_HEADERS",)) + DataFrame(1, b"").serialize() * 2000,
    "RST behind a request": b"".join(_head(i) + RstStreamFrame(i, 8).serialize() * 50 for i in range(1, 101, 2)),
    "CONTINUATION": _head(1, flags=()) + ContinuationFrame(1, b"").serialize() * 2000,
    "WINDOW_UPDATE": WindowUpdateFrame(0, 1).serialize() * 2000,
    "requests": b"".join(_head(i) for i in range(1, 1001, 2)),
    "requests that are reset": b"".join(_head(i) + RstStreamFrame(i, 8).serialize() for i in range(1, 4001, 2)),
}
BROKEN = {
    "no path": _head(1, path=None),
    "an empty path": _head(1, path=b""),
    "a path that is no text": _head(1, path=b"/\xff"),
    "a path with a NUL": _head(1, path=b"/\x00"),
    "a name that is no text": _head(1, authority=b"\xff"),
    "a method that is no text": _head(1, method=b"\xff"),
    "no method": _head(1, method=None),
    "no scheme": _head(1, scheme=None),
    "a tunnel": _head(1, method=b"CONNECT", path=None, scheme=None),
    "a tunnel with a path": _head(1, method=b"CONNECT"),
    "an even stream": _head(2),
    "stream 0": _raw(1, b"\x82", flags=5),
    "the same stream twice": _head(1) + _head(1),
    "DATA for a stream that is none": DataFrame(1, b"x").serialize(),
    "DATA behind the end": _head(1) + DataFrame(1, b"x").serialize(),
    "more DATA than there is room for": _head(1, flags=("END_HEADERS",)) + DataFrame(1, bytes(16384)).serialize() * 8,
    "a frame of 16 MB": b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(20_000),
    "a header block that is none": _raw(1, b"\xff" * 50, stream_id=1, flags=5),
    "a header block of 200 KB": _raw(1, Encoder().encode([(b"a", b"b" * 200_000)])[:16384], stream_id=1, flags=4),
    "padding longer than the frame": _raw(0, b"\xff" + bytes(10), stream_id=1, flags=8),
    "a PING of 7 bytes": _raw(6, bytes(7)),
    "SETTINGS of 5 bytes": _raw(4, bytes(5)),
    "SETTINGS that are out of range": SettingsFrame(0, {4: 2**31}).serialize(),
    "SETTINGS of a tiny frame": SettingsFrame(0, {5: 1}).serialize(),
    "WINDOW_UPDATE of 0": _raw(8, bytes(4)),
    "WINDOW_UPDATE too far": WindowUpdateFrame(0, 2**31 - 1).serialize(),
    "PUSH_PROMISE": PushPromiseFrame(1, 2, b"\x82", flags=("END_HEADERS",)).serialize(),
    "GOAWAY": GoAwayFrame(0, last_stream_id=0, error_code=0).serialize(),
    "CONTINUATION of nothing": ContinuationFrame(1, b"\x82", flags=("END_HEADERS",)).serialize(),
    "a stream that depends on itself": PriorityFrame(1, depends_on=1).serialize(),
    "a frame that nobody knows": _raw(0xFF, bytes(100), stream_id=1),
    "RST of a stream that is none": RstStreamFrame(1, 0).serialize(),
    "half a frame": b"\x00\x00\x10\x00",
    "letters": b"GET / HTTP/1.1\r\nhost: test\r\n\r\n",
    "zeros": bytes(1000),
    "ones": b"\xff" * 1000,
}


@pytest.mark.parametrize("frames", FLOODS.values(), ids=FLOODS)
async def test_a_flood_ends_at_most_its_own_connection(frames):
    async with serving(keep_alive_timeout=0.05) as server:
        await ask(server, PREFACE + SETTINGS + frames)
        assert await server.is_alive()


@pytest.mark.parametrize("kind", ["PRIORITY", "SETTINGS", "PING", "empty DATA"])
async def test_a_flood_of_control_frames_ends_its_connection(kind):
    async with serving(keep_alive_timeout=30) as server, Client2.connected(server) as client:
        await client.send_raw(FLOODS[kind])
        await client.wait_closed()
        assert client.goaway in {None, ENHANCE_YOUR_CALM, 1, 5}


@pytest.mark.parametrize("frames", BROKEN.values(), ids=BROKEN)
async def test_broken_frames_end_at_most_their_own_connection(frames):
    async with serving(keep_alive_timeout=0.05) as server:
        await ask(server, PREFACE + SETTINGS + frames)
        await ask(server, PREFACE + SETTINGS + _head(7) + frames)
        assert await server.is_alive()


@pytest.mark.parametrize("name", ["a path that is no text", "a name that is no text", "a tunnel"])
async def test_the_other_requests_of_a_connection_survive_one_that_is_refused(name):
    async with serving(_slow) as server, Client2.connected(server) as client:
        await client.request()
        frames = BROKEN[name].replace(b"\x00\x00\x00\x01", b"\x00\x00\x00\x03", 1)
        await client.send_raw(frames)
        with trio.fail_after(5):
            answer = await client.answer(1)
        assert (answer.status, answer.body) == (200, b"slow")


async def test_data_after_an_early_answer_is_of_no_consequence():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await respond(send, b"too large", 413)

    async with serving(app) as server, Client2.connected(server) as client:
        await client.request(end=False, method="POST")
        with trio.fail_after(5):
            assert (await client.answer(1)).status == 413
            await client.send_raw(DataFrame(1, bytes(1000)).serialize() * 10)
            await client.request()
            assert (await client.answer(3)).status == 413


async def test_an_application_that_breaks_off_resets_its_stream():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("in the middle")

    async with serving(app) as server, Client2.connected(server) as client:
        await client.request()
        with trio.fail_after(5):
            answer = await client.answer(1)
        assert answer.reset == 2
        assert not client.closed


async def test_a_connection_ends_when_its_last_requests_are_answered():
    settings = {"keep_alive_timeout": 30, "keep_alive_max_requests": 2}
    async with serving(_slow, **settings) as server, Client2.connected(server) as client:
        for _ in range(3):
            await client.request()
        with trio.fail_after(5):
            answers = [await client.answer(stream_id) for stream_id in (1, 3, 5)]
        assert [answer.body for answer in answers] == [b"slow", b"slow", b"slow"]
        await client.wait_closed()
        assert client.goaway == 0


async def test_a_connection_that_always_has_requests_gets_no_more_of_them():
    async with serving(_slow, keep_alive_max_requests=1) as server, Client2.connected(server) as client:
        for _ in range(4):
            await client.request()
        with trio.fail_after(5):
            answers = [await client.answer(stream_id) for stream_id in (1, 3, 5, 7)]
        assert [answer.reset for answer in answers] == [None, None, None, REFUSED_STREAM]


async def test_a_client_that_goes_frees_the_sender_that_waits_for_it():
    freed = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        if scope["path"] == "/echo":
            return await echo(scope, receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with trio.CancelScope(shield=True):
            await send({"type": "http.response.body", "body": bytes(200_000), "more_body": True})
        freed.set()

    async with serving(app, limits=ServerLimits(write_timeout=30)) as server:
        async with Client2.connected(server) as client:
            await client.request()
            await client.read()
        with trio.fail_after(2):
            await freed.wait()
        assert await server.is_alive()


@pytest.mark.parametrize("seed", range(60))
async def test_random_frames_end_at_most_their_own_connection(seed):
    chance = random.Random(seed)
    frames = b"".join(
        _raw(
            chance.randrange(11),
            chance.randbytes(chance.randrange(40)),
            stream_id=chance.randrange(6),
            flags=chance.randrange(64),
        )
        for _ in range(30)
    )
    async with serving(keep_alive_timeout=0.05) as server:
        await ask(server, PREFACE + SETTINGS + _head(1, flags=("END_HEADERS",)) + frames, 0.3)
        assert await server.is_alive()


async def _slow(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["path"] == "/echo":
        return await echo(scope, receive, send)
    await trio.sleep(0.1)
    await respond(send, b"slow")
