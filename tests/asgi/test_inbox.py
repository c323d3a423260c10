"""The reader of a request: how large and how slow a body may be."""

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, State
from genkit_trio.asgi import RequestLimits, flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, open_request, post
from tests.asgi.offering import OfferingRequest

BOTH = pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS], ids=["unary", "streaming"])


@pytest.fixture
def app():
    ai = Genkit()

    @ai.flow
    async def size(text: str) -> int:
        return len(text)

    return flow_app(ai, limits=RequestLimits(body=100, body_timeout=10))


@BOTH
async def test_a_body_over_the_limit_is_413(app, headers):
    answer = await post(app, "/size", "x" * 100, headers=headers)
    assert answer.error[:2] == (413, "RESOURCE_EXHAUSTED")
    assert "100" in answer.error[2]
    assert "connection" not in answer.headers


async def test_a_body_at_the_limit_is_accepted(app):
    assert (await post(app, "/size", parts=[b'{"data":"' + b"x" * 89 + b'"}'])).json == {"result": 89}


async def test_a_body_over_the_limit_is_refused_while_it_still_arrives(app, autojump_clock):
    """C25: chunked, without a length, and never ending."""
    request = await post(app, "/size", parts=[b"x" * 60, b"x" * 60, trio.Event()])
    assert request.error[:2] == (413, "RESOURCE_EXHAUSTED")
    assert request.headers["connection"] == "close"
    assert trio.current_time() < 1


async def test_what_arrives_after_the_refusal_is_discarded(app):
    """C25: a server that cannot hand over a message would stop reading."""
    async with open_request(app, "/size", parts=[b"x" * 60] * 50) as request:
        request.stall()
        await trio.testing.wait_all_tasks_blocked()
        assert request.unread == ()
        request.resume()
    assert request.status == 413


@BOTH
async def test_a_body_that_is_too_slow_is_408(app, headers, autojump_clock):
    """C25: body_timeout."""
    request = await post(app, "/size", headers=headers, parts=[b"{", trio.Event()])
    assert request.error[:2] == (408, "DEADLINE_EXCEEDED")
    assert request.headers["connection"] == "close"
    assert trio.current_time() == pytest.approx(10)


async def test_a_body_that_drips_is_as_slow_as_one_that_stops(app, autojump_clock):
    """C25: the time is that of the whole body."""
    drops = [trio.Event() for _ in range(30)]
    request = AppRequest("/size", parts=[part for drop in drops for part in (drop, b" ")])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        for drop in drops:
            await trio.sleep(1)
            drop.set()
    assert request.error[:2] == (408, "DEADLINE_EXCEEDED")


async def test_a_deadline_within_the_body_is_kept(autojump_clock):
    """C7: a client's deadline may be shorter than the time for its body."""
    ai = Genkit()

    @ai.flow
    async def size(text: str) -> int:
        return len(text)

    late = trio.Event()
    request = AppRequest("/size", headers={**JSON_HEADERS, "x-request-timeout": "1"}, parts=[late, b'{"data":"x"}'])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.sleep(3)
        late.set()
    assert request.error[:2] == (504, "DEADLINE_EXCEEDED")


async def test_a_body_that_is_there_is_taken_without_waiting(app):
    """And what is not there is waited for."""
    late = trio.Event()
    assert (await OfferingRequest("/size", "abc").play(app)).json == {"result": 3}
    assert (await OfferingRequest("/size", parts=[b'{"data":', b'"abc"}']).play(app)).json == {"result": 3}
    request = OfferingRequest("/size", parts=[b'{"data":', late, b'"abc"}'])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, app)
        await trio.testing.wait_all_tasks_blocked()
        late.set()
    assert request.json == {"result": 3}


@pytest.mark.parametrize("parts", [[b"x" * 101], [b"x" * 60, b"x" * 60], [b"x" * 101, trio.Event()]])
async def test_a_body_that_is_there_and_too_large_is_413(app, parts):
    """C25."""
    request = await OfferingRequest("/size", parts=parts).play(app)
    assert request.error[:2] == (413, "RESOURCE_EXHAUSTED")


async def test_a_client_whose_going_the_server_tells_is_not_waited_for(ai, seen, autojump_clock):
    """C21: no task is needed to notice it."""
    request = OfferingRequest("/forever")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.play, flow_app(ai))
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
    assert seen.ends == [(State.CANCELLED, Cause.CLIENT_DISCONNECT)]


@pytest.mark.parametrize("parts", [[b"{}"], [b"{"]], ids=["right", "wrong"])
async def test_a_client_that_has_gone_with_its_last_byte_is_not_answered(ai, seen, parts):
    """C21: nothing is started for it."""
    request = OfferingRequest("/forever", parts=parts)
    request.disconnect()
    await request.play(flow_app(ai))
    assert (request.status, seen.runs) == (0, [])


async def test_a_disconnect_after_the_end_means_nothing(app, caplog):
    """C22: the server reports one after every answer."""
    answer = await post(app, "/size", "abc")
    assert answer.json == {"result": 3}
    assert caplog.records == []
