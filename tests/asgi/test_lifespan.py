"""The lifespan: the runtime of an application that nobody else opened one for."""

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, open_runtime
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import current_runtime, live_runs
from genkit_trio.testing import AppRequest


class Server:
    """The server's side of a lifespan."""

    def __init__(self, ai: Genkit):
        self.ai = ai
        self.app = flow_app(ai)
        self.sent: list[str] = []
        self.started = trio.Event()
        self.stop = trio.Event()
        self._told = False

    async def run(self) -> None:
        await self.app({"type": "lifespan"}, self._receive, self._send)

    async def _receive(self):
        if not self._told:
            self._told = True
            return {"type": "lifespan.startup"}
        await self.stop.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message) -> None:
        self.sent.append(message["type"])
        self.started.set()


async def test_the_runtime_is_open_between_startup_and_shutdown():
    ai = Genkit()
    server = Server(ai)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        await server.started.wait()
        assert current_runtime(ai.registry) is not None
        assert server.sent == ["lifespan.startup.complete"]
        server.stop.set()
    assert current_runtime(ai.registry) is None
    assert server.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_runtime_that_is_open_is_used():
    ai = Genkit()
    server = Server(ai)
    async with open_runtime(ai) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        await server.started.wait()
        assert current_runtime(ai.registry) is runtime
        server.stop.set()
    assert server.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_the_shutdown_waits_for_detached_runs(autojump_clock):
    """C27: they are drained with the runtime."""
    ai = Genkit()

    @ai.flow(timeout=100, on_disconnect="detach")
    async def slow() -> None:
        await trio.sleep(10)

    server = Server(ai)
    request = AppRequest("/slow")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run)
        await server.started.wait()
        nursery.start_soon(request.play, server.app)
        await trio.testing.wait_all_tasks_blocked()
        request.disconnect()
        server.stop.set()
        await trio.sleep(9)
        assert [run.key for run in live_runs()] == ["/flow/slow"]
        assert server.sent == ["lifespan.startup.complete"]
    assert server.sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_runtime_that_cannot_open_is_told_to_the_server():
    """C27: else the server would serve without it."""
    ai = Genkit()
    server = Server(ai)
    real_send = server._send

    async def first(message):
        await real_send(message)

    async with trio.open_nursery() as nursery:
        blocked = trio.Event()

        async def slow_receive():
            await blocked.wait()
            return {"type": "lifespan.startup"}

        nursery.start_soon(server.app, {"type": "lifespan"}, slow_receive, first)
        await trio.testing.wait_all_tasks_blocked()
        async with open_runtime(ai):
            blocked.set()
            await server.started.wait()
    assert server.sent == ["lifespan.startup.failed"]


async def test_what_ends_the_runtime_ends_the_lifespan():
    ai = Genkit()
    server = Server(ai)
    with pytest.RaisesGroup(SystemExit):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.run)
            await server.started.wait()
            runtime = current_runtime(ai.registry)
            assert runtime is not None
            runtime.fail(SystemExit(3))
