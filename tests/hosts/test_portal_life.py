"""A portal's runtime, from its opening to its end."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import trio

from genkit_trio import (
    Cause,
    Genkit,
    GenkitError,
    PublicError,
    State,
    Status,
    open_runtime,
)
from genkit_trio._hosts.portal_life import Life
from genkit_trio.hosts import open_portal
from genkit_trio.lowlevel import current_runtime
from tests.hosts.noted import PATIENCE, flow


def test_the_end_of_the_block_drains(noted):
    """C27: running runs get their time."""
    ai = Genkit()
    release = trio.Event()

    @ai.flow
    async def wait() -> str:
        with noted.run():
            await release.wait()
        return "finished"

    async def let_go() -> None:
        release.set()

    with ThreadPoolExecutor() as threads:
        with open_portal(ai) as portal:
            answer = threads.submit(portal.call, wait)
            noted.wait_began()
            threads.submit(portal.run, let_go).result(PATIENCE)
        assert answer.result(PATIENCE) == "finished"


def test_the_end_of_the_block_cancels_what_does_not_finish(ai, noted):
    """C27: after the time for draining; its caller is told."""
    with ThreadPoolExecutor() as threads:
        with open_portal(ai, drain_timeout=0.01) as portal:
            answer = threads.submit(portal.call, flow(ai, "forever"))
            function = threads.submit(portal.run, trio.sleep_forever)
            noted.wait_began()
        for call in (answer, function):
            with pytest.raises(PublicError) as caught:
                call.result(PATIENCE)
            assert caught.value.status is Status.UNAVAILABLE
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


def test_a_block_that_raises_cancels_at_once(ai, noted):
    with ThreadPoolExecutor() as threads:
        with pytest.raises(ZeroDivisionError), open_portal(ai) as portal:
            answer = threads.submit(portal.call, flow(ai, "forever"))
            noted.wait_began()
            raise ZeroDivisionError
        assert isinstance(answer.exception(PATIENCE), GenkitError)
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


def test_a_block_that_raises_cancels_functions_too(ai, noted):
    """What a function awaits has no scope of its own, and is cancelled with it."""
    with ThreadPoolExecutor() as threads:
        with pytest.raises(ZeroDivisionError), open_portal(ai) as portal:
            answer = threads.submit(portal.run, flow(ai, "forever"))
            noted.wait_began()
            raise ZeroDivisionError
        assert isinstance(answer.exception(PATIENCE), PublicError)
    assert noted.ends == [(State.CANCELLED, Cause.CALLER_CANCELLED)]


def test_an_interrupt_during_the_drain_cancels_at_once(noted):
    """C27: it would have had 25 seconds."""
    ai = Genkit()

    @ai.flow
    async def stubborn() -> None:
        with noted.run():
            while not trio_is_draining():  # noqa: ASYNC110  # nobody sets an event
                await trio.lowlevel.checkpoint()
            os.kill(os.getpid(), 2)
            await trio.sleep_forever()

    def trio_is_draining() -> bool:
        runtime = current_runtime(ai.registry)
        return runtime is None or runtime.is_draining

    with ThreadPoolExecutor() as threads, pytest.raises(KeyboardInterrupt), open_portal(ai) as portal:
        threads.submit(portal.call, stubborn)
        noted.wait_began()
    assert noted.ends == [(State.CANCELLED, Cause.DRAIN)]


def test_what_ends_the_runtime_leaves_the_block(ai):
    async def crash() -> None:
        runtime = current_runtime(ai.registry)
        assert runtime is not None
        runtime.fail(OSError("the service has failed"))
        await trio.sleep_forever()

    with pytest.raises(OSError, match="the service has failed"), open_portal(ai) as portal:
        with pytest.raises(PublicError, match="cancelled with its runtime"):
            portal.run(crash)
        with pytest.raises(PublicError, match="portal is closed"):
            portal.call(flow(ai, "double"), 1)


def test_what_ends_the_runtime_stands_above_what_it_has_brought_about(ai):
    async def crash() -> None:
        runtime = current_runtime(ai.registry)
        assert runtime is not None
        runtime.fail(OSError("the service has failed"))
        await trio.sleep_forever()

    with pytest.raises(OSError, match="the service has failed") as caught, open_portal(ai) as portal:
        portal.run(crash)
    assert isinstance(caught.value.__context__, PublicError)


def test_a_runtime_that_cannot_open_is_told(monkeypatch):
    monkeypatch.setenv("GENKIT_REFLECTION_PORT", "no port")
    with pytest.raises(ValueError, match="GENKIT_REFLECTION_PORT"), open_portal(Genkit(), reflection=True):
        pass


async def test_an_error_of_the_runtime_stays_alone_when_the_block_is_left_meanwhile(ai):
    """C3: no group of one."""
    life = Life(partial(open_runtime, ai))
    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="failed")):
        async with trio.open_nursery() as nursery:
            await nursery.start(life.live)
            current_runtime(ai.registry).fail(OSError("failed"))
            life.abort()


async def test_several_errors_of_the_runtime_stay_a_group(ai):
    life = Life(partial(open_runtime, ai))
    with pytest.RaisesGroup(pytest.RaisesGroup(OSError, ValueError)):
        async with trio.open_nursery() as nursery:
            await nursery.start(life.live)
            current_runtime(ai.registry).fail(OSError("failed"))
            current_runtime(ai.registry).fail(ValueError("failed"))
            life.abort()


def test_a_call_after_the_block_is_refused(ai):
    with open_portal(ai) as portal:
        pass
    for call in (portal.call, portal.run):
        with pytest.raises(PublicError, match="portal is closed") as caught:
            call(flow(ai, "double"), 1)
        assert caught.value.status is Status.UNAVAILABLE
