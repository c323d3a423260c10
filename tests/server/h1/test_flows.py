"""Flows behind a socket: their limits on bodies hold on either class, and each request is logged once."""

import json
import logging

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._server import ServerLimits
from genkit_trio.asgi import RequestLimits, flow_app
from tests.server.h1.client import answers
from tests.server.serving import ask, read_until_closed, serving

pytestmark = pytest.mark.usefixtures("h1")

HEAD = b"POST /echo HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n"
LIMITS = RequestLimits(body=1000, body_timeout=0.2)
LARGE = b'{"data": "' + b"x" * 200_000 + b'"}'


def _app():
    ai = Genkit()

    @ai.flow
    async def echo(text: str) -> str:
        return text

    return flow_app(ai, limits=LIMITS)


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_a_body_over_the_limit_is_answered_413(framing):
    """C25: also while it is still being sent."""
    if framing == "length":
        request = HEAD + b"content-length: %d\r\n\r\n" % len(LARGE) + LARGE
    else:
        request = HEAD + b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(LARGE), LARGE)
    async with serving(_app(), limits=ServerLimits(linger=0.1)) as server:
        [answer] = answers(await ask(server, request), "POST")
        assert answer.status == 413
        assert json.loads(answer.body)["status"] == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("sent", [b"", b'{"da'], ids=["none", "a part"])
async def test_a_body_that_is_slower_than_the_flow_will_wait_is_answered_408(sent):
    """C25: the application has less patience than the server."""
    async with serving(_app(), limits=ServerLimits(linger=0.1)) as server, await server.connect() as stream:
        await stream.send_all(HEAD + b"content-length: 100\r\n\r\n" + sent)
        started = trio.current_time()
        received = await read_until_closed(stream)
        assert trio.current_time() - started < 0.2 + 0.1 + 0.25
        [answer] = answers(received, "POST")
        assert answer.status == 408
        assert json.loads(answer.body)["status"] == "DEADLINE_EXCEEDED"


async def test_each_request_is_one_line_of_hypercorns_access_log(caplog):
    caplog.set_level("INFO", "access")
    body = b'{"data": "hello"}'
    request = HEAD + b"content-length: %d\r\n\r\n" % len(body) + body
    async with serving(_app(), accesslog=logging.getLogger("access"), access_log_format="%(m)s %(U)s %(s)s") as server:
        await ask(server, request)
        await ask(server, request.replace(b"/echo", b"/none"))
        await ask(server, b"GET  / HTTP/1.1\r\n\r\n")
    lines = [message for name, _, message in caplog.record_tuples if name == "access"]
    assert lines == ["POST /echo 200", "POST /none 404"]
