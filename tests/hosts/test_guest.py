"""A trio run that is the guest of an asyncio loop, from the lifespan's startup to its shutdown."""

import asyncio

import pytest
import trio

from genkit_trio import Cause, Genkit, State, open_runtime
from genkit_trio.asgi import flow_app
from genkit_trio.hosts import asyncio_app
from genkit_trio.lowlevel import current_runtime
from tests.hosts.asyncio_host import STREAM, HostRequest, hosting, in_asyncio, until


class Lifespan:
    """A server's side of the lifespan."""

    def __init__(self, app, state=None):
        self.app = asyncio_app(app)
        self.sent = []
        self.stop = asyncio.Event()
        self._scope = {"type": "lifespan", **({} if state is None else {"state": state})}
        self._changed = asyncio.Event()
        self._has_begun = False
        self.task = asyncio.create_task(self.app(self._scope, self._receive, self._send))

    @property
    def said(self) -> list[str]:
        return [message["type"].removeprefix("lifespan.") for message in self.sent]

    async def wait_said(self) -> None:
        """Wait until the application says something."""
        await self._changed.wait()

    async def _receive(self):
        if not self._has_begun:
            self._has_begun = True
            return {"type": "lifespan.startup"}
        await self.stop.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message):
        self.sent.append(message)
        self._changed.set()


@in_asyncio
async def test_the_runtime_is_open_from_startup_to_shutdown(ai):
    lifespan = Lifespan(flow_app(ai))
    await lifespan.wait_said()
    assert lifespan.said == ["startup.complete"]
    assert current_runtime(ai.registry) is not None
    assert (await HostRequest("/double", 2).play(lifespan.app)).json == {"result": 4}
    lifespan.stop.set()
    await lifespan.task
    assert lifespan.said == ["startup.complete", "shutdown.complete"]
    assert not trio.lowlevel.in_trio_run()


@in_asyncio
async def test_the_shutdown_waits_for_detached_runs(noted):
    """C27: they are drained with the runtime."""
    ai = Genkit()
    release = trio.Event()

    @ai.flow(timeout=100, on_disconnect="detach")
    async def slow() -> None:
        with noted.run():
            await release.wait()

    lifespan = Lifespan(flow_app(ai))
    await lifespan.wait_said()
    request = HostRequest("/slow", parts=[b"{}"])
    task = asyncio.create_task(request.play(lifespan.app))
    await until(noted.began.is_set)
    request.gone.set()
    await task
    lifespan.stop.set()
    for _ in range(20):
        await asyncio.sleep(0)
    assert lifespan.said == ["startup.complete"]
    release.set()
    await lifespan.task
    assert noted.ends == [(State.SUCCEEDED, None)]


@in_asyncio
async def test_requests_that_outlive_the_shutdown_are_cancelled(noted):
    """C27: the server should have ended them before."""

    async def app(scope, receive, send):
        if scope["type"] == "http":
            with noted.run():
                await trio.sleep_forever()

    async with hosting(app) as guest:
        task = asyncio.create_task(HostRequest("/").play(guest))
        await until(noted.began.is_set)
    await task
    assert noted.ended.is_set()


@in_asyncio
async def test_a_runtime_that_cannot_open_fails_the_startup(ai, caplog):
    async def app(scope, receive, send):
        async with open_runtime(ai):
            await flow_app(ai)(scope, receive, send)
            await broken(scope, receive, send)

    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no room"})

    lifespan = Lifespan(broken)
    await lifespan.task
    assert lifespan.sent == [{"type": "lifespan.startup.failed", "message": "no room"}]
    assert "could not be opened" in caplog.text
    assert not trio.lowlevel.in_trio_run()


@in_asyncio
async def test_what_ends_the_runtime_ends_the_service_and_is_told(ai, caplog):
    """The server serves on, and answers 500."""
    lifespan = Lifespan(flow_app(ai))
    await lifespan.wait_said()
    runtime = current_runtime(ai.registry)
    assert runtime is not None
    runtime.fail(OSError("the service has failed"))
    await until(lambda: not trio.lowlevel.in_trio_run())
    with pytest.raises(RuntimeError, match="not open"):
        await HostRequest("/double", 2).play(lifespan.app)
    [record] = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert isinstance(record.exc_info[1], OSError)
    lifespan.stop.set()
    await lifespan.task
    assert lifespan.sent[-1] == {"type": "lifespan.shutdown.failed", "message": "the service has failed"}


def test_what_is_not_an_exception_ends_the_program():
    """C22: it is raised to the runtime, and by way of the loop to the program."""
    ai = Genkit()

    @ai.flow
    async def leave() -> None:
        raise SystemExit(3)

    answers = []

    async def main():
        lifespan = Lifespan(flow_app(ai))
        await lifespan.wait_said()
        answers.append(await HostRequest("/leave", parts=[b"{}"]).play(lifespan.app))
        await asyncio.Event().wait()

    with pytest.raises(SystemExit) as caught:
        asyncio.run(main())
    assert caught.value.code == 3
    assert answers[0].status == 500


@in_asyncio
async def test_a_request_outside_the_lifespan_is_explained(ai):
    with pytest.raises(RuntimeError, match="let the server send the lifespan"):
        await HostRequest("/double", 2).play(asyncio_app(flow_app(ai)))


@in_asyncio
async def test_a_loop_has_room_for_one_guest(ai):
    async with hosting(flow_app(ai)):
        with pytest.raises(RuntimeError, match="has a trio run already"):
            async with hosting(flow_app(ai)):
                pass
        lifespan = Lifespan(flow_app(ai))
        await lifespan.task
        assert lifespan.said == ["startup.failed"]


async def test_a_server_on_trio_is_told_so(ai):
    with pytest.raises(RuntimeError, match="is for servers on asyncio"):
        async with asyncio_app(flow_app(ai)).lifespan():
            pass


@in_asyncio
async def test_there_can_be_one_after_the_other(ai):
    guest = asyncio_app(flow_app(ai))
    for _ in range(2):
        async with guest.lifespan(object()):
            assert (await HostRequest("/double", 2).play(guest)).json == {"result": 4}


@in_asyncio
async def test_a_block_that_raises_cancels_what_runs(ai, noted):
    with pytest.raises(ZeroDivisionError):
        async with hosting(flow_app(ai)) as app:
            request = HostRequest("/forever", headers=STREAM)
            task = asyncio.create_task(request.play(app))
            await request.wait_sent(b"message")
            raise ZeroDivisionError
    await task
    assert b'"status":"UNAVAILABLE"' in request.body
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


@in_asyncio
async def test_a_lifespan_that_is_cancelled_cancels_what_runs_and_waits(ai, noted):
    """As a loop does that is stopped by force."""
    lifespan = Lifespan(flow_app(ai))
    await lifespan.wait_said()
    request = HostRequest("/forever", headers=STREAM)
    task = asyncio.create_task(request.play(lifespan.app))
    await request.wait_sent(b"message")
    lifespan.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lifespan.task
    await task
    assert b'"status":"UNAVAILABLE"' in request.body
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


def test_a_program_that_is_stopped_by_force_ends_in_order(ai, noted):
    """What asyncio cancels, in whatever order, is waited for while it still turns."""

    async def main():
        lifespan = Lifespan(flow_app(ai))
        await lifespan.wait_said()
        request = HostRequest("/forever", headers=STREAM)
        requests.append(request)
        tasks.append(asyncio.create_task(request.play(lifespan.app)))
        await request.wait_sent(b"message")

    requests, tasks = [], []
    asyncio.run(main())
    assert b'"status":"UNAVAILABLE"' in requests[0].body
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


@in_asyncio
async def test_cancelling_the_start_leaves_no_trio_run():
    async def app(scope, receive, send):
        await trio.sleep_forever()

    lifespan = Lifespan(app)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert trio.lowlevel.in_trio_run()
    lifespan.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lifespan.task
    assert not trio.lowlevel.in_trio_run()


@in_asyncio
async def test_the_state_of_the_server_is_passed_on():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["pool"] = "open"
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})

    state = {}
    lifespan = Lifespan(app, state)
    await lifespan.wait_said()
    assert state == {"pool": "open"}
    lifespan.stop.set()
    await lifespan.task
