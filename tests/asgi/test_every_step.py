"""Whatever happens to an exchange, at whichever step: one head at most, one end, nothing after it, nothing left."""

import json

import pytest
import trio

from genkit_trio import Genkit, RunContext, open_runtime
from genkit_trio._runtime import cancel_by_trace_id
from genkit_trio.asgi import flow_app
from genkit_trio.lowlevel import live_runs
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest
from tests.steps import at_every_step

SEEDS = 6


class World:
    """An application with a flow that does a little of everything, a request for it, and what came of both."""

    def __init__(self, *, streaming: bool, timeout: float = 300.0, detached: bool = False):
        self.begun = self.ended = 0
        self.left: object = None
        self.server = trio.CancelScope()
        self.streaming = streaming
        headers = {**(STREAM_HEADERS if streaming else JSON_HEADERS), "x-request-timeout": f"{timeout:f}"}
        self.request = AppRequest("/parent", 3, headers=headers)
        self.over = trio.Event()
        self.ai = ai = Genkit()
        self.app = flow_app(ai)

        @ai.flow
        async def child(number: int) -> int:
            with self._counted():
                try:
                    await trio.sleep(1)
                finally:
                    with trio.CancelScope(shield=True):
                        await trio.lowlevel.checkpoint()
                return number

        @ai.flow(timeout=300, on_disconnect="detach" if detached else "cancel")
        async def parent(count: int, ctx: RunContext[int]) -> str:
            with self._counted():
                for number in range(count):
                    await ctx.send_chunk(await child(number))
                return "done"

    def _counted(self):
        return _Counted(self)

    async def serve(self) -> None:
        with trio.fail_after(100), self.server:
            await self.app(self.request.scope, self.request.receive, self.request.send)
        self.left = live_runs()

    def check(self) -> None:
        request = self.request
        request.check()
        assert self.begun == self.ended
        assert self.left == ()
        if not request.ended:
            return
        if self.streaming and request.status == 200:
            *messages, last = request.frames
            assert [list(frame) for frame in messages] == [["message"]] * len(messages)
            assert list(last) in (["result"], ["error"])
            assert [frame["message"] for frame in messages] == list(range(len(messages)))
        else:
            assert list(json.loads(request.body)) in (["result"], ["status", "message"])
            assert ("result" in request.json) == (request.status == 200)


class _Counted:
    """Counts a function in and out."""

    def __init__(self, world: World):
        self.world = world

    def __enter__(self) -> None:
        self.world.begun += 1

    def __exit__(self, *exc: object) -> None:
        self.world.ended += 1


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("blow", ["disconnect", "server", "both"])
def test_a_disconnect_or_the_end_of_the_server_at_any_step_leaves_one_end_and_nothing_else(streaming, blow):
    """C22: exactly one terminal, after it nothing; C1: what was started has ended."""
    world = World(streaming=streaming)

    async def scene(arm):
        nonlocal world
        world = World(streaming=streaming)
        blows = {
            "disconnect": world.request.disconnect,
            "server": world.server.cancel,
            "both": lambda: (world.request.disconnect(), world.server.cancel()),
        }
        arm(blows[blow])
        await world.serve()

    _check_each(scene, lambda: world, seeds=SEEDS)


@pytest.mark.parametrize("streaming", [True, False])
def test_a_cancel_by_trace_id_at_any_step_leaves_one_end_and_nothing_else(streaming):
    """C22, C26: the client is told once, whatever the moment."""
    world = World(streaming=streaming)

    async def scene(arm):
        nonlocal world
        world = World(streaming=streaming)
        arm(_cancel_all)
        await world.serve()

    _check_each(scene, lambda: world, seeds=SEEDS)


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("timeout", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_a_deadline_that_meets_the_run_anywhere_leaves_one_end_and_nothing_else(streaming, timeout):
    """C22, C7: also when the deadline and the run's own step fall on the same moment."""
    world = World(streaming=streaming)

    async def scene(arm):
        nonlocal world
        world = World(streaming=streaming, timeout=timeout)
        arm(world.server.cancel)
        await world.serve()

    _check_each(scene, lambda: world, seeds=2)


@pytest.mark.parametrize("blow", ["disconnect", "server", "runtime"])
def test_a_blow_at_any_step_to_a_detached_exchange_leaves_one_end_and_nothing_else(blow):
    """C21, C22: a detached run ends with its runtime at the latest."""
    world = World(streaming=True, detached=True)

    async def scene(arm):
        nonlocal world
        world = World(streaming=True, detached=True)
        runtime = trio.CancelScope()
        arm({"disconnect": world.request.disconnect, "server": world.server.cancel, "runtime": runtime.cancel}[blow])
        async with trio.open_nursery() as nursery:
            opened = trio.Event()
            nursery.start_soon(_keep_open, world, runtime, opened)
            await opened.wait()
            await world.serve()
            world.over.set()
        world.left = live_runs()

    _check_each(scene, lambda: world, seeds=SEEDS)


async def _keep_open(world: World, scope: trio.CancelScope, opened: trio.Event) -> None:
    with scope:
        async with open_runtime(world.ai):
            opened.set()
            await world.over.wait()
    # A runtime that was cancelled before it was open: then the request finds none.
    opened.set()


def _cancel_all() -> None:
    for run in live_runs():
        cancel_by_trace_id(run.trace_id)


def _check_each(scene, world, *, seeds: int) -> None:
    for seed, step in at_every_step(scene, seeds=seeds):
        try:
            world().check()
        except AssertionError as exc:
            exc.add_note(f"seed {seed}, step {step}")
            raise
