"""What HTTP/1.1 requests are answered with: sound ones are served, those that two servers could read differently not.

Each is sent whole, in two parts and byte by byte, and whatever it is, the next client is served.
"""

from contextlib import suppress

import pytest
import trio
import trio.testing

from tests.server.serving import ask, echo, exchange, serving

pytestmark = pytest.mark.usefixtures("h1")

HEAD = b"POST / HTTP/1.1\r\nhost: test\r\n"

SERVED = {
    "a body with a length": HEAD + b"content-length: 2\r\n\r\nok",
    "a body in chunks": HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
    "Chunked in capitals": HEAD + b"Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a chunk with an extension": HEAD + b"transfer-encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n",
    "chunks with trailers": HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\na: b\r\n\r\n",
    "an absolute target": b"POST http://test/ HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nok",
    "the target *": b"OPTIONS * HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nok",
    "a method that nobody knows": b"BREW / HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nok",
    "HTTP/1.0": b"POST / HTTP/1.0\r\ncontent-length: 2\r\n\r\nok",
    "an upgrade that nobody knows": HEAD + b"connection: upgrade\r\nupgrade: tea\r\ncontent-length: 2\r\n\r\nok",
    "an upgrade to h2c with a body": HEAD + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\nok",
    "bytes behind the last request": HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nokx",
    "a header with a tab": HEAD + b"a: b\tc\r\ncontent-length: 2\r\n\r\nok",
    "a header with bytes that are not ASCII": HEAD + b"a: \xc3\xa4\r\ncontent-length: 2\r\n\r\nok",
    "an empty host": b"POST / HTTP/1.1\r\nhost:\r\ncontent-length: 2\r\n\r\nok",
    "an IPv6 host": b"POST / HTTP/1.1\r\nhost: [::1]:80\r\ncontent-length: 2\r\n\r\nok",
    "a percent-encoded path that is no text": b"POST /%ff%00 HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\nok",
}
REFUSED = {
    "length beside chunks": (HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks beside length": (HEAD + b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok", 400),
    "two lengths in one": (HEAD + b"content-length: 2, 3\r\n\r\nok", 400),
    "the same length twice": (HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\nok", 400),
    "a negative length": (HEAD + b"content-length: -1\r\n\r\n", 400),
    "a length with a plus": (HEAD + b"content-length: +2\r\n\r\nok", 400),
    "a length in hex": (HEAD + b"content-length: 0x2\r\n\r\nok", 400),
    "a length with an underscore": (HEAD + b"content-length: 1_0\r\n\r\nok", 400),
    "a length in Arabic digits": (HEAD + b"content-length: \xd9\xa2\r\n\r\nok", 400),
    "an empty length": (HEAD + b"content-length:\r\n\r\n", 400),
    "a length of 5,000 digits": (HEAD + b"content-length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    "gzip, then chunked": (HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunked, then gzip": (HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 501),
    "chunked twice": (HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunked in two headers": (HEAD + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 501),
    "chunked after a vertical tab": (HEAD + b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked with a space before the colon": (HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked, and a comma": (HEAD + b"transfer-encoding: chunked,\r\n\r\n0\r\n\r\n", 501),
    "identity": (HEAD + b"transfer-encoding: identity\r\n\r\n", 501),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a folded line": (HEAD + b"a: b\r\n c\r\n\r\n", 400),
    "a folded line with a tab": (HEAD + b"a: b\r\n\tc\r\n\r\n", 400),
    "a folded first line": (b"POST / HTTP/1.1\r\n host: test\r\n\r\n", 400),
    "a bare line feed": (b"POST / HTTP/1.1\nhost: test\r\n\r\n", 400),
    "bare line feeds alone": (b"POST / HTTP/1.1\nhost: test\n\n", 400),
    "a bare carriage return": (HEAD + b"a: b\rc\r\n\r\n", 400),
    "a NUL in a value": (HEAD + b"a: b\x00c\r\n\r\n", 400),
    "a NUL in a name": (HEAD + b"a\x00b: c\r\n\r\n", 400),
    "a NUL in the target": (b"GET /\x00 HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a space in a name": (HEAD + b"a b: c\r\n\r\n", 400),
    "a space before a colon": (HEAD + b"a : c\r\n\r\n", 400),
    "no name": (HEAD + b": c\r\n\r\n", 400),
    "no colon": (HEAD + b"abc\r\n\r\n", 400),
    "a colon in a method": (b"G:T / HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a method of parentheses": (b"G() / HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "no method": (b" / HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "two spaces": (b"GET  / HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a tab for a space": (b"GET\t/\tHTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a target that is not ASCII": (b"GET /\xff HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "no version": (b"GET /\r\n\r\n", 400),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nhost: test\r\n\r\n", 505),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nhost: test\r\n\r\n", 505),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\nhost: test\r\n\r\n", 505),
    "HTTP/1.10": (b"GET / HTTP/1.10\r\nhost: test\r\n\r\n", 400),
    "http/1.1 in small letters": (b"GET / http/1.1\r\nhost: test\r\n\r\n", 400),
    "another protocol": (b"GET / ICY/1.1\r\nhost: test\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (HEAD + b"host: test\r\n\r\n", 400),
    "a host with a slash": (b"GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", 400),
    "a host with an at sign": (b"GET / HTTP/1.1\r\nhost: a@b\r\n\r\n", 400),
    "a host with a space": (b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400),
    "a host that is no text": (b"GET / HTTP/1.1\r\nhost: \xff\r\n\r\n", 400),
    "a tunnel": (b"CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n", 405),
    "the line of a proxy": (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n", 400),
    "a handshake of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    "a mail": (b"EHLO test\r\n\r\n", 400),
    "a line feed": (b"\n", 400),
    "carriage return, line feed": (b"\r\n\r\n", 400),
    "zeros": (bytes(100), 400),
    "ones": (b"\xff" * 100 + b"\r\n\r\n", 400),
    "a request line of 40 KB": (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nhost: test\r\n\r\n", 431),
    "a method of 40 KB": (b"A" * 40_000, 431),
    "a header of 40 KB": (HEAD + b"a: " + b"b" * 40_000 + b"\r\n\r\n", 431),
    "10,000 headers": (HEAD + b"a: b\r\n" * 10_000 + b"\r\n", 431),
    "a WebSocket without a key": (
        b"GET / HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        400,
    ),
}
CUT_IN_THE_BODY = {
    "a chunk size of no digits": b"x\r\n",
    "a chunk size of nothing": b"\r\n",
    "a negative chunk size": b"-1\r\n",
    "a chunk size with a prefix": b"0x1\r\na\r\n",
    "a chunk size of 30 digits": b"f" * 30 + b"\r\n",
    "a chunk without its end": b"1\r\naX\r\n",
    "a chunk with another end": b"1\r\na\n\n",
    "a chunk extension of 300 KB": b"1;" + b"a" * 300_000,
    "trailers of 300 KB": b"0\r\n" + b"a: b\r\n" * 50_000,
    "a trailer that is none": b"0\r\nabc\r\n\r\n",
}
"""Requests in chunks that break off: what the application has not answered yet, the server answers."""


@pytest.mark.parametrize("request_", SERVED.values(), ids=SERVED)
async def test_a_sound_request_is_served(request_):
    async with serving() as server:
        for parts in _splits(request_):
            answer = await _ask_in_parts(server, parts)
            assert answer.startswith(b"HTTP/1.1 200")
            assert answer.endswith(b"\r\n\r\nok")


@pytest.mark.parametrize(("request_", "status"), REFUSED.values(), ids=REFUSED)
async def test_a_request_that_is_not_sound_is_refused(request_, status):
    async with serving() as server:
        for parts in _splits(request_):
            answer = await _ask_in_parts(server, parts)
            assert answer.startswith(b"HTTP/1.1 %d " % status)
            assert answer.count(b"HTTP/1.1") == 1
        assert await server.is_alive()


@pytest.mark.parametrize("body", CUT_IN_THE_BODY.values(), ids=CUT_IN_THE_BODY)
async def test_a_body_that_breaks_off_is_refused(body):
    async with serving() as server:
        answer = await ask(server, HEAD + b"transfer-encoding: chunked\r\n\r\n" + body)
        assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
        assert await server.is_alive()


async def test_the_bytes_behind_a_refused_request_are_no_request():
    """What a proxy took for a body must not run."""
    paths = []

    async def app(scope, receive, send):
        paths.append(scope.get("path"))
        await echo(scope, receive, send)

    smuggled = b"GET /smuggled HTTP/1.1\r\nhost: test\r\n\r\n"
    async with serving(app) as server:
        for name in ("length beside chunks", "a bare line feed", "two lengths", "chunks in HTTP/1.0"):
            await ask(server, REFUSED[name][0] + smuggled)
    assert set(paths) == {None}


async def test_100_continue_comes_before_the_body():
    async with serving() as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 100")
        assert (await exchange(stream, b"ok")).endswith(b"\r\n\r\nok")


async def test_2000_requests_in_a_row_are_all_answered():
    one = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1\r\n\r\nx"
    async with serving(keep_alive_max_requests=5000) as server, await server.connect() as stream:
        received = bytearray()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.send_all, one * 2000)
            with trio.fail_after(20):
                while received.count(b"\r\n\r\nx") < 2000:
                    received += await stream.receive_some(65536)
    assert received.count(b"HTTP/1.1 200") == 2000


async def test_a_connection_is_closed_after_its_last_request_whatever_follows():
    one = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 1\r\n\r\nx"
    async with serving(keep_alive_max_requests=3) as server, await server.connect() as stream:
        received = b""
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_send_what_it_takes, stream, one * 3000)
                try:
                    while data := await stream.receive_some(65536):
                        received += data
                except trio.BrokenResourceError:
                    pass
                nursery.cancel_scope.cancel()
        assert received.count(b"HTTP/1.1 200") == 3
        assert await server.is_alive()


def _splits(data: bytes):
    yield [data]
    yield [data[: len(data) // 2], data[len(data) // 2 :]]
    if len(data) < 200:
        yield [data[i : i + 1] for i in range(len(data))]


async def _ask_in_parts(server, parts):
    async with await server.connect() as stream:
        try:
            for part in parts[:-1]:
                await stream.send_all(part)
                await trio.testing.wait_all_tasks_blocked()
        except trio.BrokenResourceError:
            return await exchange(stream, b"")
        return await exchange(stream, parts[-1])


async def _send_what_it_takes(stream, data):
    with suppress(trio.BrokenResourceError):
        await stream.send_all(data)
