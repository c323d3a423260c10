"""TLS and HTTP/2, with real clients: curl and httpx2."""

import shutil
import ssl
from contextlib import asynccontextmanager

import httpx2
import pytest
import trio
import trio.testing
import trustme

from tests.server.serving import QUICK, exchange, lifespan, quiet_config, read_until_closed, serving

pytestmark = pytest.mark.usefixtures("h1")

SLACK = 0.25
REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def files(authority, tmp_path):
    """The settings of a server with a certificate, and the file with which clients trust it."""
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "chain.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"certfile": str(tmp_path / "chain.pem"), "keyfile": str(tmp_path / "key.pem")}, str(tmp_path / "ca.pem")


async def _echo(scope, receive, send):
    """Answer with the version, and the body."""
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    answer = f"{scope['scheme']} {scope['http_version']} ".encode() + body
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for byte in answer:
        await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@needs_curl
@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--http1.1"], "https 1.1 data"),
        (["--http2"], "https 2 data"),
    ],
)
async def test_curl_speaks_either_version_over_tls(files, options, answer):
    settings, trusted = files
    async with serving(_echo, **settings) as server:
        url = f"https://localhost:{server.port}/"
        done = await trio.run_process(
            ["curl", "-sS", "--cacert", trusted, "-d", "data", *options, url], capture_stdout=True
        )
    assert done.stdout.decode() == answer


@needs_curl
@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--http1.1"], "http 1.1 "),
        (["--http2"], "http 2 "),
        (["--http2-prior-knowledge"], "http 2 "),
    ],
)
async def test_curl_speaks_either_version_without(options, answer):
    async with serving(_echo) as server:
        done = await trio.run_process(
            ["curl", "-sS", *options, f"http://localhost:{server.port}/"], capture_stdout=True
        )
    assert done.stdout.decode() == answer


async def test_50_requests_share_one_connection_of_http2(files):
    settings, trusted = files
    answers = []

    async def ask(client, url, number):
        answers.append((await client.post(url, content=str(number))).text)

    context = ssl.create_default_context(cafile=trusted)
    async with (
        serving(_echo, **settings) as server,
        httpx2.AsyncClient(http2=True, verify=context) as client,
        trio.open_nursery() as nursery,
    ):
        for number in range(50):
            nursery.start_soon(ask, client, f"https://localhost:{server.port}/", number)
    assert sorted(answers) == sorted(f"https 2 {number}" for number in range(50))


async def test_a_handshake_that_does_not_come_is_not_waited_for(files):
    settings, _ = files
    async with serving(_echo, ssl_handshake_timeout=0.2, **settings) as server, await server.connect() as stream:
        started = trio.current_time()
        await read_until_closed(stream)
        assert trio.current_time() - started < 0.2 + SLACK


@pytest.mark.parametrize(
    "data",
    [REQUEST, b"\x16\x03\x01\xff\xff" + bytes(500), bytes(100), b"\xff" * 5000],
    ids=["plain HTTP", "half a handshake", "zeros", "ones"],
)
async def test_what_is_no_handshake_ends_its_own_connection(files, data):
    settings, trusted = files
    async with serving(_echo, **settings) as server:
        async with await server.connect() as stream:
            await exchange(stream, data, 1)
        async with _secure(server, trusted) as stream:
            assert (await exchange(stream, REQUEST, 1)).startswith(b"HTTP/1.1 200")


async def test_a_head_that_does_not_come_is_not_waited_for(files):
    settings, trusted = files
    async with serving(_echo, **settings) as server, _secure(server, trusted) as stream:
        started = trio.current_time()
        await read_until_closed(stream)
        assert trio.current_time() - started < QUICK.header_timeout + SLACK


async def test_a_disconnect_is_seen(files):
    settings, trusted = files
    began, gone = trio.Event(), trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        began.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async with serving(app, **settings) as server:
        async with _secure(server, trusted) as stream:
            await stream.send_all(REQUEST + b"x")
            await began.wait()
        with trio.fail_after(2):
            await gone.wait()


async def test_a_client_that_does_not_read_is_freed(files):
    settings, trusted = files
    freed = trio.Event()

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_push, send)
            while (await receive())["type"] != "http.disconnect":
                pass
            nursery.cancel_scope.cancel()
        freed.set()

    async with serving(app, **settings) as server, _secure(server, trusted) as stream:
        await stream.send_all(REQUEST)
        with trio.fail_after(QUICK.write_timeout + 2):
            await freed.wait()


async def test_an_early_answer_can_be_read_while_the_body_is_being_sent(files):
    settings, trusted = files

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await lifespan(receive, send)
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"3")]})
        await send({"type": "http.response.body", "body": b"big"})

    head = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 600000\r\n\r\n"
    async with serving(app, **settings) as server, _secure(server, trusted) as stream:
        assert (await exchange(stream, head + bytes(600_000), 1)).endswith(b"big")


async def test_one_connection_too_many_is_closed(files):
    settings, trusted = files
    limits = type(QUICK)(max_connections=1)
    async with (
        serving(_echo, limits=limits, keep_alive_timeout=30, **settings) as server,
        _secure(server, trusted) as stream,
    ):
        assert (await exchange(stream, REQUEST, 0.2)).startswith(b"HTTP/1.1 200")
        async with await server.connect() as other:
            assert await read_until_closed(other) == b""


def test_the_defaults_offer_both_versions():
    assert quiet_config().alpn_protocols == ["h2", "http/1.1"]


@asynccontextmanager
async def _secure(server, trusted):
    context = ssl.create_default_context(cafile=trusted)
    stream = trio.SSLStream(await server.connect(), context, server_hostname="localhost", https_compatible=True)
    async with stream:
        await stream.do_handshake()
        yield stream


async def _push(send):
    while True:
        await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
