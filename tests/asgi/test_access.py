"""The access log."""

import logging
import re

import trio
import trio.testing

from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, post


def _app():
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    @ai.flow
    async def wait() -> None:
        await trio.sleep_forever()

    return flow_app(ai)


async def test_each_request_is_a_line(caplog):
    caplog.set_level(logging.INFO, "genkit_trio.access")
    answer = await post(_app(), "/greet", "Ada")
    [line] = caplog.messages
    assert re.fullmatch(r"POST /greet 200 - \d+\.\dms 24B [0-9a-f]{32}", line)
    assert line.endswith(answer.headers["x-genkit-trace-id"])


async def test_nothing_is_written_where_nobody_listens(caplog):
    caplog.set_level(logging.WARNING, "genkit_trio.access")
    await post(_app(), "/greet", "Ada")
    assert caplog.messages == []


async def test_a_client_that_goes_is_a_499_with_its_cause(caplog):
    caplog.set_level(logging.INFO, "genkit_trio.access")
    request = AppRequest("/wait", headers=STREAM_HEADERS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, _app())
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert caplog.messages[-1].startswith("POST /wait 499 client_disconnect ")


async def test_a_deadline_is_told(caplog, autojump_clock):
    caplog.set_level(logging.INFO, "genkit_trio.access")
    await post(_app(), "/wait", headers={**JSON_HEADERS, "x-request-timeout": "1"})
    assert caplog.messages[-1].startswith("POST /wait 504 ")


async def test_what_comes_from_the_network_is_escaped(caplog):
    caplog.set_level(logging.INFO, "genkit_trio.access")
    await post(_app(), "/a\nb", method="BREW\n")
    assert caplog.messages[-1].startswith(r"'BREW\n' '/a\nb' 404 - ")
