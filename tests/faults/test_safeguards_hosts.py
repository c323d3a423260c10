"""What only shows when a safeguard of foreign hosts is missing."""

import asyncio  # noqa: TID251  # the host itself

import trio

from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
from tests.hosts.asyncio_host import HostRequest, hosting, in_asyncio, until
from tests.hosts.test_guest_answer import Told, application


@in_asyncio
async def test_a_client_whose_answer_could_not_be_sent_and_who_goes_has_gone_once():
    """C21: the one says what the other does."""
    told, request = Told(), None

    async def answer(direct):
        direct.listen(told, 10)
        direct.send_nowait(200, (), b"a", more_body=True)
        await told.changed.wait()
        request.gone.set()
        await _take_turns()

    async def fail():
        raise ConnectionResetError

    request = HostRequest("/", on_send=fail)
    async with hosting(application(answer)) as app:
        await request.play(app)
    assert told.told == ["disconnect"]


@in_asyncio
async def test_a_client_who_goes_when_the_answer_is_complete_has_not_gone():
    """C21: a disconnect after the end means nothing, also while the application cleans up."""
    told, request = Told(), None

    async def answer(direct):
        direct.listen(told, 10)
        direct.send_nowait(200, (), b"a", more_body=False)
        request.gone.set()
        await _take_turns()

    request = HostRequest("/")
    async with hosting(application(answer)) as app:
        await request.play(app)
    assert told.told == []


@in_asyncio
async def test_a_flow_that_outlives_the_shutdown_is_cancelled_and_its_client_told():
    """C27: where no runtime has drained it, as in an application that has no lifespan."""
    ai, runs = Genkit(), []
    flows = flow_app(ai)

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await flows(scope, receive, send)

    @ai.flow
    async def forever() -> None:
        runs.append(forever)
        await trio.sleep_forever()

    request = HostRequest("/forever", parts=[b"{}"])
    async with hosting(app) as guest:
        task = asyncio.create_task(request.play(guest))
        await until(lambda: bool(runs))
    await task
    assert request.json["status"] == "UNAVAILABLE"


@in_asyncio
async def test_a_request_that_comes_while_others_end_does_not_hold_up_the_shutdown():
    """C28: it is cancelled as they are."""
    begun, ending, second_began = [], asyncio.Event(), trio.Event()

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        begun.append(scope["path"])
        if scope["path"] == "/second":
            second_began.set()
        try:
            await trio.sleep_forever()
        finally:
            if scope["path"] == "/first":
                ending.set()
                with trio.CancelScope(shield=True):
                    await second_began.wait()

    async with hosting(app) as guest:
        first = asyncio.create_task(HostRequest("/first").play(guest))
        second = asyncio.create_task(_later(ending, HostRequest("/second"), guest))
        await until(lambda: bool(begun))
    await asyncio.wait([first, second])
    assert begun == ["/first", "/second"]


async def _take_turns():
    """Let the host go on for a while: the two take turns."""
    for _ in range(50):
        await trio.lowlevel.checkpoint()


async def _later(moment, request, app):
    await moment.wait()
    await request.play(app)
